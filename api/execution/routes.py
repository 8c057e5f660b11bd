"""Routes of runs, submissions, batches and languages (API.md 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query, Response
from sse_starlette import EventSourceResponse

from api.enums import JobStatus, SubmissionStatus, SupportedLanguage
from api.errors import (
    AlreadyFinishedError,
    ApiError,
    BatchNotFoundError,
    EditorLockedError,
    ExecutionRateLimitError,
    ExecutionTimeoutError,
    ExecutionUnavailableError,
    JobNotFoundError,
    LanguageUnavailableError,
    NoTestCasesError,
    PermissionDeniedError,
    ProblemNotFoundError,
    RateLimitError,
    SubmissionNotFoundError,
    SubmissionRateLimitError,
    WebhookNotFoundError,
)
from api.execution import cancelling, history, reading, streaming, submitting
from api.execution.offer import offered
from api.execution.schemas import (
    BatchAccepted,
    BatchBody,
    BatchCancelled,
    BatchView,
    ExecutionResult,
    JobStatusView,
    LanguageView,
    RunAccepted,
    RunBody,
    RunCancelled,
    RunSummary,
    SubmissionAccepted,
    SubmissionCancelled,
    SubmissionDetail,
    SubmissionSummary,
    SubmitBody,
    UnfinishedJob,
)
from api.pagination import PageDep
from api.rooms.paths import READ, WRITE, RoomId
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.schemas import Flag, Id, Listing, Page

execution = router(tags=["execution"])

Errors = tuple[type[ApiError], ...]
_RUN: Errors = (
    LanguageUnavailableError,
    ExecutionRateLimitError,
    ExecutionUnavailableError,
    ExecutionTimeoutError,
    WebhookNotFoundError,
)
_SUBMIT: Errors = (*(error for error in _RUN if error is not ExecutionRateLimitError), SubmissionRateLimitError)

JobId = Annotated[str, Path(alias="jobId", description="A run's id")]
BatchId = Annotated[str, Path(alias="batchId")]
SubmissionId = Annotated[str, Path(alias="submissionId")]
WaitMs = Annotated[
    int, Query(alias="waitMs", ge=0, le=30_000, description="Hold the answer until the end, or for so long (ms)")
]
LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="Resume after this event", pattern=r"^[0-9]{1,18}$")
]
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events `status`, `compile`, `output`, `case`, `progress`, and `result` last",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


async def _filters(
    user_id: Annotated[Id | None, Query(alias="userId")] = None,
    language: SupportedLanguage | None = None,
    *,
    include_code: Annotated[Flag, Query(alias="includeCode")] = False,
) -> history.Filters:
    return history.Filters(user_id, language, None, include_code)


FiltersDep = Annotated[history.Filters, Depends(_filters)]
"""The query parameters of a room's lists, but for the status."""


@execution.post("/rooms/{id}/run", status_code=202, summary="Execute code (interactive run)")
@operation(errors=(*WRITE, EditorLockedError, *_RUN), idempotent=True)
async def run_in_room(
    room_id: RoomId, body: RunBody, *, caller: CallerDep, work: WorkDep, services: ServicesDep
) -> RunAccepted:
    """Run a program once with given input. The result is polled, waited for or streamed by its `jobId`."""
    return await submitting.run_in_room(work, services, caller, body, room_id=room_id)


@execution.post("/rooms/{id}/submit", status_code=202, summary="Submit code against test cases")
@operation(errors=(*WRITE, EditorLockedError, ProblemNotFoundError, NoTestCasesError, *_SUBMIT), idempotent=True)
async def submit_in_room(
    room_id: RoomId, body: SubmitBody, *, caller: CallerDep, work: WorkDep, services: ServicesDep
) -> SubmissionAccepted:
    """Judge a program against the tests of the room's problem."""
    return await submitting.submit_in_room(work, services, caller, body, room_id=room_id)


@execution.get("/rooms/{id}/runs", summary="List past runs in this room", response_model_exclude_unset=True)
@operation(errors=(*READ, PermissionDeniedError))
async def list_runs(
    room_id: RoomId,
    *,
    page: PageDep,
    caller: CallerDep,
    work: WorkDep,
    services: ServicesDep,
    filters: FiltersDep,
    status: JobStatus | None = None,
) -> Page[RunSummary]:
    """Newest first."""
    wanted = replace(filters, status=status)
    return await history.past_runs(work, services, caller, room_id, filters=wanted, page=page)


@execution.get(
    "/rooms/{id}/submissions",
    summary="List past submissions in this room",
    response_model_exclude_unset=True,
)
@operation(errors=(*READ, PermissionDeniedError))
async def list_submissions(
    room_id: RoomId,
    *,
    page: PageDep,
    caller: CallerDep,
    work: WorkDep,
    services: ServicesDep,
    filters: FiltersDep,
    status: SubmissionStatus | None = None,
) -> Page[SubmissionSummary]:
    """Newest first."""
    wanted = replace(filters, status=status)
    return await history.past_submissions(work, services, caller, room_id, filters=wanted, page=page)


@execution.post("/execution/run", status_code=202, summary="Execute code without a room")
@operation(errors=_RUN, idempotent=True)
async def run_alone(body: RunBody, caller: CallerDep, work: WorkDep, services: ServicesDep) -> RunAccepted:
    """Run a program once with given input, in nobody's room."""
    return await submitting.run_alone(work, services, caller, body)


@execution.post("/execution/batches", status_code=202, summary="Execute code on several inputs")
@operation(errors=_RUN, idempotent=True)
async def run_batch(body: BatchBody, caller: CallerDep, work: WorkDep, services: ServicesDep) -> BatchAccepted:
    """Compile once and run on every input; each input is a job of its own."""
    return await submitting.run_batch(work, services, caller, body)


@execution.get("/execution/batches/{batchId}", summary="Get a batch")
@operation(errors=(BatchNotFoundError,), transaction=Transaction.NONE)
async def get_batch(
    batch_id: BatchId, response: Response, *, caller: CallerDep, services: ServicesDep, wait_ms: WaitMs = 0
) -> BatchView:
    """A batch as it stands."""
    batch = await reading.read_batch(services, batch_id, caller, wait_ms=wait_ms)
    if not batch.status.terminal:
        response.headers["Retry-After"] = "1"
    return batch


@execution.post("/execution/batches/{batchId}/cancel", status_code=202, summary="Cancel a batch")
@operation(errors=(BatchNotFoundError, AlreadyFinishedError))
async def cancel_batch(batch_id: BatchId, caller: CallerDep, work: WorkDep, services: ServicesDep) -> BatchCancelled:
    """Stop what is running; what has not begun never will."""
    return await cancelling.cancel_batch(work, services, batch_id, caller)


@execution.get("/execution/{jobId}", summary="Get execution result (single run)", response_model_exclude_unset=True)
@operation(
    errors=(JobNotFoundError, ExecutionUnavailableError, ExecutionTimeoutError),
    limited=False,
    transaction=Transaction.NONE,
)
async def get_run(
    job_id: JobId, response: Response, *, caller: CallerDep, services: ServicesDep, wait_ms: WaitMs = 0
) -> ExecutionResult | UnfinishedJob:
    """The result, or where the run is."""
    shown = await reading.show_run(services, await reading.read_run(services, job_id, caller, wait_ms=wait_ms))
    if isinstance(shown, UnfinishedJob):
        response.headers["Retry-After"] = "1"
    return shown


@execution.get("/execution/{jobId}/status", summary="Get the status of a run")
@operation(errors=(JobNotFoundError,), transaction=Transaction.NONE)
async def get_run_status(
    job_id: JobId, response: Response, *, caller: CallerDep, services: ServicesDep
) -> JobStatusView:
    """Where the run is, and no more."""
    run = await reading.read_run(services, job_id, caller)
    shown = JobStatusView(job_id=run.id, status=JobStatus(run.status))
    if not shown.status.terminal:
        response.headers["Retry-After"] = "1"
    return shown


@execution.get(
    "/execution/{jobId}/events",
    summary="Stream the progress of a run",
    response_class=EventSourceResponse,
    responses=_STREAM,
)
@operation(errors=(JobNotFoundError, RateLimitError), limited=False, transaction=Transaction.NONE)
async def stream_run(
    job_id: JobId, caller: CallerDep, services: ServicesDep, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events until the result."""
    return await streaming.stream_run(services, job_id, caller, _number(last_event_id))


@execution.post("/execution/{jobId}/cancel", status_code=202, summary="Cancel a run")
@operation(errors=(JobNotFoundError, AlreadyFinishedError))
async def cancel_run(job_id: JobId, caller: CallerDep, work: WorkDep, services: ServicesDep) -> RunCancelled:
    """A run that waits never begins; one that runs is killed."""
    return await cancelling.cancel_run(work, services, job_id, caller)


@execution.get("/submissions/{submissionId}", summary="Get submission status and aggregated results")
@operation(errors=(SubmissionNotFoundError,), limited=False, transaction=Transaction.NONE)
async def get_submission(
    submission_id: SubmissionId, response: Response, *, caller: CallerDep, services: ServicesDep, wait_ms: WaitMs = 0
) -> SubmissionDetail:
    """The submission with every test that is done. Of hidden tests nobody but admins sees the content."""
    submission = await reading.read_submission(services, submission_id, caller, wait_ms=wait_ms)
    shown = await reading.show_submission(services, submission, caller)
    if not shown.status.terminal:
        response.headers["Retry-After"] = "1"
    return shown


@execution.get(
    "/submissions/{submissionId}/events",
    summary="Stream the progress of a submission",
    response_class=EventSourceResponse,
    responses=_STREAM,
)
@operation(errors=(SubmissionNotFoundError, RateLimitError), limited=False, transaction=Transaction.NONE)
async def stream_submission(
    submission_id: SubmissionId, caller: CallerDep, services: ServicesDep, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events until the result."""
    return await streaming.stream_submission(services, submission_id, caller, _number(last_event_id))


@execution.post("/submissions/{submissionId}/cancel", status_code=202, summary="Cancel a submission")
@operation(errors=(SubmissionNotFoundError, AlreadyFinishedError))
async def cancel_submission(
    submission_id: SubmissionId, caller: CallerDep, work: WorkDep, services: ServicesDep
) -> SubmissionCancelled:
    """Tests that were not executed are skipped."""
    return await cancelling.cancel_submission(work, services, submission_id, caller)


@execution.get("/languages", summary="List the programming languages")
@operation(transaction=Transaction.NONE)
async def list_languages(services: ServicesDep) -> Listing[LanguageView]:
    """Every language with its versions, standards, and what limits of problems become in it."""
    return Listing(data=offered(services.catalog))


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
