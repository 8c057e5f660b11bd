"""Who of a submission's tests runs beside others, and who alone."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """Tests of one submission run side by side; a run whose time is in question has no sibling beside it.

    Whoever wants to run alone waits for those that run, and nobody begins before it is done.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._beside = 0
        self._waiting_alone = 0
        self._alone = False

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Run with others beside."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting_alone)
            self._beside += 1
        try:
            yield
        finally:
            with self._changed:
                self._beside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Run with nobody beside."""
        with self._changed:
            self._waiting_alone += 1
            self._changed.wait_for(lambda: not self._alone and not self._beside)
            self._waiting_alone -= 1
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
