"""The seam between accepting jobs and doing them: what every way of dispatching offers, and what it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from runner.circuit import CircuitState
from runner.events import JobEvent, JobResult
from runner.jobs import Job


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is to do, and for how many.

    ``waiting``   jobs that wait, by kind; ``oldest_s``: how long the oldest of each has waited
    ``busy``      jobs that are being done; ``capacity``: how many could be at once
    ``draining``  how many could be at once where nothing new is begun any more
    ``results``   of jobs that are done, that are not kept yet
    """

    waiting: dict[str, int]
    busy: int
    capacity: int
    draining: int = 0
    oldest_s: dict[str, float] = field(default_factory=dict)
    results: int = 0

    @property
    def queue_depth(self) -> int:
        """Jobs that wait."""
        return sum(self.waiting.values())


class Settlement(Protocol):
    """Whoever keeps what becomes of jobs. Nobody hears of a result before it is kept.

    All may be called more than once for a job, and then change nothing.
    """

    async def started(self, job: Job, at: datetime) -> None:
        """The job is being done from now on."""
        ...

    async def part_started(self, job: Job, id_: str, at: datetime) -> None:
        """A part of the job (an input of a batch) is being done from now on; may be told late, when it is done."""
        ...

    async def part_finished(self, job: Job, id_: str, record: dict[str, Any]) -> None:
        """A part of the job is done, whatever it came to."""
        ...

    async def finished(self, job: Job, result: JobResult) -> None:
        """The job is done, whatever it came to."""
        ...


class Dispatcher(Protocol):
    """Takes jobs and has them done: each exactly once, as far as anybody can see."""

    async def submit(self, job: Job, *, again: bool = False) -> None:
        """Take a job. ``again``: it was accepted before (a crash ago), so that no queue is too full for it.

        Raises :class:`runner.errors.QueueFullError`, and :class:`runner.errors.QueueDownError` when nothing can be put
        into the queue now.
        """
        ...

    async def withdraw(self, job_id: str) -> None:
        """A job was not accepted after all, although it may have been taken: as if it had never been there."""
        ...

    async def unknown(self, job_ids: Sequence[str]) -> Sequence[str]:
        """Those of these accepted jobs of which nothing is known here (any more): they have to be submitted again.

        Raises :class:`runner.errors.QueueDownError`.
        """
        ...

    async def has_room(self) -> bool:
        """Whether :meth:`submit` would take one more now. Raises :class:`runner.errors.QueueDownError`."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Have a job, or an input of a batch, stopped; whether it was there. One that waits never begins.

        May be asked for again; ``False``, too, when it cannot be told now.
        """
        ...

    async def position(self, job_id: str) -> int | None:
        """Its place among those that wait, 1 being the next to begin; ``None``: it does not wait."""
        ...

    async def until_finished(self, id_: str, timeout_s: float) -> bool:
        """Wait until the job or batch input with this id is settled; whether it is, as far as is known here."""
        ...

    def follow(self, id_: str, after: int | None = None) -> AsyncIterator[JobEvent]:
        """Events of a job or batch input from the one after ``after`` (``None``: all), until its result.

        Ends at once when nothing is known of it (any more): it is finished then, or never was.
        """
        ...

    async def so_far(self, id_: str) -> Sequence[JobEvent]:
        """The events of a job or batch input that are known now."""
        ...

    async def works(self) -> bool:
        """Whether jobs can be put into the queue. May raise whatever keeps it from being asked."""
        ...

    @property
    def circuit(self) -> CircuitState:
        """What the circuit breaker around the queue does with jobs now; without one it is always closed."""
        ...

    async def load(self) -> Load:
        """How much there is to do. Raises :class:`runner.errors.QueueDownError`."""
        ...
