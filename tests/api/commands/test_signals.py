"""Signals reach the main thread wherever it waits."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Final

import pytest

SOON_S: Final = 30.0

# A signal that another thread takes leaves the main thread as one that comes just before it begins to wait does: the
# interpreter knows of it, and nothing wakes the thread.
WAITING_FOR_EVER: Final = """
import signal, sys, threading
from api.commands.signals import hear_signals_at_once

def leave(number, frame):
    sys.exit(128 + number)

signal.signal(signal.{name}, leave)
hear_signals_at_once()
locked = threading.Lock()
locked.acquire()
for _ in range({times}):
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.{name})).start()
    {wait}
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_that_interrupted_nothing_is_heard(name: str) -> None:
    program = WAITING_FOR_EVER.format(name=name, times=1, wait="locked.acquire()")
    done = subprocess.run([sys.executable, "-c", program], timeout=SOON_S, check=False, capture_output=True)
    assert done.returncode == 128 + signal.Signals[name], done.stderr


def test_so_is_the_next() -> None:
    wait = """try:
        locked.acquire()
    except SystemExit:
        print("heard", flush=True)"""
    program = WAITING_FOR_EVER.format(name="SIGTERM", times=3, wait=wait)
    done = subprocess.run([sys.executable, "-c", program], timeout=SOON_S, check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"heard\n" * 3), done.stderr
