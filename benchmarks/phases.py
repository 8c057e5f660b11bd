"""Where the time of a job goes that a worker does, told by the moments that it leaves in its events and its result."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from benchmarks.client import Told
from benchmarks.measure import Spread, table

PHASES: Final = (
    "request sent → checked, committed, in the queue",
    "in the queue → ticket through Celery, begun by the worker",
    "begun → judged",
    "judged → handed in, kept in the database, told",
    "told → the last event is at the client",
)
_SEQUENCE_BITS: Final = 12  # of an event's id, beside the millisecond at which Redis was told of it
_HALF_MS: Final = 0.5  # what whole milliseconds leave out, on the average


@dataclass(frozen=True, slots=True)
class Seen:
    """A job: when its request was sent (s of ``time.time``), and what was told of it."""

    sent_at: float
    told: Told

    @property
    def took_ms(self) -> float:
        """From the request to the last event."""
        return (self.told.at - self.sent_at) * 1000

    @property
    def phases_ms(self) -> tuple[float, ...]:
        """How long each of :data:`PHASES` took."""
        first, *_, last = self.told.events
        running = next(event for event in self.told.events if event.data.get("status") == "running")
        moments = (
            self.sent_at * 1000,
            _told_ms(first.id),
            moment_ms(running.data["at"]) + _HALF_MS,
            moment_ms(last.data["completedAt"]) + _HALF_MS,
            _told_ms(last.id),
            self.told.at * 1000,
        )
        return tuple(end - begin for begin, end in itertools.pairwise(moments))


@dataclass(frozen=True, slots=True)
class Profile:
    """How long each of :data:`PHASES` took, a value per job, in ms. ``name``: of what kind of jobs."""

    name: str
    phases_ms: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, name: str, jobs: Sequence[Seen]) -> Profile:
        """Of these jobs."""
        return cls(name, tuple(zip(*(job.phases_ms for job in jobs), strict=True)))


def profiles_table(profiles: Sequence[Profile]) -> str:
    """The phases, and how long they take for each kind of jobs."""
    rows = [
        (phase, *(Spread.of(profile.phases_ms[number]).text for profile in profiles))
        for number, phase in enumerate(PHASES)
    ]
    sums = (sum(statistics.median(values) for values in profile.phases_ms) for profile in profiles)
    rows.append(("sum of the medians", *(f"{value:.1f}" for value in sums)))
    return table(("from → to, ms", *(profile.name for profile in profiles)), rows)


def moment_ms(text: str) -> float:
    """A moment as the service writes it, in ms."""
    return datetime.fromisoformat(text).timestamp() * 1000


def _told_ms(id_: int) -> float:
    return (id_ >> _SEQUENCE_BITS) + _HALF_MS
