"""Routes of problems (API.md 9.1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.enums import AttemptFilter, Difficulty, ProblemSort
from api.errors import (
    DuplicateTitleError,
    LanguageUnavailableError,
    NoTestCasesError,
    ProblemInUseError,
    ProblemNotFoundError,
)
from api.pagination import PageDep
from api.permissions import Capability
from api.problems import repository, service
from api.problems.detail import show_problem
from api.problems.listing import ProblemFilter, list_problems
from api.problems.schemas import (
    CreateProblem,
    ProblemDetail,
    ProblemSummary,
    PublishStatus,
    Slug,
    TagInfo,
    UpdateProblem,
)
from api.routing import CallerDep, ServicesDep, WorkDep, operation, router
from api.schemas import Flag, Listing, Many, Page, Plain

problems = router(tags=["problems"])


@problems.get("/problems", summary="List and search problems", response_model_exclude_unset=True)
@operation()
async def get_problems(  # noqa: PLR0913 - one for each query parameter
    caller: CallerDep,
    work: WorkDep,
    page: PageDep,
    *,
    difficulty: Annotated[list[Difficulty], Query(description="Any of these"), Many] = [],  # noqa: B006 - never changed
    status: Annotated[list[AttemptFilter], Query(description="Any of these"), Many] = [],  # noqa: B006 - the same
    tags: Annotated[list[Slug], Query(max_length=50, description="Has any of them"), Many] = [],  # noqa: B006 - the same
    company: Annotated[Plain | None, Query(description="Exactly this one")] = None,
    search: Annotated[
        Plain | None, Query(max_length=100, description="In title and description, whatever the case")
    ] = None,
    sort_by: Annotated[ProblemSort, Query(alias="sortBy")] = ProblemSort.CREATED_AT,
    include_drafts: Annotated[Flag, Query(alias="includeDrafts", description="Heeded for admins only")] = False,
) -> Page[ProblemSummary]:
    """Published problems; admins may ask for drafts too."""
    wanted = ProblemFilter(
        difficulties=tuple(difficulty),
        attempts=tuple(status),
        tags=tuple(tags),
        company=company,
        search=search,
        drafts=include_drafts and caller.admin,
    )
    return await list_problems(work, caller, wanted=wanted, sort=sort_by, page=page)


@problems.post("/problems", status_code=201, summary="Create a problem (admin)", response_model_exclude_unset=True)
@operation(errors=(LanguageUnavailableError, DuplicateTitleError), idempotent=True)
async def post_problem(caller: CallerDep, work: WorkDep, services: ServicesDep, body: CreateProblem) -> ProblemDetail:
    """The answer shows hidden tests too."""
    problem = await service.create_problem(work, body, catalog=services.catalog, caller=caller)
    return await show_problem(work, problem, caller=caller, hidden=True)


@problems.get("/problems/tags", summary="List all available tags")
@operation()
async def get_tags(caller: CallerDep, work: WorkDep) -> Listing[TagInfo]:
    """By the number of published problems, then by name. Admins see tags that no published problem has."""
    found = await repository.count_tags(work, unused=caller.admin)
    return Listing(data=[TagInfo(slug=slug, name=name, count=count) for slug, name, count in found])


@problems.get("/problems/{problem_id}", summary="Get problem details", response_model_exclude_unset=True)
@operation(errors=(ProblemNotFoundError,))
async def get_problem(
    caller: CallerDep,
    work: WorkDep,
    problem_id: str,
    include_hidden: Annotated[Flag, Query(alias="includeHidden", description="Hidden tests too; for admins")] = False,  # noqa: FBT002 - by name
) -> ProblemDetail:
    """Of a published problem, or of one that a room of the caller uses; admins may read drafts."""
    problem = await service.find_to_read(work, problem_id, caller=caller)
    if include_hidden:
        caller.require(Capability.PROBLEM_EDIT)
    return await show_problem(work, problem, caller=caller, hidden=include_hidden)


@problems.patch("/problems/{problem_id}", summary="Update a problem (admin)", response_model_exclude_unset=True)
@operation(errors=(ProblemNotFoundError, LanguageUnavailableError, DuplicateTitleError))
async def patch_problem(
    caller: CallerDep, work: WorkDep, services: ServicesDep, *, problem_id: str, body: UpdateProblem
) -> ProblemDetail:
    """What is absent stays; `testCases` replaces the whole list."""
    catalog = services.catalog
    problem = await service.update_problem(work, problem_id, body=body, catalog=catalog, caller=caller)
    return await show_problem(work, problem, caller=caller, hidden=False)


@problems.delete("/problems/{problem_id}", status_code=204, summary="Delete a problem (admin)")
@operation(errors=(ProblemNotFoundError, ProblemInUseError))
async def delete_problem(caller: CallerDep, work: WorkDep, problem_id: str) -> None:
    """Set it aside; history keeps its title."""
    await service.delete_problem(work, problem_id, caller=caller)


@problems.patch(
    "/problems/{problem_id}/publish-status", summary="Publish or withdraw a problem", response_model_exclude_unset=True
)
@operation(errors=(ProblemNotFoundError, NoTestCasesError))
async def patch_publish_status(caller: CallerDep, work: WorkDep, problem_id: str, body: PublishStatus) -> ProblemDetail:
    """Rooms that use a problem keep it when it is withdrawn."""
    problem = await service.publish_problem(work, problem_id, published=body.is_published, caller=caller)
    return await show_problem(work, problem, caller=caller, hidden=False)
