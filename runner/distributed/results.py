"""Results on their way to be kept: a durable stream that all services read as one group, until each entry is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import redis
import redis.asyncio

from judge import Verdict
from runner.dispatch import Settlement
from runner.distributed.queue import PREFIX, ServiceQueue, Ticket, unpack
from runner.errors import RunnerError
from runner.events import JobResult
from runner.jobs import Job
from runner.performing import not_done

Recall = Callable[[str], Awaitable[Job | None]]
"""The job of that id that was accepted and has no result; ``None``: there is none (any more)."""

OnTickets = Callable[[list[Ticket]], Awaitable[None]]

STREAM: Final = f"{PREFIX}results"
_GROUP: Final = "settlement"
_AT_ONCE: Final = 16
_IN_HAND: Final = 256  # that are read and not kept: most of them can only be waiting to be tried again
_PAGE: Final = 100
_WAIT_MS: Final = 1000
_LEFT_MS: Final = 15_000  # what somebody has had for so long without keeping it is read by others too
_SILENT_MS: Final = 3600 * 1000
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_LAST: Final = frozenset({"finished", "exhausted", "cancelled"})
_log = logging.getLogger("runner")

Fields = dict[bytes, bytes]
Entry = tuple[bytes, Fields]


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
        self._room = asyncio.Semaphore(_IN_HAND)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._in_hand: set[bytes] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def read(self) -> None:
        """Read until it is cancelled; what is not kept by then is for others."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._read(tasks)
        finally:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._queue.leave_readers(self._name, silent_ms=_SILENT_MS)

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

    async def _next(self) -> list[Entry]:
        count, wait_ms = _AT_ONCE, _WAIT_MS
        found: Any = await self._client.xreadgroup(_GROUP, self._name, {STREAM: ">"}, count=count, block=wait_ms)
        return [entry for _, entries in found or () for entry in entries]

    async def _claim(self) -> list[Entry]:
        """What was read and not kept, and nobody has in hand here."""
        left: list[Any] = []
        first = "-"
        while True:
            pending: Any = await self._client.xpending_range(STREAM, _GROUP, min=first, max="+", count=_PAGE)
            left += [each["message_id"] for each in pending if each["time_since_delivered"] >= _LEFT_MS]
            if len(pending) < _PAGE:
                break
            first = _after(pending[-1]["message_id"])
        left = [place for place in left if place not in self._in_hand][:_IN_HAND]
        if not left:
            return []
        found: Any = await self._client.xclaim(STREAM, _GROUP, self._name, _LEFT_MS, left)
        return [entry for entry in found if entry[1]]

    async def _begin(self, tasks: asyncio.TaskGroup, entries: list[Entry]) -> None:
        """Keep several at once, those of one job one after the other."""
        for place, fields in entries:
            await self._room.acquire()
            self._in_hand.add(place)
            id_ = fields[b"id"].decode()
            self._last[id_] = tasks.create_task(self._keep(place, id_, fields, after=self._last.get(id_)))

    async def _keep(self, place: bytes, id_: str, fields: Fields, *, after: asyncio.Task[None] | None) -> None:
        try:
            if after is not None:
                await asyncio.wait([after])
            await self._until_it_works(lambda: self._settle(id_, fields))
            await self._until_it_works(lambda: self._remove(place))
        finally:
            self._in_hand.discard(place)
            self._room.release()
            if self._last.get(id_) is asyncio.current_task():
                del self._last[id_]

    async def _until_it_works(self, action: Callable[[], Awaitable[None]]) -> None:
        """What cannot be kept now is kept later: it is never given up. Others have their turns meanwhile."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async with self._turns:
                    await action()
            except Exception:  # noqa: BLE001 - as it says
                _log.exception("a result could not be kept; trying again in %s s", pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                return

    async def _remove(self, place: bytes) -> None:
        steps: Any
        async with self._client.pipeline() as steps:
            steps.xack(STREAM, _GROUP, place)
            steps.xdel(STREAM, place)
            await steps.execute()

    async def _settle(self, id_: str, fields: Fields) -> None:
        try:
            job = await self._recall(id_)
        except RunnerError:
            _log.exception("job %s is none any more: whoever looks for lost jobs gives it up", id_)
            await self._on_tickets(await self._queue.revoke(id_))
            return
        kind = fields[b"kind"].decode()
        if job is None:
            if kind in _LAST:
                await self._on_tickets(await self._queue.settled(id_, [id_]))
        elif kind in _LAST:
            await self._finish(job, _result(job, kind, fields))
        elif kind == "started":
            await self._settlement.started(job, datetime.fromtimestamp(int(fields[b"at"]) / 1000, UTC))
        else:
            await self._settle_part(job, kind, fields)

    async def _settle_part(self, job: Job, kind: str, fields: Fields) -> None:
        part = fields.get(b"part", b"").decode()
        try:
            content = unpack(fields[b"data"]) if b"data" in fields else {}
        except (ValueError, zlib.error):
            _log.exception("a part of job %s cannot be read; it is kept with the job", job.id)
            return
        match kind:
            case "part_started":
                await self._settlement.part_started(job, part, datetime.fromisoformat(content["at"]))
            case "part_finished":
                await self._settlement.part_finished(job, part, content)
                await self._queue.part_settled(part)
            case "part_cancelled":
                record = not_done(job, Verdict.CANCELLED, started_at=None).records[part]
                await self._settlement.part_finished(job, part, record)
                await self._queue.part_settled(part)
            case _:
                _log.error("an entry of an unknown kind among results: %s", json.dumps(kind))

    async def _finish(self, job: Job, result: JobResult) -> None:
        if result.trouble:
            _log.error("job %s could not be done: %s", job.id, result.trouble)
        await self._settlement.finished(job, result)
        await self._on_tickets(await self._queue.settled(job.id, reversed(job.ids)))


def _result(job: Job, kind: str, fields: Fields) -> JobResult:
    """What a job came to, by the last entry about it; what cannot be read is a failure of ours."""
    match kind:
        case "cancelled":
            return not_done(job, Verdict.CANCELLED, started_at=None)
        case "exhausted":
            fault = f"given up: {fields[b'reason'].decode()}"
        case _:
            try:
                result = decode_result(job.id, unpack(fields[b"data"]))
                for id_ in job.ids:
                    _ = result.records[id_]
                return result
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                fault = f"its result cannot be read: {error}"
    return not_done(job, Verdict.INTERNAL_ERROR, started_at=None, fault=fault)


def _after(place: bytes) -> str:
    """The first place in a stream behind that one."""
    millisecond, _, sequence = place.decode().partition("-")
    return f"{millisecond}-{int(sequence) + 1}"
