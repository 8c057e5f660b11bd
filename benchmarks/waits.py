"""How long people wait for a run while hundreds of validations are queued, and while nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import redis.asyncio

from benchmarks.added import LANGUAGE, RUN, Asked
from benchmarks.client import Connection
from benchmarks.cluster import Servers, working
from benchmarks.measure import percentile, table
from benchmarks.people import People
from benchmarks.phases import moment_ms

QUEUED: Final = 500
_MORE: Final = 80  # that are done until the last run is measured
_WARM_S: Final = 1.5
_PAUSE_S: Final = 0.02
_AGE: Final = "{syncode}:age:validation"


@dataclass(frozen=True, slots=True)
class Pool:
    """Workers. ``reserved``: slots of each that only interactive runs may use."""

    count: int
    slots: int
    reserved: int

    @property
    def text(self) -> str:
        """In words."""
        workers = f"{self.count} worker{'s' if self.count > 1 else ''} of {self.slots} slots"
        return f"{workers}, {self.reserved or 'none'} reserved"


@dataclass(frozen=True, slots=True)
class Wait:
    """Runs, one after the other. ``queued``: how many validations waited before and after.

    ``began_ms``     from the acceptance of each to its begin
    ``answered_ms``  from its request to its last event
    """

    pool: Pool
    queued: tuple[int, int]
    began_ms: tuple[float, ...]
    answered_ms: tuple[float, ...]

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        began, answered = (
            f"{percentile(values, 0.5):.0f} / {percentile(values, 0.99):.0f} / {max(values):.0f}"
            for values in (self.began_ms, self.answered_ms)
        )
        queue = "empty" if not any(self.queued) else f"{self.queued[0]} … {self.queued[1]} validations"
        return self.pool.text, queue, began, answered, len(self.began_ms)


def waits_table(waits: Sequence[Wait]) -> str:
    """The waits."""
    header = ("workers", "queue", "until it begins, p50 / p99 / longest, ms", "until the answer, the same", "runs")
    return table(header, [wait.row for wait in waits])


async def waits(port: int, servers: Servers, people: People, *, runs: int) -> list[Wait]:
    """Runs of somebody while the queue is empty, and while it is full of somebody else's validations."""
    found = []
    usual = Pool(2, 2, 1)
    async with redis.asyncio.Redis.from_url(servers.redis_url) as client:
        measured = _Measured(port, servers, people, client)
        found.append(await measured.wait(usual, runs))
        for pool, count in ((usual, runs), (Pool(1, 2, 1), runs // 2), (Pool(2, 2, 0), runs // 2)):
            await measured.fill()
            found.append(await measured.wait(pool, count))
    return found


@dataclass(frozen=True, slots=True)
class _Measured:
    port: int
    servers: Servers
    people: People
    client: redis.asyncio.Redis

    async def fill(self) -> None:
        """Queue validations, which nobody does at present."""
        connection = await Connection.open(self.port, self.people.first.token)
        for _ in range(QUEUED + _MORE - await self.client.zcard(_AGE)):
            await connection.call("POST", f"/problems/{self.people.problem_id}/validate", {})
        connection.close()

    async def wait(self, pool: Pool, runs: int) -> Wait:
        """So many runs on these workers."""
        more = {"SYNCODE_RESERVED_SLOTS": str(pool.reserved)}
        with working(self.servers, count=pool.count, languages=[LANGUAGE], slots=pool.slots, **more):
            await asyncio.sleep(_WARM_S)
            before, found = await self.client.zcard(_AGE), []
            for _ in range(runs):
                await asyncio.sleep(_PAUSE_S)
                found.append(await Asked(self.port, self.people.persons[1]).see(RUN))
            after = await self.client.zcard(_AGE)
        began = tuple(
            moment_ms(seen.told.result["startedAt"]) - moment_ms(seen.told.result["createdAt"]) for seen in found
        )
        return Wait(pool, (before, after), began, tuple(seen.took_ms for seen in found))
