"""Stopping a job, or one part of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from sandboxes import Cancellation


class Cancellations:
    """Those of one job: of all of it (:attr:`job`), and of each part by its id. A context manager."""

    def __init__(self) -> None:
        self.job = Cancellation()
        self._lock = threading.Lock()
        self._running: dict[str, Cancellation] = {}
        self._unwanted: set[str] = set()
        self._over: set[str] = set()

    def cancel_part(self, id_: str) -> bool:
        """Stop a part that runs; whether it did not run yet, and now never will."""
        with self._lock:
            if id_ in self._over:
                return False
            self._unwanted.add(id_)
            running = self._running.get(id_)
            if running is not None:
                running.cancel()
            return running is None

    @contextlib.contextmanager
    def part(self, id_: str) -> Iterator[Cancellation]:
        """The cancellation of a part, while it goes on."""
        with Cancellation(self.job) as own:
            with self._lock:
                self._running[id_] = own
                if id_ in self._unwanted:
                    own.cancel()
            try:
                yield own
            finally:
                with self._lock:
                    del self._running[id_]
                    self._over.add(id_)

    def __enter__(self) -> Cancellations:
        return self

    def __exit__(self, *exception: object) -> None:
        self.job.close()
