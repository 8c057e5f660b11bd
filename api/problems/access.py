"""Getting at a problem."""

from __future__ import annotations

from api.database import Work
from api.problems.models import Problem


async def find_problem(work: Work, problem_id: str, *, drafts: bool, lock: bool = False) -> Problem:
    """The problem of that id that is not deleted. ``drafts``: one that is not published will do.

    ``lock``: nobody changes it until the transaction ends. Raises :class:`api.errors.ProblemNotFoundError`, for ids
    that are none too.
    """
    raise NotImplementedError
