"""What a person has done about problems, told from their submissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Integer, ScalarSelect, and_, case, func, or_, select

from api.database import Work
from api.enums import AttemptFilter, AttemptStatus
from api.execution.models import Submission
from api.problems.models import Problem
from judge import Verdict

_SOLVED: Final = 2
_ATTEMPTED: Final = 1
_NO_ATTEMPT: Final = (Verdict.INTERNAL_ERROR.value, Verdict.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often somebody has tried a problem, and how that went."""

    count: int
    status: AttemptStatus | None


def _counted(user_id: str | BindParameter[str]) -> ColumnElement[bool]:
    """Their submissions to a row of ``problems``; what we could not judge, or was cancelled, was no attempt."""
    judged = or_(Submission.verdict.is_(None), Submission.verdict.not_in(_NO_ATTEMPT))
    return and_(Submission.user_id == user_id, Submission.problem_id == Problem.id, judged)


def _level() -> ColumnElement[int]:
    return func.max(case((Submission.verdict == Verdict.ACCEPTED.value, _SOLVED), else_=_ATTEMPTED), type_=Integer)


def attempt_level(user_id: str | BindParameter[str]) -> ScalarSelect[int]:
    """For a row of ``problems``: what :func:`attempt_status` reads; null without attempts."""
    return select(_level()).where(_counted(user_id)).correlate(Problem).scalar_subquery()


def attempt_status(level: int | None) -> AttemptStatus | None:
    """What a level says."""
    if level is None:
        return None
    return AttemptStatus.SOLVED if level == _SOLVED else AttemptStatus.ATTEMPTED


def narrowed(user_id: str, wanted: list[AttemptFilter]) -> ColumnElement[bool]:
    """Problems that the person has any of these relations to."""
    level = attempt_level(user_id)
    conditions = {
        AttemptFilter.SOLVED: level == _SOLVED,
        AttemptFilter.ATTEMPTED: level == _ATTEMPTED,
        AttemptFilter.UNTRIED: level.is_(None),
    }
    return or_(*(conditions[relation] for relation in dict.fromkeys(wanted)))


async def read_attempts(work: Work, *, user_id: str, problem_id: str) -> Attempts:
    """Somebody's attempts at a problem."""
    statement = select(func.count(), _level()).where(_counted(user_id), Problem.id == problem_id)
    count, level = (await work.session.execute(statement)).one()
    return Attempts(count, attempt_status(level))
