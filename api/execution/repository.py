"""SQL of runs, submissions, batches and the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, CursorResult, Table, Update, bindparam, delete, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from api.database import Base, is_id, table_of
from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.problems.models import ProblemValidation

Values = Mapping[str, Any]
"""Values by the names of columns."""

OPEN_RUN = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)
OPEN_SUBMISSION = (SubmissionStatus.PENDING.value, SubmissionStatus.RUNNING.value)


def _start(model: type[Base], waiting: str, running: str, *names: str) -> Update:
    """The row ``mine``, which waits, is begun; ``new_<name>``: values of those columns."""
    table = table_of(model)
    statement = update(table).where(table.c.id == bindparam("mine"), table.c.status == waiting)
    return statement.values(status=running, **{name: _new(table, name) for name in names})


def _finish(model: type[Base], is_open: tuple[str, ...], *names: str) -> Update:
    """The row ``mine``, which is open, is over; ``new_<name>``: values of those columns."""
    table = table_of(model)
    statement = update(table).where(table.c.id == bindparam("mine"), table.c.status.in_(is_open))
    return statement.values({name: _new(table, name) for name in names})


def _new(table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=table.c[name].type)


# Made once, and of tables: every job runs through them.
_OUTBOX: Final = table_of(OutboxJob)
_COUNT: Final = select(func.count()).select_from(_OUTBOX).where(_OUTBOX.c.user_id == bindparam("mine"))
_TAKE: Final = delete(_OUTBOX).where(_OUTBOX.c.id == bindparam("mine")).returning(_OUTBOX.c.webhook_id)

_START_RUN: Final = _start(Run, *OPEN_RUN, "started_at")
_START_BATCH: Final = _start(Batch, *OPEN_RUN)
_START_SUBMISSION: Final = _start(Submission, *OPEN_SUBMISSION, "started_at")
_START_VALIDATION: Final = _start(ProblemValidation, *OPEN_RUN, "started_at")

_FINISH_RUN: Final = _finish(
    Run,
    OPEN_RUN,
    "status",
    "verdict",
    "passed",
    "duration_ms",
    "exit_code",
    "signal",
    "cpu_ms",
    "memory_mib",
    "timed_out",
    "output_truncated",
    "result",
    "completed_at",
).values(started_at=func.coalesce(table_of(Run).c.started_at, _new(table_of(Run), "started_at")))
_FINISH_BATCH: Final = _finish(Batch, OPEN_RUN, "status", "compile", "completed_at")
_FINISH_SUBMISSION: Final = _finish(
    Submission,
    OPEN_SUBMISSION,
    "status",
    "verdict",
    "duration_ms",
    "passed",
    "failed",
    "errors",
    "skipped",
    "max_cpu_ms",
    "max_memory_mib",
    "score",
    "max_score",
    "groups",
    "compile",
    "cases",
    "completed_at",
)
_FINISH_VALIDATION: Final = _finish(ProblemValidation, OPEN_RUN, "status", "ok", "result", "completed_at")

_WITHOUT_CODE: Final = (defer(Run.code, raiseload=True),)


async def find_run(session: AsyncSession, job_id: str) -> Run | None:
    """As it is now in the database, but for its code."""
    if not is_id(job_id):
        return None
    return await session.get(Run, job_id, options=_WITHOUT_CODE, populate_existing=True)


async def find_submission(session: AsyncSession, submission_id: str) -> Submission | None:
    """As it is now in the database."""
    return await session.get(Submission, submission_id, populate_existing=True) if is_id(submission_id) else None


async def find_batch(session: AsyncSession, batch_id: str) -> Batch | None:
    """As it is now in the database."""
    return await session.get(Batch, batch_id, populate_existing=True) if is_id(batch_id) else None


async def runs_of_batch(session: AsyncSession, batch_id: str) -> Sequence[Run]:
    """In the order of the inputs, without code and results, which may be a hundred MiB."""
    statement = select(Run).where(Run.batch_id == batch_id).order_by(Run.batch_index)
    statement = statement.options(*_WITHOUT_CODE, defer(Run.result, raiseload=True))
    return (await session.execute(statement)).scalars().all()


async def cancelled_inputs(session: AsyncSession, batch_id: str) -> Sequence[str]:
    """Those of a batch's inputs that somebody wanted stopped, by the ids of their runs."""
    statement = select(Run.id).where(Run.batch_id == batch_id, Run.cancel_requested_at.is_not(None))
    return (await session.execute(statement)).scalars().all()


async def count_unfinished(session: AsyncSession, user_id: str) -> int:
    """Jobs of a user that have no result; a batch is one."""
    return int((await session.execute(_COUNT, {"mine": user_id})).scalar_one())


async def start_run(session: AsyncSession, id_: str, at: datetime) -> bool:
    """It is being executed; ``False``, changing nothing: it was already, or is over."""
    return await _change(session, _START_RUN, id_, {"started_at": at})


async def start_batch(session: AsyncSession, id_: str) -> bool:
    """As :func:`start_run`."""
    return await _change(session, _START_BATCH, id_, {})


async def start_submission(session: AsyncSession, id_: str, at: datetime) -> bool:
    """As :func:`start_run`."""
    return await _change(session, _START_SUBMISSION, id_, {"started_at": at})


async def start_validation(session: AsyncSession, id_: str, at: datetime) -> bool:
    """As :func:`start_run`."""
    return await _change(session, _START_VALIDATION, id_, {"started_at": at})


async def finish_run(session: AsyncSession, id_: str, values: Values) -> bool:
    """It has ended; ``False``, changing nothing: it had before, or is gone. Since when it was executed stays known."""
    return await _change(session, _FINISH_RUN, id_, values)


async def finish_submission(session: AsyncSession, id_: str, values: Values) -> bool:
    """As :func:`finish_run`."""
    return await _change(session, _FINISH_SUBMISSION, id_, values)


async def finish_batch(session: AsyncSession, id_: str, values: Values) -> bool:
    """As :func:`finish_run`."""
    return await _change(session, _FINISH_BATCH, id_, values)


async def finish_validation(session: AsyncSession, id_: str, values: Values) -> bool:
    """As :func:`finish_run`."""
    return await _change(session, _FINISH_VALIDATION, id_, values)


@dataclass(frozen=True, slots=True)
class Taken:
    """What else the outbox knew of a job. ``webhook_id``: the webhook that it named."""

    webhook_id: str | None


async def take_from_outbox(session: AsyncSession, id_: str) -> Taken | None:
    """The job is settled; ``None``: it was before."""
    row = (await session.execute(_TAKE, {"mine": id_})).one_or_none()
    return None if row is None else Taken(row.webhook_id)


async def waiting_jobs(session: AsyncSession, *, before: datetime | None) -> Sequence[str]:
    """Ids of all jobs that are not settled (and were accepted before then), oldest first."""
    statement = select(OutboxJob.id).order_by(OutboxJob.created_at, OutboxJob.id)
    if before is not None:
        statement = statement.where(OutboxJob.created_at < before)
    return (await session.execute(statement)).scalars().all()


async def unwanted_jobs(session: AsyncSession, *, before: datetime) -> Sequence[str]:
    """Ids of jobs, and of inputs, that are not settled although somebody wanted them stopped before then."""
    whole = select(OutboxJob.id).where(OutboxJob.cancel_requested_at < before)
    inputs = select(Run.id).where(Run.cancel_requested_at < before, Run.status.in_(OPEN_RUN))
    return sorted((await session.execute(union_all(whole, inputs))).scalars().all())


async def _change(session: AsyncSession, statement: Update, id_: str, values: Values) -> bool:
    """Whether a row was changed."""
    result = await session.execute(statement, {"mine": id_, **{f"new_{name}": new for name, new in values.items()}})
    assert isinstance(result, CursorResult)  # noqa: S101 - of a statement that changes rows
    return result.rowcount > 0
