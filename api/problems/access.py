"""Getting at a problem."""

from __future__ import annotations

from sqlalchemy import select

from api.database import Work, is_id
from api.errors import ProblemNotFoundError
from api.problems.models import Problem


async def find_problem(work: Work, problem_id: str, *, drafts: bool, lock: bool = False, keep: bool = False) -> Problem:
    """The problem of that id that is not deleted. ``drafts``: one that is not published will do.

    ``lock``: nobody else changes it until the transaction ends, or keeps it. ``keep``: nobody changes it until then,
    but many may keep it at once. Raises :class:`api.errors.ProblemNotFoundError`, for ids that are none too.
    """
    if not is_id(problem_id):
        raise ProblemNotFoundError
    statement = select(Problem).where(Problem.id == problem_id, Problem.deleted_at.is_(None))
    if not drafts:
        statement = statement.where(Problem.is_published)
    if lock or keep:
        # Never of its id: rows that refer to it are written meanwhile.
        statement = statement.with_for_update(read=keep, key_share=lock).execution_options(populate_existing=True)
    problem = (await work.session.execute(statement)).scalar_one_or_none()
    if problem is None:
        raise ProblemNotFoundError
    return problem
