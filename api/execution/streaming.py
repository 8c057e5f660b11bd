"""Progress as server-sent events: what has happened, what happens, and the result last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from api.caller import Caller
from api.enums import JobStatus, SubmissionStatus
from api.execution.reading import read_run, read_submission, show_run, show_submission
from api.execution.schemas import ExecutionResult
from api.execution.views import case_view, compile_view
from api.services import Services
from runner.events import EventKind, JobEvent

Record = dict[str, Any]
Render = Callable[[JobEvent], Record | None]
Result = Callable[[], Awaitable[Record | None]]

_COMMENT_S = 15
_LOOK_AGAIN_S = 1.0
_STATUS_OF_SUBMISSION = {
    JobStatus.QUEUED.value: SubmissionStatus.PENDING.value,
    JobStatus.RUNNING.value: SubmissionStatus.RUNNING.value,
}


async def stream_run(services: Services, job_id: str, caller: Caller, after: int | None) -> EventSourceResponse:
    """Events of a run. Raises ``JobNotFoundError`` and ``RateLimitError`` before anything is sent."""
    run = await read_run(services, job_id, caller)

    async def result() -> Record | None:
        shown = await show_run(services, await read_run(services, job_id, caller))
        return shown.model_dump(mode="json", exclude_unset=True) if isinstance(shown, ExecutionResult) else None

    def render(event: JobEvent) -> Record | None:
        if event.kind is EventKind.COMPILE:
            return _compilation(event.data)
        return event.data if event.kind in {EventKind.STATUS, EventKind.OUTPUT} else None

    over = JobStatus(run.status).terminal
    stream = Stream(services, job_id, render, result, after=after, over=over)
    return respond(services, caller, "run", stream)


async def stream_submission(
    services: Services, submission_id: str, caller: Caller, after: int | None
) -> EventSourceResponse:
    """Events of a submission. Raises ``SubmissionNotFoundError`` and ``RateLimitError`` before anything is sent."""
    submission = await read_submission(services, submission_id, caller)

    async def result() -> Record | None:
        found = await read_submission(services, submission_id, caller)
        if not SubmissionStatus(found.status).terminal:
            return None
        return (await show_submission(services, found, caller)).model_dump(mode="json")

    def render(event: JobEvent) -> Record | None:
        match event.kind:
            case EventKind.STATUS:
                return {**event.data, "status": _STATUS_OF_SUBMISSION[event.data["status"]]}
            case EventKind.COMPILE:
                return _compilation(event.data)
            case EventKind.CASE:
                return case_view(event.data, everything=caller.admin).model_dump(mode="json")
            case EventKind.PROGRESS:
                return event.data
            case _:
                return None

    over = SubmissionStatus(submission.status).terminal
    return respond(
        services, caller, "submission", Stream(services, submission_id, render, result, after=after, over=over)
    )


def _compilation(record: Record) -> Record:
    shown = compile_view(record)
    assert shown is not None  # noqa: S101 - there was one
    return shown.model_dump(mode="json")


class Stream:
    """What one reader of one job gets."""

    def __init__(
        self,
        services: Services,
        id_: str,
        render: Render,
        result: Result,
        *,
        after: int | None,
        over: bool,
    ) -> None:
        self._services = services
        self._id = id_
        self._render = render
        self._result = result
        self._after = after
        self._over = over and after is None  # who comes again gets what they missed first

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Until the result, or until the connection is old."""
        now = asyncio.get_running_loop().time
        ends, last, result_id = now() + self._services.settings.stream_seconds, self._after, None
        events = self._services.dispatcher.follow(self._id, self._after)
        while not self._over and (event := await _next(events, ends)) is not None:
            last = event.id
            if event.kind is EventKind.RESULT:
                result_id = event.id
            elif (data := self._render(event)) is not None:
                yield _event(event.id, event.kind, data)
        while now() < ends:
            if (data := await self._result()) is not None:
                yield _event(result_id or _id_after(last), EventKind.RESULT, data)
                return
            await asyncio.sleep(_LOOK_AGAIN_S)  # it is done by another process


async def _next(events: AsyncIterator[JobEvent], ends: float) -> JobEvent | None:
    """The next event; ``None``: there is none any more, or none before the loop's time is ``ends``."""
    try:
        async with asyncio.timeout_at(ends):
            return await anext(events, None)
    except TimeoutError:
        return None


def _id_after(last: int | None) -> int:
    """An id for what no journal has, greater than those of its events."""
    return max(time.time_ns() // 1_000_000, 0 if last is None else last + 1)


def _event(id_: int, kind: EventKind, data: Record) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, separators=(",", ":")), event=kind.value, id=str(id_))


def respond(services: Services, caller: Caller, kind: str, stream: Stream) -> EventSourceResponse:
    """The answer that is ``stream``, of a job of ``kind``. Raises ``RateLimitError`` for one stream too many."""
    open_streams = services.metrics.streams_open.labels(kind)
    owned = contextlib.ExitStack()
    owned.enter_context(services.streams.one_more(caller.user_id))
    open_streams.inc()
    owned.callback(open_streams.dec)
    return _Response(stream, owned)


class _Response(EventSourceResponse):
    """``owned`` is given back when the connection is over, however little of it was sent."""

    def __init__(self, stream: Stream, owned: contextlib.ExitStack) -> None:
        super().__init__(stream.events(), ping=_COMMENT_S)
        self._owned = owned

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._owned:
            await super().__call__(scope, receive, send)
