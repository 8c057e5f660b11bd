"""Routes of authoring: reference solutions and validations (API.md 9.2). All are for admins."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header, Path, Query, Response
from sse_starlette import EventSourceResponse

from api.errors import (
    AlreadyFinishedError,
    ApiError,
    ExecutionRateLimitError,
    ExecutionTimeoutError,
    ExecutionUnavailableError,
    LanguageUnavailableError,
    NoTestCasesError,
    ProblemNotFoundError,
    RateLimitError,
    SolutionNotFoundError,
    ValidationNotFoundError,
    WebhookNotFoundError,
)
from api.pagination import PageDep
from api.problems import solutions, validations
from api.problems.solution_schemas import (
    ProblemValidationView,
    ReferenceSolutionView,
    SolutionBody,
    ValidateBody,
    ValidationAccepted,
    ValidationCancelled,
    ValidationSummary,
)
from api.problems.validation_stream import stream_validation
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.schemas import Listing, Page

authoring = router(tags=["authoring"])

SolutionId = Annotated[str, Path(alias="solutionId")]
ValidationId = Annotated[str, Path(alias="validationId")]
ProblemId = Annotated[str, Path(alias="problemId")]
WaitMs = Annotated[
    int, Query(alias="waitMs", ge=0, le=30_000, description="Hold the answer until the end, or for so long (ms)")
]
LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="Resume after this event", pattern=r"^[0-9]{1,18}$")
]
_SOLUTION: Final[tuple[type[ApiError], ...]] = (ProblemNotFoundError, SolutionNotFoundError)
_VALIDATION: Final[tuple[type[ApiError], ...]] = (ProblemNotFoundError, ValidationNotFoundError)
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events `status`, `solution`, `progress`, and `result` last",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@authoring.get(
    "/problems/{problemId}/solutions",
    summary="List reference solutions (admin)",
    response_model_exclude_unset=True,
)
@operation(errors=(ProblemNotFoundError,))
async def list_reference_solutions(
    problem_id: ProblemId, caller: CallerDep, work: WorkDep
) -> Listing[ReferenceSolutionView]:
    """In the order in which they were added."""
    return Listing(data=await solutions.list_solutions(work, problem_id, caller=caller))


@authoring.post(
    "/problems/{problemId}/solutions",
    status_code=201,
    summary="Add a reference solution (admin)",
    response_model_exclude_unset=True,
)
@operation(errors=(ProblemNotFoundError, LanguageUnavailableError))
async def add_reference_solution(
    problem_id: ProblemId, body: SolutionBody, *, caller: CallerDep, work: WorkDep, services: ServicesDep
) -> ReferenceSolutionView:
    """A program whose verdicts are known: right ones, and wrong ones of every kind that tests should find."""
    catalog = services.catalog
    return await solutions.add_solution(work, problem_id, body=body, catalog=catalog, caller=caller)


@authoring.put(
    "/problems/{problemId}/solutions/{solutionId}",
    summary="Replace a reference solution (admin)",
    response_model_exclude_unset=True,
)
@operation(errors=(*_SOLUTION, LanguageUnavailableError))
async def replace_reference_solution(
    problem_id: ProblemId,
    solution_id: SolutionId,
    body: SolutionBody,
    *,
    caller: CallerDep,
    work: WorkDep,
    services: ServicesDep,
) -> ReferenceSolutionView:
    """Everything about it is replaced but its id and its place.

    What only a package says of it (groups, messages, authors) stays as long as language and expectations are the same.
    """
    catalog = services.catalog
    return await solutions.replace_solution(work, problem_id, solution_id, body=body, catalog=catalog, caller=caller)


@authoring.delete(
    "/problems/{problemId}/solutions/{solutionId}", status_code=204, summary="Remove a reference solution (admin)"
)
@operation(errors=_SOLUTION)
async def remove_reference_solution(
    problem_id: ProblemId, solution_id: SolutionId, caller: CallerDep, work: WorkDep
) -> None:
    """Validations keep what they found out about it."""
    await solutions.remove_solution(work, problem_id, solution_id, caller=caller)


@authoring.post("/problems/{problemId}/validate", status_code=202, summary="Validate a problem (admin)")
@operation(
    errors=(
        *_SOLUTION,
        NoTestCasesError,
        LanguageUnavailableError,
        ExecutionRateLimitError,
        ExecutionUnavailableError,
        ExecutionTimeoutError,
        WebhookNotFoundError,
    )
)
async def validate_problem(
    problem_id: ProblemId,
    *,
    caller: CallerDep,
    work: WorkDep,
    services: ServicesDep,
    body: ValidateBody = ValidateBody(),  # noqa: B008 - it never changes
) -> ValidationAccepted:
    """Judge reference solutions; check expected outputs with the problem's own checker, inputs with its validators."""
    return await validations.validate_problem(work, services, caller, problem_id=problem_id, body=body)


@authoring.get("/problems/{problemId}/validations", summary="List validations of a problem (admin)")
@operation(errors=(ProblemNotFoundError,))
async def list_problem_validations(
    problem_id: ProblemId, *, caller: CallerDep, work: WorkDep, page: PageDep
) -> Page[ValidationSummary]:
    """The newest first. After a day only the last one is kept."""
    return await validations.list_validations(work, problem_id, caller=caller, page=page)


@authoring.get("/problems/{problemId}/validations/{validationId}", summary="Get a validation (admin)")
@operation(errors=_VALIDATION, transaction=Transaction.NONE)
async def get_validation(
    problem_id: ProblemId,
    validation_id: ValidationId,
    response: Response,
    *,
    caller: CallerDep,
    services: ServicesDep,
    wait_ms: WaitMs = 0,
) -> ProblemValidationView:
    """What is known of it by now."""
    validation = await validations.read_validation(services, problem_id, validation_id, caller=caller, wait_ms=wait_ms)
    shown = await validations.show_validation(services, validation)
    if not shown.status.terminal:
        response.headers["Retry-After"] = "1"
    return shown


@authoring.get(
    "/problems/{problemId}/validations/{validationId}/events",
    summary="Stream the progress of a validation (admin)",
    response_class=EventSourceResponse,
    responses=_STREAM,
)
@operation(errors=(*_VALIDATION, RateLimitError), limited=False, transaction=Transaction.NONE)
async def stream_validation_events(
    problem_id: ProblemId,
    validation_id: ValidationId,
    *,
    caller: CallerDep,
    services: ServicesDep,
    last_event_id: LastEventId = None,
) -> EventSourceResponse:
    """Server-sent events until the result."""
    after = None if last_event_id is None else int(last_event_id)
    return await stream_validation(services, problem_id, validation_id, caller=caller, after=after)


@authoring.post(
    "/problems/{problemId}/validations/{validationId}/cancel", status_code=202, summary="Cancel a validation (admin)"
)
@operation(errors=(*_VALIDATION, AlreadyFinishedError))
async def cancel_validation(
    problem_id: ProblemId, validation_id: ValidationId, *, caller: CallerDep, work: WorkDep, services: ServicesDep
) -> ValidationCancelled:
    """What is being judged is killed; what has not begun never will."""
    return await validations.cancel_validation(work, services, problem_id, validation_id, caller=caller)
