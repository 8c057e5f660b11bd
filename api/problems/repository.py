"""Problems in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from api.database import Base, Work, new_id
from api.enums import RoomStatus, SessionStatus
from api.errors import DuplicateTitleError
from api.problems.models import Problem, ProblemTag, Tag, TestCaseRow
from api.problems.scoring import CaseFacts
from api.rooms.models import Participant, Room
from api.sessions.models import Session


async def save_title(work: Work, problem: Problem) -> None:
    """Write the problem's row. Raises :class:`DuplicateTitleError` if another has its title, or just got it."""
    try:
        async with work.session.begin_nested():
            work.session.add(problem)
            await work.session.flush()
    except IntegrityError as error:
        raise DuplicateTitleError from error


async def replace_tags(work: Work, problem_id: str, slugs: Sequence[str]) -> None:
    """Give a problem these tags, making those that are new."""
    await work.session.execute(delete(ProblemTag).where(ProblemTag.problem_id == problem_id))
    if slugs:
        # always in the same order, so that two who make the same tags never wait for each other
        await insert_missing(work, Tag, [{"slug": slug, "name": _tag_name(slug)} for slug in sorted(slugs)])
        rows = [{"problem_id": problem_id, "slug": slug, "position": place} for place, slug in enumerate(slugs)]
        await work.session.execute(insert(ProblemTag), rows)


async def replace_cases(work: Work, problem: Problem, rows: Sequence[dict[str, Any]]) -> None:
    """Give a problem these tests in place of those it has."""
    size = sum(len(row["input"]) + len(row["expected_output"]) for row in rows)
    await make_room_for_cases(work, problem, tests_bytes=size)
    await work.session.execute(insert(TestCaseRow), rows)


async def make_room_for_cases(work: Work, problem: Problem, *, tests_bytes: int) -> None:
    """Remove a problem's tests; others, with so many bytes of data, are to be inserted."""
    problem.tests_id = new_id()
    problem.tests_bytes = tests_bytes
    await work.session.execute(delete(TestCaseRow).where(TestCaseRow.problem_id == problem.id))


async def read_cases(work: Work, problem_id: str, *, hidden: bool) -> Sequence[TestCaseRow]:
    """A problem's tests in their order; ``hidden``: the hidden ones too."""
    statement = select(TestCaseRow).where(TestCaseRow.problem_id == problem_id).order_by(TestCaseRow.index)
    if not hidden:
        statement = statement.where(TestCaseRow.is_hidden.is_(False))
    return (await work.session.execute(statement)).scalars().all()


async def read_case_facts(work: Work, problem_id: str) -> list[CaseFacts]:
    """What the rest of the problem must fit, of every test in their order; without their data."""
    statement = select(
        TestCaseRow.group,
        TestCaseRow.weight,
        TestCaseRow.checker_args,
        func.length(TestCaseRow.expected_output).label("size"),
    )
    statement = statement.where(TestCaseRow.problem_id == problem_id).order_by(TestCaseRow.index)
    rows = (await work.session.execute(statement)).all()
    return [CaseFacts(row.group, row.weight, tuple(row.checker_args or ()), row.size == 0) for row in rows]


async def in_use(work: Work, problem_id: str) -> bool:
    """Whether a room or a session that is not over uses the problem."""
    rooms = exists().where(Room.problem_id == problem_id, Room.status != RoomStatus.FINISHED.value)
    sessions = exists().where(Session.problem_id == problem_id, Session.status != SessionStatus.FINISHED.value)
    return bool((await work.session.execute(select(or_(rooms, sessions)))).scalar_one())


async def in_a_room_of(work: Work, problem_id: str, *, user_id: str) -> bool:
    """Whether a room that is not over, and that the person is a member of, uses the problem."""
    found = exists().where(
        Room.problem_id == problem_id,
        Room.status != RoomStatus.FINISHED.value,
        Participant.room_id == Room.id,
        Participant.user_id == user_id,
        Participant.removed_at.is_(None),
    )
    return bool((await work.session.execute(select(found))).scalar_one())


async def count_tags(work: Work, *, unused: bool) -> Sequence[tuple[str, str, int]]:
    """Tags as (slug, name, number of published problems), by count, then name. ``unused``: those of none too."""
    count = func.count(Problem.id)
    statement = (
        select(Tag.slug, Tag.name, count)
        .outerjoin(ProblemTag, ProblemTag.slug == Tag.slug)
        .outerjoin(Problem, (Problem.id == ProblemTag.problem_id) & Problem.is_published & Problem.deleted_at.is_(None))
        .group_by(Tag.slug, Tag.name)
    )
    if not unused:
        statement = statement.having(count > 0)
    rows = (await work.session.execute(statement)).all()
    return sorted(((slug, name, number) for slug, name, number in rows), key=lambda tag: (-tag[2], tag[1], tag[0]))


async def insert_missing(work: Work, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert those rows that are not there yet, also where somebody else inserts them at the same time."""
    dialect = work.session.get_bind().dialect.name
    statement = (sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)).on_conflict_do_nothing()
    await work.session.execute(statement, rows)


def _tag_name(slug: str) -> str:
    return slug.replace("-", " ").strip().capitalize() or slug
