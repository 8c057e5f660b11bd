"""Progress as server-sent events: what has happened, what happens, and the result last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from api.caller import Caller, still_signed_in
from api.database import why_away
from api.enums import JobStatus, SubmissionStatus
from api.errors import ApiError, UnauthorizedError
from api.execution.reading import read_run, read_submission, show_submission
from api.execution.views import case_view, compile_view, result_view
from api.services import Services
from runner.events import EventKind, JobEvent

Found = TypeVar("Found")
Record = dict[str, Any]
Render = Callable[[JobEvent], Record | None]
Result = Callable[[], Awaitable[Record | None]]

_COMMENT_S = 15
_LOOK_AGAIN_S = 1.0
_LOOK_WHO_S = 5.0  # so soon who was removed, banned or signed out reads no more
_STATUS_OF_SUBMISSION = {
    JobStatus.QUEUED.value: SubmissionStatus.PENDING.value,
    JobStatus.RUNNING.value: SubmissionStatus.RUNNING.value,
}


async def stream_run(services: Services, job_id: str, caller: Caller, after: int | None) -> EventSourceResponse:
    """Events of a run. Raises ``JobNotFoundError`` and ``RateLimitError`` before anything is sent."""
    run = await read_run(services, job_id, caller)

    async def result() -> Record | None:
        found = await read_run(services, job_id, caller)
        return result_view(found).model_dump(mode="json", exclude_unset=True) if _over(found.status) else None

    def render(event: JobEvent) -> Record | None:
        if event.kind is EventKind.COMPILE:
            return _compilation(event.data)
        return event.data if event.kind in {EventKind.STATUS, EventKind.OUTPUT} else None

    over = _over(run.status)
    stream = Stream(
        services, caller, id_=run.id, render=render, result=result, after=after, over=over, room_id=run.room_id
    )
    return await respond(services, caller, "run", stream)


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
    room_id = submission.room_id
    stream = Stream(
        services, caller, id_=submission.id, render=render, result=result, after=after, over=over, room_id=room_id
    )
    return await respond(services, caller, "submission", stream)


def _over(status: str) -> bool:
    return JobStatus(status).terminal


def _compilation(record: Record) -> Record:
    shown = compile_view(record)
    assert shown is not None  # noqa: S101 - there was one
    return shown.model_dump(mode="json")


class Stream:
    """What one reader of one job gets: ``caller``, for as long as ``result`` does not say that there is no such job.

    ``room_id``: the room of the job; whoever reads on is still there.
    """

    def __init__(
        self,
        services: Services,
        caller: Caller,
        *,
        id_: str,
        render: Render,
        result: Result,
        after: int | None,
        over: bool,
        room_id: str | None = None,
    ) -> None:
        self._services = services
        self._caller = caller
        self._id = id_
        self._render = render
        self._result = result
        self._after = after
        self._over = over and after is None  # who comes again gets what they missed first
        self._room_id = room_id

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Until the result, until the connection is old, or until the reader may not see the job any more."""
        now = asyncio.get_running_loop().time
        ends, look_at = now() + self._services.settings.stream_seconds, now() + _LOOK_WHO_S
        last, result_id = self._after, None
        events = self._services.dispatcher.follow(self._id, last)
        with contextlib.suppress(ApiError):  # whoever asks again is told why
            while not self._over and result_id is None and now() < ends:
                if now() >= look_at:
                    look_at = await self._look_who_reads()
                try:
                    async with asyncio.timeout_at(min(ends, look_at)):
                        event = await anext(events, None)
                except TimeoutError:
                    events = self._services.dispatcher.follow(self._id, last)  # what was broken off gives nothing more
                    continue
                if event is None:
                    break
                last = event.id
                if event.kind is EventKind.RESULT:
                    result_id = event.id
                elif (data := self._render(event)) is not None:
                    yield _event(event.id, event.kind, data)
            while now() < ends:
                if (data := await self._outcome()) is not None:
                    yield _event(result_id or _id_after(last), EventKind.RESULT, data)
                    return
                if now() >= look_at:
                    look_at = await self._look_who_reads()
                await asyncio.sleep(_LOOK_AGAIN_S)  # it is done by another process

    async def _look_who_reads(self) -> float:
        """When to look again (the loop's time). Reading on is a sign of life in the job's room.

        Raises an error of those who would not be let in now.
        """
        if await _unless_away(still_signed_in(self._caller, self._services.database)) is False:
            raise UnauthorizedError
        _ = await self._outcome()
        self._services.activity.seen(self._caller.user_id, self._room_id)
        return asyncio.get_running_loop().time() + _LOOK_WHO_S

    async def _outcome(self) -> Record | None:
        """The result; ``None``: there is none that can be read now. Raises as ``result`` does of who may not."""
        return await _unless_away(self._result())


async def _unless_away(look: Awaitable[Found]) -> Found | None:
    """What is found; ``None``: the database is away, and is asked again later."""
    try:
        return await look
    except Exception as error:
        if why_away(error) is None:
            raise
        return None


def _id_after(last: int | None) -> int:
    """An id for what no journal has, greater than those of its events."""
    return max(time.time_ns() // 1_000_000, 0 if last is None else last + 1)


def _event(id_: int, kind: EventKind, data: Record) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, separators=(",", ":")), event=kind.value, id=str(id_))


async def respond(services: Services, caller: Caller, kind: str, stream: Stream) -> EventSourceResponse:
    """The answer that is ``stream``, of a job of ``kind``. Raises ``RateLimitError`` for one stream too many."""
    open_streams = services.metrics.streams_open.labels(kind)
    owned = contextlib.AsyncExitStack()
    await owned.enter_async_context(services.streams.one_more(caller.user_id))
    open_streams.inc()
    owned.callback(open_streams.dec)
    return _Response(stream, owned)


class _Response(EventSourceResponse):
    """``owned`` is given back when the connection is over, however little of it was sent."""

    def __init__(self, stream: Stream, owned: contextlib.AsyncExitStack) -> None:
        super().__init__(stream.events(), ping=_COMMENT_S)
        self._owned = owned

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._owned:
            await super().__call__(scope, receive, send)
