"""Past runs and submissions of a room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, defer
from sqlalchemy.orm.interfaces import ORMOption

from api.caller import Caller
from api.database import Work
from api.enums import JobStatus, SubmissionStatus, SupportedLanguage
from api.execution.models import Run, Submission
from api.execution.schemas import RunSummary, SubmissionSummary
from api.pagination import Keyset, PageQuery, paginate
from api.permissions import RoomCapability
from api.problems.models import Problem
from api.rooms.access import read_room
from api.schemas import Page
from api.services import Services
from api.users.models import User

Narrowed = TypeVar("Narrowed", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of them; ``None``: all. ``code``: with their code."""

    user_id: str | None
    language: SupportedLanguage | None
    status: JobStatus | SubmissionStatus | None
    code: bool

    def narrow(self, statement: Narrowed, table: type[Run | Submission]) -> Narrowed:
        """Only those."""
        if self.user_id is not None:
            statement = statement.where(table.user_id == self.user_id)
        if self.language is not None:
            statement = statement.where(table.language == self.language.value)
        if self.status is not None:
            statement = statement.where(table.status == self.status.value)
        return statement


async def past_runs(
    work: Work, services: Services, caller: Caller, room_id: str, *, filters: Filters, page: PageQuery
) -> Page[RunSummary]:
    """Newest first. Raises the errors of reading a room."""
    await _enter(work, services, caller, room_id)
    statement = (
        select(Run, User.username)
        .join(User, User.id == Run.user_id)
        .where(Run.room_id == room_id)
        .options(*_unread(Run.result, Run.code, code=filters.code))
    )
    keyset = Keyset(Run.queued_at, Run.id, ("runs", room_id, filters))
    return await paginate(
        work.session, filters.narrow(statement, Run), page, keyset, show=lambda row: _run(row, code=filters.code)
    )


async def past_submissions(
    work: Work, services: Services, caller: Caller, room_id: str, *, filters: Filters, page: PageQuery
) -> Page[SubmissionSummary]:
    """Newest first. Raises the errors of reading a room."""
    await _enter(work, services, caller, room_id)
    statement = (
        select(Submission, User.username, Problem.title)
        .join(User, User.id == Submission.user_id)
        .join(Problem, Problem.id == Submission.problem_id)
        .where(Submission.room_id == room_id)
        .options(*_unread(Submission.cases, Submission.compile, Submission.code, code=filters.code))
    )
    keyset = Keyset(Submission.submitted_at, Submission.id, ("submissions", room_id, filters))
    return await paginate(
        work.session,
        filters.narrow(statement, Submission),
        page,
        keyset,
        show=lambda row: _submission(row, code=filters.code),
    )


def _unread(*columns: InstrumentedAttribute[Any], code: bool) -> list[ORMOption]:
    """Large columns that a list does not show are not read; the last one is the code, which it may."""
    return [defer(column, raiseload=True) for column in (columns[:-1] if code else columns)]


async def _enter(work: Work, services: Services, caller: Caller, room_id: str) -> None:
    access = await read_room(work, services, room_id, caller)
    if not caller.admin:
        access.require(RoomCapability.CODE_VIEW)


def _run(row: Row[Any], *, code: bool) -> RunSummary:
    run: Run = row.Run
    fields: dict[str, Any] = {
        "job_id": run.id,
        "user_id": run.user_id,
        "username": row.username,
        "language": run.language,
        "status": run.status,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "duration_ms": run.duration_ms,
        "cpu_time_ms": run.cpu_ms,
        "memory_usage_mb": run.memory_mib,
        "timed_out": run.timed_out,
        "output_truncated": run.output_truncated,
        "created_at": run.queued_at,
        "completed_at": run.completed_at,
    }
    return RunSummary(**fields, code=run.code.decode()) if code else RunSummary(**fields)


def _submission(row: Row[Any], *, code: bool) -> SubmissionSummary:
    submission: Submission = row.Submission
    fields: dict[str, Any] = {
        "submission_id": submission.id,
        "user_id": submission.user_id,
        "username": row.username,
        "problem_id": submission.problem_id,
        "problem_title": row.title,
        "language": submission.language,
        "status": submission.status,
        "verdict": submission.verdict,
        "total_test_cases": submission.total,
        "passed_test_cases": submission.passed,
        "failed_test_cases": submission.failed,
        "error_test_cases": submission.errors,
        "score": submission.score,
        "max_score": submission.max_score,
        "total_duration_ms": submission.duration_ms,
        "submitted_at": submission.submitted_at,
        "completed_at": submission.completed_at,
    }
    return SubmissionSummary(**fields, code=submission.code.decode()) if code else SubmissionSummary(**fields)
