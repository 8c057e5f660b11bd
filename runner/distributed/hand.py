"""The jobs that a worker has in hand, and how many more it may take."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from runner.cancellations import Cancellations
from runner.distributed.queue import Ticket
from runner.jobs import Job, Lane


@dataclass(slots=True, eq=False)
class InHand:
    """A job that is being done; ``lost``: somebody else has it now; ``drained``: stopped, to be done elsewhere."""

    ticket: Ticket
    job: Job
    cancellations: Cancellations
    lost: bool = False
    drained: bool = False


class Hand:
    """Jobs by id. ``slots`` of them at once, ``shared`` of which may be such that nobody waits for."""

    def __init__(self, *, slots: int, shared: int) -> None:
        self.slots = slots
        self.shared = shared
        self._lock = threading.Lock()
        self._lanes: list[str] = []
        self._jobs: dict[str, InHand] = {}

    @property
    def busy(self) -> int:
        """How many slots are taken."""
        return len(self._lanes)

    @contextlib.contextmanager
    def slot(self, lane: str) -> Iterator[bool]:
        """One for a job of that lane, if there is one; whether there is."""
        with self._lock:
            others = sum(each != Lane.INTERACTIVE for each in self._lanes)
            free = len(self._lanes) < self.slots and (lane == Lane.INTERACTIVE or others < self.shared)
            if free:
                self._lanes.append(lane)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._lanes.remove(lane)

    @contextlib.contextmanager
    def holding(self, held: InHand) -> Iterator[None]:
        """While it is being done."""
        with self._lock:
            self._jobs[held.job.id] = held
        try:
            yield
        finally:
            with self._lock:
                del self._jobs[held.job.id]

    def get(self, job_id: str) -> InHand | None:
        """The job, if it is in hand."""
        return self._jobs.get(job_id)

    def all(self) -> tuple[InHand, ...]:
        """All that are being done."""
        with self._lock:
            return tuple(self._jobs.values())
