"""Signals that are heard at once, wherever the main thread waits."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

_NUDGE: Final = signal.SIGURG
"""What wakes the main thread: ignored by default, and later in number than the signals that ask to leave. Python runs
handlers in that order, so when it has run this one's, it has run theirs."""

_PATIENCE_S: Final = 0.02


def hear_signals_at_once() -> None:
    """See to it, for the rest of this process, that handlers of signals run soon. To be called in the main thread.

    Python runs them in the main thread, between two steps of it. A signal that comes after such a step and before the
    system call in which the thread then waits (for a lock, say) interrupts nothing: its handler would run when what is
    waited for has come, which may be never. So another thread, told of every signal by the interpreter itself, wakes
    the main thread until it has answered.
    """
    main = threading.get_ident()
    answered = False

    def answer(*_: object) -> None:
        nonlocal answered
        answered = True

    def watch() -> None:
        nonlocal answered
        while numbers := os.read(reading, 64):
            if set(numbers) == {_NUDGE}:
                continue
            answered = False
            while not answered:
                signal.pthread_kill(main, _NUDGE)
                time.sleep(_PATIENCE_S)

    reading, writing = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(writing, False)  # as the interpreter asks: it writes in the moment of the signal
    signal.signal(_NUDGE, answer)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=watch, name="signals", daemon=True).start()
