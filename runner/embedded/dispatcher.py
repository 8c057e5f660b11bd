"""Dispatching within this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from judge import Verdict
from runner.cancellations import Cancellations
from runner.circuit import CircuitState
from runner.dispatch import Load, Settlement
from runner.embedded.journal import Journal
from runner.embedded.queue import FairQueue
from runner.errors import QueueFullError
from runner.events import EventKind, JobEvent, JobResult
from runner.jobs import Job, Lane
from runner.performing import Performer, being_done, not_done
from runner.record import moment_text

_log = logging.getLogger("runner")
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 10.0
_EVERY_LANE: Final = frozenset(Lane)
_QUICK_LANE: Final = frozenset({Lane.INTERACTIVE})


@dataclass(slots=True)
class _Running:
    job: Job
    cancellations: Cancellations


class EmbeddedDispatcher:
    """See :class:`runner.dispatch.Dispatcher`. To be used in one event loop only; an async context manager.

    ``capacity``   jobs that may be done at once, of which ``reserved`` are interactive ones
    ``queue_limit``  jobs that may wait
    Leaving it begins nothing any more, and gives what is being done ``grace_s`` to end by itself. What has no result by
    then is stopped without one, and what cannot be kept within as long again is not: it was accepted, so it is for the
    next process, like the jobs that wait.
    """

    def __init__(
        self,
        performer: Performer,
        settlement: Settlement,
        *,
        capacity: int,
        reserved: int,
        queue_limit: int,
        executing_per_owner: int,
        grace_s: float = 5.0,
    ) -> None:
        self._performer = performer
        self._settlement = settlement
        self._capacity = capacity
        self._shared = max(1, capacity - reserved)
        self._queue_limit = queue_limit
        self._queue = FairQueue(most_at_once=executing_per_owner)
        self._journal = Journal()
        self._running: dict[str, _Running] = {}
        self._unwanted: dict[str, set[str]] = {}  # inputs that were cancelled, by their batch, which waits
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(capacity, thread_name_prefix="job")
        self._grace_s = grace_s
        self._closing = self._abandoning = False

    async def submit(self, job: Job, *, again: bool = False) -> None:
        """See :meth:`runner.dispatch.Dispatcher.submit`."""
        if not again and not self._room:
            raise QueueFullError(f"{len(self._queue)} jobs wait already")
        for id_ in job.ids:
            self._journal.open(id_)
        self._queue.push(job)
        at = moment_text(datetime.now(UTC))
        status = {"status": "queued", "queuePosition": self._queue.position(job.id), "at": at}
        for id_ in job.ids:
            self._tell(id_, EventKind.STATUS, status)
        self._begin_what_may()

    async def withdraw(self, job_id: str) -> None:
        """See :meth:`runner.dispatch.Dispatcher.withdraw`."""
        await self.cancel(job_id)

    async def unknown(self, job_ids: Sequence[str]) -> Sequence[str]:
        """See :meth:`runner.dispatch.Dispatcher.unknown`."""
        return [id_ for id_ in job_ids if id_ not in self._running and self._queue.position(id_) is None]

    async def has_room(self) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.has_room`."""
        return self._room

    async def cancel(self, job_id: str) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.cancel`."""
        if running := self._running.get(job_id):
            running.cancellations.job.cancel()
            return True
        for running in self._running.values():
            if job_id in running.job.ids:
                if running.cancellations.cancel_part(job_id):
                    self._settle_cancelled(running.job, job_id)
                return True
        if job := self._queue.remove(job_id):
            self._unwanted.pop(job.id, None)
            self._begin(self._settle(job, not_done(job, Verdict.CANCELLED, started_at=None)))
            return True
        if batch := self._queue.holder(job_id):
            self._unwanted.setdefault(batch.id, set()).add(job_id)
            self._settle_cancelled(batch, job_id)
            return True
        return False

    async def position(self, job_id: str) -> int | None:
        """See :meth:`runner.dispatch.Dispatcher.position`."""
        return self._queue.position(job_id)

    async def until_finished(self, id_: str, timeout_s: float) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.until_finished`."""
        return await self._journal.until_over(id_, timeout_s)

    def follow(self, id_: str, after: int | None = None) -> AsyncIterator[JobEvent]:
        """See :meth:`runner.dispatch.Dispatcher.follow`."""
        return self._journal.follow(id_, after)

    async def so_far(self, id_: str) -> tuple[JobEvent, ...]:
        """See :meth:`runner.dispatch.Dispatcher.so_far`."""
        return self._journal.so_far(id_)

    async def works(self) -> bool:
        """See :meth:`runner.dispatch.Dispatcher.works`."""
        return not self._closing

    @property
    def circuit(self) -> CircuitState:
        """See :attr:`runner.dispatch.Dispatcher.circuit`."""
        return CircuitState.CLOSED

    async def load(self) -> Load:
        """See :meth:`runner.dispatch.Dispatcher.load`."""
        return Load(self._queue.waiting(), len(self._running), self._capacity)

    async def __aenter__(self) -> EmbeddedDispatcher:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._closing = True
        await self._wait_for_tasks()
        self._abandoning = True
        for running in self._running.values():
            running.cancellations.job.cancel()
        await asyncio.to_thread(self._threads.shutdown)
        await self._wait_for_tasks()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait_for_tasks(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace_s)

    @property
    def _room(self) -> bool:
        return len(self._queue) < self._queue_limit and not self._closing

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin_what_may(self) -> None:
        while not self._closing and len(self._running) < self._capacity:
            others = sum(running.job.lane is not Lane.INTERACTIVE for running in self._running.values())
            job = self._queue.pop(_EVERY_LANE if others < self._shared else _QUICK_LANE)
            if job is None:
                return
            running = _Running(job, Cancellations())
            for id_ in self._unwanted.pop(job.id, ()):
                running.cancellations.cancel_part(id_)
            self._running[job.id] = running
            self._begin(self._carry_out(running))

    async def _carry_out(self, running: _Running) -> None:
        job, loop = running.job, asyncio.get_running_loop()
        started = datetime.now(UTC)
        telling = asyncio.create_task(self._tell_started(job, started))

        def emit(id_: str, kind: EventKind, data: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._tell, id_, kind, data)

        def on_part_begun(id_: str, at: datetime) -> None:
            parts.append(asyncio.run_coroutine_threadsafe(self._keep_part_started(job, id_, at), loop))

        def on_part(id_: str, record: dict[str, Any]) -> None:
            parts.append(asyncio.run_coroutine_threadsafe(self._settle_part(job, id_, record), loop))

        parts: list[Future[None]] = []
        perform = partial(
            self._performer.perform,
            on_part_begun=on_part_begun,
            on_part=on_part,
            cancellations=running.cancellations,
        )
        try:
            result = await loop.run_in_executor(self._threads, perform, job, emit)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job has a result
            result = not_done(job, Verdict.INTERNAL_ERROR, started_at=started, fault=repr(error))
        finally:
            del self._running[job.id]
            running.cancellations.job.close()
            self._queue.done(job)
            self._begin_what_may()
        await asyncio.gather(telling, *(asyncio.wrap_future(part) for part in parts))
        if not (self._abandoning and result.verdict is Verdict.CANCELLED):
            await self._settle(job, result)

    async def _tell_started(self, job: Job, at: datetime) -> None:
        self._tell(job.id, EventKind.STATUS, being_done(at))
        with contextlib.suppress(Exception):  # it only says what the result will say too
            await self._settlement.started(job, at)

    async def _keep_part_started(self, job: Job, id_: str, at: datetime) -> None:
        with contextlib.suppress(Exception):  # the same
            await self._settlement.part_started(job, id_, at)

    def _settle_cancelled(self, batch: Job, id_: str) -> None:
        """An input that did not begin and never will."""
        record = not_done(batch, Verdict.CANCELLED, started_at=None).records[id_]
        self._begin(self._settle_part(batch, id_, record))

    async def _settle_part(self, job: Job, id_: str, record: dict[str, Any]) -> None:
        if self._abandoning and record["verdict"] == Verdict.CANCELLED.value:
            return
        await _until_it_works(lambda: self._settlement.part_finished(job, id_, record))
        self._tell(id_, EventKind.RESULT, record)

    async def _settle(self, job: Job, result: JobResult) -> None:
        if result.trouble:
            _log.error("job %s could not be done: %s", job.id, result.trouble)
        await _until_it_works(lambda: self._settlement.finished(job, result))
        for id_ in reversed(job.ids):  # a batch is over after its inputs
            self._tell(id_, EventKind.RESULT, result.records[id_])

    def _tell(self, id_: str, kind: EventKind, data: dict[str, Any]) -> None:
        self._journal.append(id_, kind, data)


async def _until_it_works(action: Callable[[], Awaitable[None]]) -> None:
    """A result that cannot be kept now is kept later: it is never given up."""
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
