"""What the garbage collector is told."""

from __future__ import annotations

import subprocess
import sys

LANGUAGES = """
import atexit, gc, sys
sys.argv = ["syncode", "languages"]
from api.cli import main
atexit.register(lambda: print(gc.get_freeze_count() > 10_000, gc.isenabled()))
main()
"""

SERVED = """
import gc, weakref
from api.commands.memory import keep_what_is_used

class Thing:
    pass

gone, kept = Thing(), Thing()
gone.itself = gone
kept.itself = kept
seen = weakref.ref(gone)
del gone
keep_what_is_used()
print(seen() is None, gc.get_freeze_count() > 1000, gc.isenabled())
"""


def test_commands_are_loaded_without_collecting_and_never_looked_at_again() -> None:
    assert _last_line(LANGUAGES) == "True True"


def test_what_runs_long_keeps_what_is_used_and_frees_the_rest() -> None:
    assert _last_line(SERVED) == "True True True"


def _last_line(program: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()[-1]
