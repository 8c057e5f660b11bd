"""Results on their way to be kept, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
import redis.asyncio

import runner.distributed.results
from judge import Verdict
from runner.distributed.connection import connect_async
from runner.distributed.ending import end
from runner.distributed.queue import PREFIX, ServiceQueue, Ticket, pack
from runner.distributed.results import STREAM, ResultReader, encode_result
from runner.errors import EnvelopeError
from runner.events import JobResult
from runner.jobs import Job
from runner.performing import not_done
from tests.redis_server import RedisServer
from tests.runner.embedded.work import batch, run

GROUP = "settlement"


class KeptError(Exception):
    """It cannot be kept now."""


@dataclass
class Records:
    """Keeps what becomes of jobs, each once, as a database does; ``failing`` and ``blocked``: what it does not keep."""

    jobs: dict[str, Job] = field(default_factory=dict)
    results: dict[str, JobResult] = field(default_factory=dict)
    told: list[tuple[str, ...]] = field(default_factory=list)
    failing: Counter[str] = field(default_factory=Counter)
    blocked: dict[str, asyncio.Event] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def accept(self, *jobs: Job) -> None:
        self.jobs.update({job.id: job for job in jobs})

    async def recall(self, job_id: str) -> Job | None:
        if job_id in self.broken:
            raise EnvelopeError("no job any more")
        return None if job_id in self.results else self.jobs.get(job_id)

    async def _try(self, job: Job) -> None:
        if job.id in self.blocked:
            await self.blocked[job.id].wait()
        if self.failing[job.id] > 0:
            self.failing[job.id] -= 1
            raise KeptError

    async def started(self, job: Job, at: datetime) -> None:
        del at
        await self._try(job)
        self.told.append(("started", job.id))

    async def part_started(self, job: Job, id_: str, at: datetime) -> None:
        del job, at
        self.told.append(("part_started", id_))

    async def part_finished(self, job: Job, id_: str, record: dict[str, Any]) -> None:
        del job
        self.told.append(("part_finished", id_, record["status"]))

    async def finished(self, job: Job, result: JobResult) -> None:
        await self._try(job)
        if self.results.setdefault(job.id, result) is result:
            self.told.append(("finished", job.id))


@dataclass
class Reading:
    """A service that reads results."""

    task: asyncio.Task[None]

    async def stop(self) -> None:
        await end([self.task])


@dataclass
class Service:
    client: redis.asyncio.Redis
    records: Records
    readings: list[Reading] = field(default_factory=list)

    def read(self) -> Reading:
        async def on_tickets(tickets: list[Ticket]) -> None:
            assert tickets == []

        reader = ResultReader(
            self.client,
            ServiceQueue(self.client),
            self.records,
            recall=self.records.recall,
            on_tickets=on_tickets,
        )
        self.readings.append(Reading(asyncio.create_task(reader.read())))
        return self.readings[-1]

    async def add(self, job: Job, kind: str = "finished", **more: Any) -> None:
        if kind == "finished":
            result = JobResult(
                job.id, Verdict.ACCEPTED, {id_: {"status": "completed"} for id_ in job.ids}, None, datetime.now(UTC)
            )
            more = {"data": pack(encode_result(result)), **more}
        fields: Any = {"kind": kind, "id": job.id, **more}
        await self.client.xadd(STREAM, fields)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - it is a plain list
                await asyncio.sleep(0.01)

    async def until_given(self) -> None:
        """Somebody has something that is not kept yet."""
        async with asyncio.timeout(30):
            while not await self._pending():  # noqa: ASYNC110 - only the server knows
                await asyncio.sleep(0.01)

    async def _pending(self) -> int:
        with contextlib.suppress(redis.ResponseError):  # there is no group yet
            found: Any = await self.client.xpending(STREAM, GROUP)
            return int(found["pending"])
        return 0

    async def until_empty(self) -> None:
        async with asyncio.timeout(30):
            while await self.client.xlen(STREAM):  # noqa: ASYNC110 - only the server knows
                await asyncio.sleep(0.01)
        assert await self._pending() == 0


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a quarter of a minute until what the dead had is theirs."""
    monkeypatch.setattr(runner.distributed.results, "_LEFT_MS", 300)
    monkeypatch.setattr(runner.distributed.results, "_WAIT_MS", 50)


@pytest_asyncio.fixture
async def service(redis_server: RedisServer) -> AsyncIterator[Service]:
    async with connect_async(redis_server.url) as client:
        opened = Service(client, Records())
        yield opened
        for reading in opened.readings:
            await reading.stop()


async def test_each_result_is_kept_once_whoever_reads(service: Service) -> None:
    jobs = [run(f"r{number}") for number in range(100)]
    service.records.accept(*jobs)
    for _ in range(3):
        service.read()
    for job in jobs:
        await service.add(job, "started", at=0)
        await service.add(job)
        await service.add(job)
    await service.until_empty()
    ends = [told for told in service.records.told if told[0] == "finished"]
    assert sorted(ends) == sorted(("finished", job.id) for job in jobs)
    assert {result.verdict for result in service.records.results.values()} == {Verdict.ACCEPTED}


async def test_what_was_there_before_anybody_read_is_kept(service: Service) -> None:
    service.records.accept(run("r"))
    await service.add(run("r"))
    service.read()
    await service.until_empty()
    assert "r" in service.records.results


async def test_entries_of_one_job_are_kept_in_their_order(service: Service) -> None:
    job = batch("b")
    service.records.accept(job)
    service.records.failing["b"] = 2
    await service.add(job, "started", at=0)
    await service.add(job, "part_started", part="b.0", data=pack({"at": "2026-01-01T00:00:00+00:00"}))
    await service.add(job, "part_finished", part="b.0", data=pack({"status": "completed"}))
    await service.add(job, "part_cancelled", part="b.1")
    await service.add(job)
    service.read()
    await service.until_empty()
    assert service.records.told == [
        ("started", "b"),
        ("part_started", "b.0"),
        ("part_finished", "b.0", "completed"),
        ("part_finished", "b.1", "failed"),
        ("finished", "b"),
    ]


async def test_what_a_reader_had_that_died_is_read_by_others(service: Service) -> None:
    service.records.accept(run("r"))
    service.records.blocked["r"] = asyncio.Event()
    await service.add(run("r"))
    first = service.read()
    await service.until_given()
    await first.stop()
    del service.records.blocked["r"]
    service.read()
    await service.until_empty()
    assert service.records.told == [("finished", "r")]


async def test_a_reader_that_dies_between_keeping_and_saying_so_costs_nothing(service: Service) -> None:
    service.records.accept(run("r"))
    await service.client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await service.add(run("r"))
    await service.client.xreadgroup(GROUP, "dead", {STREAM: ">"})
    service.records.results["r"] = not_done(run("r"), Verdict.ACCEPTED, started_at=None)
    service.read()
    await service.until_empty()
    assert service.records.told == []
    assert (await service.client.xinfo_stream(STREAM))["length"] == 0


async def test_what_cannot_be_kept_at_first_is_kept_later(service: Service) -> None:
    service.records.accept(run("r"))
    service.records.failing["r"] = 3
    service.read()
    await service.add(run("r"))
    await service.until_empty()
    assert service.records.told == [("finished", "r")]


async def test_many_that_cannot_be_kept_hold_nobody_up(service: Service) -> None:
    bad = [run(f"bad{number}") for number in range(40)]
    good = [run(f"good{number}") for number in range(20)]
    service.records.accept(*bad, *good)
    service.records.failing.update({job.id: 10**6 for job in bad})
    service.read()
    for job in (*bad, *good):
        await service.add(job)
    await service.until(lambda: len(service.records.results) == 20)
    service.records.failing.clear()
    await service.until_empty()
    assert len(service.records.told) == 60


async def test_one_that_takes_long_holds_nobody_up(service: Service) -> None:
    service.records.accept(run("slow"), run("quick"))
    service.records.blocked["slow"] = asyncio.Event()
    service.read()
    await service.add(run("slow"))
    await service.add(run("quick"))
    await service.until(lambda: "quick" in service.records.results)
    await asyncio.sleep(0.5)  # long enough to be taken for left behind
    service.records.blocked["slow"].set()
    await service.until_empty()
    assert service.records.told.count(("finished", "slow")) == 1


async def test_a_server_without_memory_gets_its_group_again(service: Service) -> None:
    service.records.accept(run("a"), run("b"))
    service.read()
    await service.add(run("a"))
    await service.until_empty()
    await service.client.flushall()
    await service.add(run("b"))
    await service.until(lambda: "b" in service.records.results)
    await service.until_empty()


async def test_a_server_that_dies_and_comes_back_is_read_on(service: Service, redis_server: RedisServer) -> None:
    service.records.accept(run("a"), run("b"))
    service.read()
    await service.add(run("a"))
    await service.until_empty()
    redis_server.kill()
    redis_server.start()
    await service.add(run("b"))
    await service.until_empty()
    assert set(service.records.results) == {"a", "b"}


async def test_a_result_that_cannot_be_read_is_a_failure_of_ours(service: Service) -> None:
    service.records.accept(*(run(id_) for id_ in "abcd"), batch("e"))
    await service.add(run("a"), data=b"no zlib at all")
    await service.add(run("b"), data=pack({"verdict": "no such"}))
    await service.add(run("c"), data=pack({}))
    await service.add(run("d"), "exhausted", reason="worker")
    partial = encode_result(not_done(run("e"), Verdict.ACCEPTED, started_at=None))
    await service.add(batch("e"), data=pack(partial))
    service.read()
    await service.until_empty()
    results = service.records.results
    assert {id_: result.verdict for id_, result in results.items()} == dict.fromkeys("abcde", Verdict.INTERNAL_ERROR)
    assert results["d"].fault == "given up: worker"
    assert set(results["e"].records) == {"e", "e.0", "e.1"}


async def test_what_is_of_no_kind_or_of_nobody_is_removed(service: Service) -> None:
    service.records.accept(run("a"))
    await service.add(run("a"), "gossip")
    await service.add(run("b"), "started", at=0)
    await service.add(run("b"), "part_finished", part="x", data=b"nonsense")
    await service.add(run("b"))
    service.read()
    await service.until_empty()
    assert service.records.told == []
    left = {key async for key in service.client.scan_iter("*") if await service.client.ttl(key) == -1}
    assert left == {STREAM.encode()}


async def test_a_job_that_is_none_any_more_is_left_to_who_gives_it_up(service: Service) -> None:
    service.records.broken.add("r")
    await service.client.hset(f"{PREFIX}job:r", mapping={"state": "over", "parts": ""})
    await service.add(run("r"))
    service.read()
    await service.until_empty()
    assert await ServiceQueue(service.client).missing(["r"]) == ["r"]


async def test_readers_that_leave_are_forgotten_unless_something_is_theirs(service: Service) -> None:
    service.records.accept(run("a"), run("b"))
    service.records.blocked["b"] = asyncio.Event()
    idle, busy = service.read(), None
    await service.add(run("a"))
    await service.until_empty()
    assert len(await service.client.xinfo_consumers(STREAM, GROUP)) == 1
    await idle.stop()
    assert await service.client.xinfo_consumers(STREAM, GROUP) == []
    busy = service.read()
    await service.add(run("b"))
    await service.until_given()
    await busy.stop()
    assert len(await service.client.xinfo_consumers(STREAM, GROUP)) == 1
    del service.records.blocked["b"]
    service.read()
    await service.until_empty()
