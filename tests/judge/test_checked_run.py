"""Programs that run while they are checked: nobody hears of a run before the check is through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from judge import CompileResult, Place, Source, run_limits, run_while_checked
from judge.program import HeldOutput
from languages import Language
from sandboxes import MIB, Cancellation, Ending, OutputStream

OUT, ERR = OutputStream.STDOUT, OutputStream.STDERR
Places = Callable[[str], Place]
CODE = b"import time\nprint('early', flush=True)\ntime.sleep(0.6)\nprint('late', flush=True)\n"


def checked_by(language: Language, check: str) -> Language:
    """The language, checked by another program (in its own words)."""
    assert language.compile is not None
    return replace(
        language, compile=replace(language.compile, steps=(("python3", "-c", check),), warm=None, produces=False)
    )


class Heard:
    """What was told, in its order and when."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.moments: list[float] = []
        self._lock = threading.Lock()

    def output(self, stream: OutputStream, chunk: bytes) -> None:
        self._add(f"{stream.value} {chunk.decode()}")

    def compiled(self, compilation: CompileResult) -> None:
        self._add("good" if compilation.ok else "bad")

    def _add(self, what: str) -> None:
        with self._lock:
            self.told.append(what)
            self.moments.append(time.monotonic())


@pytest.fixture
def run(python: Language, place: Places) -> Callable[..., tuple[CompileResult | None, Any, Heard]]:
    if place("python").sandbox.slots < 2:
        pytest.skip("checking meanwhile takes two slots")

    def run(check: str, *, cancel_after_s: float | None = None) -> tuple[CompileResult | None, Any, Heard]:
        heard = Heard()
        limits = run_limits(python, cpu_ms=2000, wall_ms=8000, memory_mib=64, output_bytes=MIB)
        with Cancellation() as cancellation:
            timer = threading.Timer(cancel_after_s or 0, cancellation.cancel)
            if cancel_after_s is not None:
                timer.start()
            compilation, outcome = run_while_checked(
                Source.of(checked_by(python, check), CODE),
                place("python"),
                limits,
                on_compile=heard.compiled,
                on_output=heard.output,
                cancellation=cancellation,
            )
            if cancel_after_s is not None:
                timer.join()
        return compilation, outcome, heard

    return run


Run = Callable[..., tuple[CompileResult | None, Any, Heard]]


def test_output_waits_for_a_check_that_takes_its_time(run: Run) -> None:
    compilation, outcome, heard = run("import time\ntime.sleep(0.4)\n")
    assert compilation is not None
    assert (compilation.ok, outcome.stdout) == (True, b"early\nlate\n")
    assert heard.told[:2] == ["good", "stdout early\n"]
    assert "".join(heard.told[1:]) == "stdout early\nstdout late\n"
    assert heard.moments[1] - heard.moments[0] < 0.3  # at once


def test_nothing_is_told_of_a_program_that_is_refused(run: Run) -> None:
    compilation, outcome, heard = run("import sys, time\ntime.sleep(0.3)\nsys.exit('no good')\n")
    assert compilation is not None
    assert not compilation.ok
    assert heard.told == ["bad"]
    assert outcome.ending is Ending.CANCELLED


def test_nothing_is_told_of_a_program_whose_check_outlives_it(run: Run) -> None:
    _, outcome, heard = run("import sys, time\ntime.sleep(1.2)\nsys.exit(1)\n")
    assert (outcome.ending, outcome.stdout) == (Ending.EXITED, b"early\nlate\n")
    assert heard.told == ["bad"]


def test_nothing_is_told_of_a_program_that_is_cancelled_before(run: Run) -> None:
    compilation, outcome, heard = run("import time\ntime.sleep(5)\n", cancel_after_s=0.3)
    assert compilation is not None
    assert compilation.cancelled
    assert (outcome.ending, heard.told) == (Ending.CANCELLED, [])


def test_held_output_keeps_its_order() -> None:
    told: list[tuple[OutputStream, bytes]] = []
    held = HeldOutput(lambda stream, chunk: told.append((stream, chunk)))
    held(OUT, b"1")
    held(ERR, b"2")
    held(OUT, b"3")
    assert told == []
    held.release()
    held(ERR, b"4")
    held.release()
    assert told == [(OUT, b"1"), (ERR, b"2"), (OUT, b"3"), (ERR, b"4")]
