"""Dispatching to workers on any host, through Redis and Celery."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import kombu.exceptions
import redis

from judge import Data
from languages import Language
from runner.catalog import Catalog
from runner.circuit import CircuitState
from runner.dispatch import Load, Settlement
from runner.distributed.blobs import BlobStore, deposit, open_blobs
from runner.distributed.celery import LONGEST_JOB_S, make_celery, send
from runner.distributed.circuits import CHANNEL, USUAL, CircuitRule, QueueCircuit
from runner.distributed.connection import connect, connect_async
from runner.distributed.ending import end
from runner.distributed.events import EventReader
from runner.distributed.pool import PoolCatalog, pool_load
from runner.distributed.queue import PoolState, ServiceQueue, Ticket
from runner.distributed.results import Recall, ResultReader
from runner.envelope import encode
from runner.errors import DepotError, QueueDownError, QueueTimeoutError
from runner.events import JobEvent
from runner.jobs import Job, SubmissionTask, ValidationTask
from runner.record import moment_text

_EVERY_S: Final = 1.0
_REMEMBERED: Final = 256
_log = logging.getLogger("runner")


@dataclass(frozen=True, slots=True)
class Broker:
    """How to reach the workers.

    ``redis_url``            the queue, events and results
    ``blobs_url``            where large data of tests lie; ``None``: in Redis too
    ``queue_limit``          jobs that may wait
    ``executing_per_owner``  jobs of one person that may be done at the same time
    ``patience_s``           how long putting a job into the queue may take
    ``circuit``              when all services stop trying to, for a while
    ``lasts_s``              how long after its acceptance a job is given up
    """

    redis_url: str
    blobs_url: str | None
    queue_limit: int
    executing_per_owner: int
    patience_s: float = 10.0
    circuit: CircuitRule = USUAL
    lasts_s: float = LONGEST_JOB_S


class DistributedDispatcher:
    """See :class:`runner.dispatch.Dispatcher`. To be used in one event loop only; an async context manager.

    ``settlement`` keeps what becomes of jobs, of whichever service they are; ``recall`` gives the jobs.
    Leaving it stops reading results: the other services read them, or the next one that starts.
    """

    def __init__(
        self, broker: Broker, settlement: Settlement, *, recall: Recall, languages: Mapping[str, Language]
    ) -> None:
        """Raises :class:`runner.SettingsError` for addresses that are none. Connects later."""
        self._broker = broker
        self._client = connect_async(broker.redis_url)
        self._waiting_client = connect(broker.redis_url)
        self._blobs: BlobStore = open_blobs(broker.blobs_url, self._waiting_client)
        self._celery = make_celery(broker.redis_url)
        self._queue = ServiceQueue(self._client)
        self._circuit = QueueCircuit(self._client, patience_s=broker.patience_s, rule=broker.circuit)
        self._events = EventReader(self._client, channels={CHANNEL: self._circuit.hear})
        self._recall = recall
        self._accepted: dict[str, Job] = {}
        self._results = ResultReader(
            self._client, self._queue, settlement, recall=self._remember, on_tickets=self._send
        )
        self._state: PoolState | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.catalog: Catalog = PoolCatalog(languages, lambda: self._state)

    @property
    def circuit(self) -> CircuitState:
        """See :attr:`runner.dispatch.Dispatcher.circuit`."""
        return self._circuit.state

    async def submit(self, job: Job, *, again: bool = False) -> None:
        """See :meth:`runner.dispatch.Dispatcher.submit`."""
        self._accepted[job.id] = job
        while len(self._accepted) > _REMEMBERED:  # others may keep their results
            del self._accepted[next(iter(self._accepted))]
        limit, lasts_ms = None if again else self._broker.queue_limit, round(self._broker.lasts_s * 1000)
        at = moment_text(datetime.now(UTC))
        try:
            envelope = await self._envelope(job)
            tickets = await self._circuit.call(
                lambda: self._queue.enqueue(job, envelope, at=at, lasts_ms=lasts_ms, limit=limit)
            )
        except BaseException:
            self._accepted.pop(job.id, None)
            raise
        await self._send(tickets)

    async def _envelope(self, job: Job) -> dict[str, Any]:
        if not _large(job):
            return encode(job)
        try:
            async with asyncio.timeout(self._broker.patience_s):
                return await asyncio.to_thread(encode, job, deposit=self._deposit)
        except TimeoutError as error:
            raise QueueTimeoutError("data of tests could not be put away in time", retry_after_s=1) from error
        except DepotError as error:
            raise QueueDownError(str(error), retry_after_s=1) from error

    def _deposit(self, data: Data) -> str | None:
        return deposit(self._blobs, data)

    async def withdraw(self, job_id: str) -> None:
        """See :meth:`runner.dispatch.Dispatcher.withdraw`."""
        self._accepted.pop(job_id, None)
        with contextlib.suppress(redis.RedisError, OSError):  # what comes of it nevertheless is nobody's result
            await self._send(await self._queue.revoke(job_id))

    async def unknown(self, job_ids: Sequence[str]) -> Sequence[str]:
        """See :meth:`runner.dispatch.Dispatcher.unknown`."""
        try:
            return await self._queue.missing(job_ids)
        except (redis.RedisError, OSError) as error:
            raise QueueDownError(f"the queue cannot be reached: {error}", retry_after_s=1) from error

    async def has_room(self) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.has_room`."""
        return await self._circuit.ask(self._queue.waiting) < self._broker.queue_limit

    async def cancel(self, job_id: str) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.cancel`."""
        try:
            there, tickets = await self._queue.cancel(job_id)
        except (redis.RedisError, OSError) as error:
            _log.warning("job %s cannot be cancelled now: %s", job_id, error)
            return False
        await self._send(tickets)
        return there

    async def position(self, job_id: str) -> int | None:
        """See :meth:`runner.dispatch.Dispatcher.position`."""
        with contextlib.suppress(redis.RedisError, OSError):
            return await self._queue.position(job_id)
        return None

    async def until_finished(self, id_: str, timeout_s: float) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.until_finished`."""
        return await self._events.until_over(id_, timeout_s)

    def follow(self, id_: str, after: int | None = None) -> AsyncIterator[JobEvent]:
        """See :meth:`runner.dispatch.Dispatcher.follow`."""
        return self._events.follow(id_, after)

    async def so_far(self, id_: str) -> tuple[JobEvent, ...]:
        """See :meth:`runner.dispatch.Dispatcher.so_far`."""
        with contextlib.suppress(redis.RedisError, OSError):
            return await self._events.so_far(id_)
        return ()

    async def load(self) -> Load:
        """See :meth:`runner.dispatch.Dispatcher.load`."""
        try:
            return pool_load(await self._queue.state())
        except (redis.RedisError, OSError) as error:
            raise QueueDownError(f"the queue cannot be reached: {error}", retry_after_s=1) from error

    async def works(self) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.works`."""
        return bool(await self._client.ping())

    async def __aenter__(self) -> DistributedDispatcher:
        with contextlib.suppress(redis.RedisError, OSError):
            await self._circuit.learn()
            await self._look()
        for coroutine in (self._events.listen(), self._results.read(), self._keep_time()):
            self._begin(coroutine)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await end(self._tasks)
        await self._circuit.close()
        await self._client.aclose()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._celery.close()
        self._waiting_client.close()

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_time(self) -> None:
        """What time alone changes, and what the workers are up to."""
        while True:
            try:
                await self._look()
                await self._send(await self._queue.tick())
            except (redis.RedisError, OSError) as error:
                _log.info("the queue cannot be looked after: %s", error)
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        await self._queue.configure(executing_per_owner=self._broker.executing_per_owner)
        self._state = await self._queue.state()

    async def _send(self, tickets: list[Ticket]) -> None:
        """A ticket that cannot be sent is sent again soon: its job is released, and nobody comes for it."""
        if not tickets:
            return
        try:
            await asyncio.to_thread(partial(_send_all, self._celery, tickets))
        except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
            _log.warning("%d tickets could not be sent: %s", len(tickets), error)

    async def _remember(self, job_id: str) -> Job | None:
        job = self._accepted.get(job_id)
        return await self._recall(job_id) if job is None else job


def _large(job: Job) -> bool:
    """Whether data lie in files."""
    match job.task:
        case SubmissionTask(problem=problem):
            cases = problem.cases
        case ValidationTask(authored=authored):
            cases = authored.problem.cases
        case _:
            return False
    return any(not isinstance(data.source, bytes) for case in cases for data in (case.input, case.expected))


def _send_all(app: Any, tickets: list[Ticket]) -> None:  # noqa: ANN401 - Celery's class has no types of its own
    for ticket in tickets:
        send(app, ticket)
