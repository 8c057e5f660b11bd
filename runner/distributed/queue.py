"""The queue of all jobs in Redis, for whoever fills it and for whoever works it off.

Every change is one step of one script (``queue.lua``), so that no process ever sees half of it, whatever is killed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import redis
import redis.asyncio

from runner.errors import QueueFullError
from runner.events import EventKind
from runner.jobs import Job

PREFIX: Final = "{syncode}:"
_SCRIPT: Final = (Path(__file__).parent / "queue.lua").read_text()
_COMPRESSION: Final = 1

Json = dict[str, Any]
Value = bytes | str | float
Words = list[bytes]
Told = tuple[str, EventKind, Json, str]
"""Of which job or part, what, and the key of what is told only once, however often it is done; empty: always told."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to do a job now. ``attempt`` fences: whoever has an earlier one of the same job is too late."""

    id: str
    attempt: int
    lane: str
    language: str


class Start(StrEnum):
    """What to do with a ticket's job: do it, nothing (somebody else has it, or it is over), or leave it to others."""

    GO = "go"
    STALE = "stale"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that is this worker's from now on, unless ``start`` says that it is not.

    ``tries``     how often it was lost, or failed for a reason of ours
    ``again``     why it is done once more; empty: it is done for the first time
    ``unwanted``  parts that were cancelled
    """

    start: Start
    envelope: Json = field(default_factory=dict)
    tries: int = 0
    again: str = ""
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a worker hears: jobs that are not its own any more, with their attempts; what it is to stop."""

    lost: tuple[tuple[str, int], ...]
    cancelled: tuple[str, ...]
    unwanted: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PoolState:
    """All there is to know of the queue and who works it off, at one moment.

    ``waiting``    jobs by kind; ``oldest_ms``: how long the oldest of each waits
    ``active``     jobs by lane that somebody has
    ``workers``    what each says of itself (see :meth:`WorkerQueue.beat`)
    ``results``    results that are not kept yet
    """

    waiting: dict[str, int]
    oldest_ms: dict[str, float]
    active: dict[str, int]
    workers: tuple[dict[str, str], ...]
    results: int


class ServiceQueue:
    """The queue as a service sees it. Raises :class:`redis.RedisError` when it cannot be reached."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._call = client.register_script(_SCRIPT)

    async def enqueue(self, job: Job, envelope: Json, *, at: str, lasts_ms: int, limit: int | None) -> list[Ticket]:
        """Let a job wait; the jobs that may begin now. Nothing changes where it is known already.

        ``at`` is the moment as text, ``lasts_ms`` how long it has, ``limit`` how many may wait. Raises
        :class:`QueueFullError`.
        """
        parts = ",".join(job.ids[1:])
        most = "" if limit is None else limit
        what = (job.id, job.owner, job.lane.value, job.kind.value, job.language)
        found: Words = await self._do("enqueue", *what, pack(envelope), lasts_ms, parts, most, at)
        if found[0] == b"full":
            raise QueueFullError(f"{limit} jobs wait already")
        return tickets(found[1:])

    async def cancel(self, id_: str) -> tuple[bool, list[Ticket]]:
        """Have a job or a part stopped; whether it was there, and the jobs that may begin now."""
        found: Words = await self._do("cancel", id_)
        return found[0] == b"there", tickets(found[1:])

    async def settled(self, job_id: str, ids: Iterable[str]) -> list[Ticket]:
        """The job's result is kept: whoever waits for one of ``ids`` hears of it; the jobs that may begin now."""
        return tickets(await self._do("settled", job_id, *ids))

    async def part_settled(self, part: str) -> None:
        """The result of a part is kept."""
        await self._do("part_settled", part)

    async def leave_readers(self, name: str, *, silent_ms: int) -> None:
        """The reader ``name`` of results reads no more, nor do others that were silent for so long.

        Whoever was given something that is not kept stays, until others have taken it over.
        """
        await self._do("leave_readers", name, silent_ms)

    async def revoke(self, job_id: str) -> list[Ticket]:
        """As if the job had never been there; the jobs that may begin now."""
        return tickets(await self._do("revoke", job_id))

    async def tick(self) -> list[Ticket]:
        """What time alone changes: leases and deadlines that are over, pauses that end; the jobs that may begin now."""
        return tickets(await self._do("tick"))

    async def position(self, id_: str) -> int | None:
        """The place of a job, or of a part's job, among those that wait, from 1; ``None``: it does not."""
        return int(await self._do("position", id_)) or None

    async def waiting(self) -> int:
        """How many jobs wait."""
        return int(await self._do("room"))

    async def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of the jobs of which nothing is known here."""
        return [word.decode() for word in await self._do("missing", *ids)]

    async def state(self) -> PoolState:
        """All there is to know of it."""
        found = json.loads(await self._do("load"))
        workers = tuple(found["workers"] or ())
        return PoolState(found["waiting"], found["oldest_ms"], found["active"], workers, found["results"])

    async def configure(self, *, executing_per_owner: int) -> None:
        """What all processes go by: how many jobs of one person may be done at the same time."""
        await self._do("configure", executing_per_owner)

    async def _do(self, operation: str, *arguments: Value) -> Any:  # noqa: ANN401 - each has an answer of its own
        return await self._call(keys=[PREFIX], args=[operation, *arguments])


class WorkerQueue:
    """The queue as the worker ``name`` sees it, in any of its threads. Raises as :class:`ServiceQueue` does."""

    def __init__(self, client: redis.Redis, name: str, *, lease_ms: int) -> None:
        self._call = client.register_script(_SCRIPT)
        self._name = name
        self._lease_ms = lease_ms

    def begin(self, ticket: Ticket) -> Begun:
        """Take the job of a ticket."""
        found: Words = self._do("begin", ticket.id, ticket.attempt, self._name, self._lease_ms)
        start = Start(found[0].decode())
        if start is not Start.GO:
            return Begun(start)
        unwanted = tuple(word.decode() for word in found[4:])
        return Begun(start, unpack(found[1]), int(found[2]), found[3].decode(), unwanted)

    def tell(self, ticket: Ticket, events: Iterable[Told]) -> None:
        """Tell of a job and its parts."""
        words: list[Value] = []
        for whom, kind, data, once in events:
            words += (whom, kind.value, json.dumps(data, separators=(",", ":")), once)
        self._do("tell", ticket.id, ticket.attempt, self._name, *words)

    def part(self, ticket: Ticket, kind: str, part: str, data: Json) -> None:
        """Have something of a part kept: that it began, or what it came to."""
        self._do("part", ticket.id, ticket.attempt, self._name, kind, part, pack(data))

    def finish(self, ticket: Ticket, result: Json) -> tuple[bool, list[Ticket]]:
        """Hand the result in; whether it counts (else somebody else has the job), and the jobs that may begin now."""
        found: Words = self._do("finish", ticket.id, ticket.attempt, self._name, pack(result))
        return found[0] == b"kept", tickets(found[1:])

    def give_back(self, ticket: Ticket, *, tries: int, reason: str, pause_ms: int = 0) -> list[Ticket]:
        """Let somebody else do it, after ``pause_ms``; ``tries``: how many of those that it has are used up now."""
        return tickets(self._do("give_back", ticket.id, ticket.attempt, self._name, tries, reason, pause_ms))

    def refuse(self, ticket: Ticket) -> tuple[bool, list[Ticket]]:
        """Leave a ticket to others; whether it goes back to them as it is, and the jobs that may begin now."""
        found: Words = self._do("refuse", ticket.id, ticket.attempt)
        return found[0] == b"again", tickets(found[1:])

    def beat(self, about: dict[str, str], having: Iterable[Ticket]) -> Heard:
        """A sign of life, and what is new of the jobs that it has.

        ``about``  ``slots``, ``shared`` (how many of them for jobs that nobody waits for), ``busy``, ``lanes`` and
                   ``languages`` (with commas), ``draining`` (``1`` or ``0``), ``host``, ``version``, ``circuits``
        """
        jobs = [word for ticket in having for word in (ticket.id, ticket.attempt)]
        words = [
            word.decode().split() for word in self._do("beat", self._name, json.dumps(about), self._lease_ms, *jobs)
        ]
        return Heard(
            tuple((word[1], int(word[2])) for word in words if word[0] == "lost"),
            tuple(word[1] for word in words if word[0] == "cancelled"),
            tuple((word[1], word[2]) for word in words if word[0] == "unwanted"),
        )

    def leave(self) -> None:
        """It is no worker any more."""
        self._do("leave", self._name)

    def tick(self) -> list[Ticket]:
        """See :meth:`ServiceQueue.tick`."""
        return tickets(self._do("tick"))

    def _do(self, operation: str, *arguments: Value) -> Any:  # noqa: ANN401 - each has an answer of its own
        return self._call(keys=[PREFIX], args=[operation, *arguments])


def tickets(words: Words) -> list[Ticket]:
    """Tickets as the script gives them: four words each."""
    told = [word.decode() for word in words]
    return [Ticket(told[at], int(told[at + 1]), told[at + 2], told[at + 3]) for at in range(0, len(told), 4)]


def pack(record: Json) -> bytes:
    """A record as few bytes."""
    return zlib.compress(json.dumps(record, separators=(",", ":")).encode(), _COMPRESSION)


def unpack(content: bytes) -> Json:
    """The record. Raises ``ValueError`` and ``zlib.error`` for what is none."""
    record: Json = json.loads(zlib.decompress(content))
    return record
