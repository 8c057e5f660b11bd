"""Routes of bookmarks (API.md 10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.errors import ProblemNotFoundError
from api.pagination import MOST, USUAL, PageQuery
from api.problems.bookmarks import add_bookmark, list_bookmarks, remove_bookmark
from api.problems.schemas import ProblemSummary
from api.routing import CallerDep, WorkDep, operation, router
from api.schemas import Page

bookmarks = router(tags=["bookmarks"])


@bookmarks.get("/users/me/bookmarks", summary="List bookmarked problems", response_model_exclude_unset=True)
@operation()
async def get_bookmarks(
    caller: CallerDep,
    work: WorkDep,
    cursor: Annotated[str | None, Query(description="Where the page begins: an earlier page's `nextCursor`")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most")] = USUAL,
) -> Page[ProblemSummary]:
    """Newest bookmark first."""
    return await list_bookmarks(work, caller, page=PageQuery(limit, cursor))


@bookmarks.put("/users/me/bookmarks/{problem_id}", status_code=204, summary="Bookmark a problem")
@operation(errors=(ProblemNotFoundError,))
async def put_bookmark(caller: CallerDep, work: WorkDep, problem_id: str) -> None:
    """Once more changes nothing."""
    await add_bookmark(work, caller, problem_id=problem_id)


@bookmarks.delete("/users/me/bookmarks/{problem_id}", status_code=204, summary="Remove bookmark")
@operation()
async def delete_bookmark(caller: CallerDep, work: WorkDep, problem_id: str) -> None:
    """Also where there is none."""
    await remove_bookmark(work, caller, problem_id=problem_id)
