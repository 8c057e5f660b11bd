"""Problems that people want to find again."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import aliased

from api.caller import Caller
from api.database import Work, is_id
from api.pagination import Keyset, PageQuery, paginate
from api.problems.access import find_problem
from api.problems.listing import SUMMARIES, show_summary
from api.problems.models import Bookmark, Problem
from api.problems.repository import insert_missing
from api.problems.schemas import ProblemSummary
from api.schemas import Page


async def list_bookmarks(work: Work, caller: Caller, *, page: PageQuery) -> Page[ProblemSummary]:
    """What the caller has bookmarked and may still see, newest bookmark first.

    Raises :class:`api.errors.ValidationFailedError` for a cursor of another list.
    """
    mine = aliased(Bookmark)
    statement = SUMMARIES.join(mine, mine.problem_id == Problem.id).where(mine.user_id == caller.user_id)
    if not caller.admin:
        statement = statement.where(Problem.is_published)
    keyset = Keyset(value=mine.created_at, id=mine.problem_id, scope=("bookmarks", caller.user_id))
    return await paginate(
        work.session,
        statement,
        page,
        keyset,
        show=lambda row: show_summary(row, caller),
        parameters={"caller_id": caller.user_id},
    )


async def add_bookmark(work: Work, caller: Caller, *, problem_id: str) -> None:
    """Bookmark a problem; one that has been keeps its place. Raises ``ProblemNotFoundError``."""
    problem = await find_problem(work, problem_id, drafts=caller.admin)
    row = {"user_id": caller.user_id, "problem_id": problem.id, "created_at": work.now}
    await insert_missing(work, Bookmark, [row])


async def remove_bookmark(work: Work, caller: Caller, *, problem_id: str) -> None:
    """Forget a bookmark, if there is one."""
    if is_id(problem_id):
        mine = (Bookmark.user_id == caller.user_id, Bookmark.problem_id == problem_id)
        await work.session.execute(delete(Bookmark).where(*mine))
