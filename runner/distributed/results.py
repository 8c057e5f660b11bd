"""Results on their way to be kept: a durable stream that all services read as one group, until each entry is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import redis
import redis.asyncio

from judge import Verdict
from runner.dispatch import Settlement
from runner.distributed.queue import PREFIX, ServiceQueue, Ticket, unpack
from runner.events import JobResult
from runner.jobs import Job
from runner.performing import not_done

Recall = Callable[[str], Awaitable[Job | None]]
"""The job of that id that was accepted and has no result; ``None``: there is none (any more)."""

OnTickets = Callable[[list[Ticket]], Awaitable[None]]

STREAM: Final = f"{PREFIX}results"
_GROUP: Final = "settlement"
_AT_ONCE: Final = 16
_WAIT_MS: Final = 1000
_LEFT_MS: Final = 15_000  # what somebody has had for so long without keeping it is read by others too
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_log = logging.getLogger("runner")

Fields = dict[bytes, bytes]


def encode_result(result: JobResult) -> dict[str, Any]:
    """A result as JSON."""
    return {
        "verdict": result.verdict.value,
        "records": result.records,
        "startedAt": None if result.started_at is None else result.started_at.isoformat(),
        "completedAt": result.completed_at.isoformat(),
        "fault": result.fault,
        "judgeFailed": result.judge_failed,
    }


def decode_result(job_id: str, record: dict[str, Any]) -> JobResult:
    """The result. Raises ``KeyError`` and ``ValueError`` for what is none."""
    started = record["startedAt"]
    return JobResult(
        job_id,
        Verdict(record["verdict"]),
        record["records"],
        None if started is None else datetime.fromisoformat(started),
        datetime.fromisoformat(record["completedAt"]),
        record["fault"],
        record["judgeFailed"],
    )


class ResultReader:
    """Keeps results by ``settlement``, each once; ``recall`` gives the jobs, ``on_tickets`` hears what may begin then.

    What cannot be kept now is kept later, by whichever service can.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        queue: ServiceQueue,
        settlement: Settlement,
        *,
        recall: Recall,
        on_tickets: OnTickets,
    ) -> None:
        self._client = client
        self._queue = queue
        self._settlement = settlement
        self._recall = recall
        self._on_tickets = on_tickets
        self._name = uuid.uuid4().hex
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._last: dict[str, asyncio.Task[None]] = {}

    async def read(self) -> None:
        """Read until it is cancelled; what is not kept by then is for others."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._read(tasks)
        finally:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._leave()

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        claimed_at = 0.0
        while True:
            try:
                if (now := asyncio.get_running_loop().time()) - claimed_at > _LEFT_MS / 1000 / 3:
                    claimed_at = now
                    await self._begin(tasks, await self._claim())
                await self._begin(tasks, await self._next())
            except redis.ResponseError:  # there is no group (any more): whoever made it is a server without memory
                await self._make_group()
            except (redis.RedisError, OSError) as error:
                _log.info("results cannot be read: %s", error)
                await asyncio.sleep(_LONGEST_PAUSE_S / 10)

    async def _make_group(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            await self._client.xgroup_create(STREAM, _GROUP, id="0", mkstream=True)
            return
        await asyncio.sleep(_LONGEST_PAUSE_S / 10)

    async def _next(self) -> list[tuple[bytes, Fields]]:
        found: Any = await self._client.xreadgroup(_GROUP, self._name, {STREAM: ">"}, count=_AT_ONCE, block=_WAIT_MS)
        return [entry for _, entries in found or () for entry in entries]

    async def _claim(self) -> list[tuple[bytes, Fields]]:
        """What others have read and not kept."""
        pending: Any = await self._client.xpending_range(STREAM, _GROUP, min="-", max="+", count=100)
        left = [each["message_id"] for each in pending if each["time_since_delivered"] >= _LEFT_MS]
        if not left:
            return []
        found: Any = await self._client.xclaim(STREAM, _GROUP, self._name, _LEFT_MS, left)
        return [entry for entry in found if entry[1]]

    async def _leave(self) -> None:
        pending: Any = await self._client.xpending_range(STREAM, _GROUP, "-", "+", 1, consumername=self._name)
        if not pending:
            await self._client.xgroup_delconsumer(STREAM, _GROUP, self._name)

    async def _begin(self, tasks: asyncio.TaskGroup, entries: list[tuple[bytes, Fields]]) -> None:
        """Keep several at once, those of one job one after the other."""
        for place, fields in entries:
            await self._turns.acquire()
            id_ = fields[b"id"].decode()
            task = tasks.create_task(self._keep(place, id_, fields, after=self._last.get(id_)))
            self._last[id_] = task

    async def _keep(self, place: bytes, id_: str, fields: Fields, *, after: asyncio.Task[None] | None) -> None:
        try:
            if after is not None:
                await asyncio.wait([after])
            await _until_it_works(lambda: self._settle(id_, fields))
            await _until_it_works(lambda: self._remove(place))
        finally:
            self._turns.release()
            if self._last.get(id_) is asyncio.current_task():
                del self._last[id_]

    async def _remove(self, place: bytes) -> None:
        steps: Any
        async with self._client.pipeline() as steps:
            steps.xack(STREAM, _GROUP, place)
            steps.xdel(STREAM, place)
            await steps.execute()

    async def _settle(self, id_: str, fields: Fields) -> None:
        job = await self._recall(id_)
        if job is None:
            if fields[b"kind"] in {b"finished", b"exhausted", b"cancelled"}:
                await self._on_tickets(await self._queue.settled(id_, [id_]))
            return
        part = fields.get(b"part", b"").decode()
        match fields[b"kind"].decode():
            case "started":
                await self._settlement.started(job, datetime.fromtimestamp(int(fields[b"at"]) / 1000, UTC))
            case "part_started":
                at = datetime.fromisoformat(unpack(fields[b"data"])["at"])
                await self._settlement.part_started(job, part, at)
            case "part_finished":
                await self._settlement.part_finished(job, part, unpack(fields[b"data"]))
                await self._queue.part_settled(id_, part)
            case "part_cancelled":
                record = not_done(job, Verdict.CANCELLED, started_at=None).records[part]
                await self._settlement.part_finished(job, part, record)
                await self._queue.part_settled(id_, part)
            case "finished":
                await self._finish(job, decode_result(id_, unpack(fields[b"data"])))
            case "cancelled":
                await self._finish(job, not_done(job, Verdict.CANCELLED, started_at=None))
            case "exhausted":
                fault = f"given up: {fields[b'reason'].decode()}"
                await self._finish(job, not_done(job, Verdict.INTERNAL_ERROR, started_at=None, fault=fault))
            case kind:
                _log.error("an entry of an unknown kind among results: %s", json.dumps(kind))

    async def _finish(self, job: Job, result: JobResult) -> None:
        if result.fault:
            _log.error("job %s could not be done: %s", job.id, result.fault)
        await self._settlement.finished(job, result)
        await self._on_tickets(await self._queue.settled(job.id, reversed(job.ids)))


async def _until_it_works(action: Callable[[], Awaitable[None]]) -> None:
    """What cannot be kept now is kept later: it is never given up."""
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            await action()
        except Exception:  # noqa: BLE001 - as it says
            _log.exception("a result could not be kept; trying again in %s s", pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        else:
            return
