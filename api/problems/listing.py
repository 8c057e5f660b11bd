"""Lists of problems: what they show of each, how they are narrowed and sorted. One query makes a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Row, bindparam, case, cast, exists, func, select

from api.caller import Caller
from api.database import Id, Work
from api.enums import AttemptFilter, Difficulty, ProblemSort
from api.pagination import Expression, Keyset, PageQuery, Rows, paginate
from api.problems.attempts import attempt_level, attempt_status, narrowed
from api.problems.columns import folded
from api.problems.models import Bookmark, Problem, ProblemTag
from api.problems.schemas import ProblemSummary
from api.schemas import Page

_DIFFICULTIES: Final = {difficulty.value: rank for rank, difficulty in enumerate(Difficulty)}
_SORTS: Final[Mapping[ProblemSort, Expression]] = {
    ProblemSort.TITLE: Problem.title_key,
    ProblemSort.DIFFICULTY: case(_DIFFICULTIES, value=Problem.difficulty),
    ProblemSort.CREATED_AT: Problem.created_at,
    ProblemSort.POPULARITY: cast(Problem.accepted_submissions, Double)
    / cast(func.nullif(Problem.total_submissions, 0), Double),
    ProblemSort.TOTAL_SUBMISSIONS: Problem.total_submissions,
}

_CALLER: Final = bindparam("caller_id", type_=Id)

SUMMARIES: Final[Rows] = select(
    Problem.id,
    Problem.title,
    Problem.difficulty,
    Problem.is_published,
    Problem.tags,
    Problem.company,
    Problem.total_submissions,
    Problem.accepted_submissions,
    Problem.test_count,
    Problem.hidden_test_count,
    Problem.updated_at,
    exists()
    .where(Bookmark.user_id == _CALLER, Bookmark.problem_id == Problem.id)
    .correlate(Problem)
    .label("is_bookmarked"),
    attempt_level(_CALLER).label("attempt_level"),
).where(Problem.deleted_at.is_(None))
"""Problems with what :func:`show_summary` shows of them to ``caller_id``. Built once, not at every request."""


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """What of all problems is wanted; ``None`` and empty: no matter. ``drafts``: those not published too."""

    difficulties: tuple[Difficulty, ...] = ()
    attempts: tuple[AttemptFilter, ...] = ()
    tags: tuple[str, ...] = ()
    company: str | None = None
    search: str | None = None
    drafts: bool = False


async def list_problems(
    work: Work, caller: Caller, *, wanted: ProblemFilter, sort: ProblemSort, page: PageQuery
) -> Page[ProblemSummary]:
    """A page of problems. Raises :class:`api.errors.ValidationFailedError` for a cursor of another list."""
    statement = SUMMARIES.where(*_conditions(wanted, caller))
    keyset = Keyset(value=_SORTS[sort], id=Problem.id, scope=("problems", caller.user_id, wanted, sort))
    return await paginate(
        work.session,
        statement,
        page,
        keyset,
        show=lambda row: show_summary(row, caller),
        parameters={"caller_id": caller.user_id},
    )


def show_summary(row: Row[Any], caller: Caller) -> ProblemSummary:
    """A row of :data:`SUMMARIES` as the caller may see it."""
    more: dict[str, Any] = {}
    if caller.admin:
        more = {
            "test_case_count": row.test_count,
            "hidden_test_case_count": row.hidden_test_count,
            "total_submissions": row.total_submissions,
            "updated_at": row.updated_at,
        }
    return ProblemSummary(
        id=row.id,
        title=row.title,
        difficulty=row.difficulty,
        is_published=row.is_published,
        tags=row.tags,
        company=row.company,
        acceptance_rate=acceptance_rate(row.accepted_submissions, row.total_submissions),
        is_bookmarked=row.is_bookmarked,
        attempt_status=attempt_status(row.attempt_level),
        **more,
    )


def acceptance_rate(accepted: int, total: int) -> float | None:
    """Percent with two decimals; ``None`` without submissions."""
    return round(100 * accepted / total, 2) if total else None


def _conditions(wanted: ProblemFilter, caller: Caller) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not (wanted.drafts and caller.admin):
        found.append(Problem.is_published.is_(True))
    if wanted.difficulties:
        found.append(Problem.difficulty.in_([difficulty.value for difficulty in wanted.difficulties]))
    if wanted.attempts:
        found.append(narrowed(caller.user_id, list(wanted.attempts)))
    if wanted.tags:
        tagged = exists().where(ProblemTag.problem_id == Problem.id, ProblemTag.slug.in_(wanted.tags))
        found.append(tagged.correlate(Problem))
    if wanted.company is not None:
        found.append(Problem.company == wanted.company)
    if wanted.search:
        found.append(Problem.search_text.contains(folded(wanted.search), autoescape=True))
    return found
