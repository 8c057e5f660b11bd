"""The jobs that a worker has in hand, and how many more it may take."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from runner.cancellations import Cancellations
from runner.distributed.queue import Ticket
from runner.jobs import Job, Lane


@dataclass(slots=True, eq=False)
class InHand:
    """A job that is being done.

    ``unwanted``  its parts that were cancelled, as far as that is seen to
    ``lost``      somebody else has it now; ``drained``: stopped, to be done elsewhere
    """

    ticket: Ticket
    job: Job
    cancellations: Cancellations
    unwanted: set[str] = field(default_factory=set)
    lost: bool = False
    drained: bool = False


class Hand:
    """Jobs by id. ``slots`` of them at once, ``shared`` of which may be such that nobody waits for."""

    def __init__(self, *, slots: int, shared: int) -> None:
        self.slots = slots
        self.shared = shared
        self._lock = threading.Lock()
        self._tickets: list[Ticket] = []
        self._jobs: dict[str, InHand] = {}

    @property
    def busy(self) -> int:
        """How many slots are taken."""
        return len(self._tickets)

    @contextlib.contextmanager
    def slot(self, ticket: Ticket) -> Iterator[bool]:
        """One for a ticket's job, if there is one for its lane; whether there is."""
        with self._lock:
            others = sum(each.lane != Lane.INTERACTIVE for each in self._tickets)
            free = len(self._tickets) < self.slots and (ticket.lane == Lane.INTERACTIVE or others < self.shared)
            if free:
                self._tickets.append(ticket)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._tickets.remove(ticket)

    @contextlib.contextmanager
    def holding(self, held: InHand) -> Iterator[None]:
        """While it is being done."""
        with self._lock:
            self._jobs[held.job.id] = held
        try:
            yield
        finally:
            with self._lock:
                if self._jobs.get(held.job.id) is held:  # it was lost, and came back while this was not over
                    del self._jobs[held.job.id]

    def tickets(self) -> tuple[Ticket, ...]:
        """Those that have a slot, whether their jobs are being done or still come here."""
        with self._lock:
            return tuple(self._tickets)

    def get(self, job_id: str) -> InHand | None:
        """The job, if it is in hand."""
        return self._jobs.get(job_id)

    def all(self) -> tuple[InHand, ...]:
        """All that are being done."""
        with self._lock:
            return tuple(self._jobs.values())
