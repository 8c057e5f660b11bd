"""Progress of a validation as server-sent events."""

from __future__ import annotations

from typing import Any

from sse_starlette import EventSourceResponse

from api.caller import Caller
from api.enums import JobStatus
from api.execution.streaming import Stream, respond
from api.problems.solution_schemas import ValidatedSolution
from api.problems.validations import read_validation, show_validation
from api.services import Services
from runner.events import EventKind, JobEvent

Record = dict[str, Any]


async def stream_validation(
    services: Services, problem_id: str, validation_id: str, *, caller: Caller, after: int | None
) -> EventSourceResponse:
    """Events of a validation from the one after ``after``.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, ``ValidationNotFoundError`` and ``RateLimitError`` before
    anything is sent.
    """
    validation = await read_validation(services, problem_id, validation_id, caller=caller)

    async def result() -> Record | None:
        found = await read_validation(services, problem_id, validation_id, caller=caller)
        if not JobStatus(found.status).terminal:
            return None
        return (await show_validation(services, found)).model_dump(mode="json")

    over = JobStatus(validation.status).terminal
    stream = Stream(services, caller, id_=validation.id, render=_render, result=result, after=after, over=over)
    return await respond(services, caller, "validation", stream)


def _render(event: JobEvent) -> Record | None:
    match event.kind:
        case EventKind.STATUS | EventKind.PROGRESS:
            return event.data
        case EventKind.SOLUTION:
            return ValidatedSolution.model_validate(event.data).model_dump(mode="json")
        case _:
            return None
