"""SQL of runs, submissions, batches and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import is_id
from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.problems.models import ProblemValidation

OPEN_RUN = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)
OPEN_SUBMISSION = (SubmissionStatus.PENDING.value, SubmissionStatus.RUNNING.value)


async def find_run(session: AsyncSession, job_id: str) -> Run | None:
    """As it is now in the database."""
    return await session.get(Run, job_id, populate_existing=True) if is_id(job_id) else None


async def find_submission(session: AsyncSession, submission_id: str) -> Submission | None:
    """As it is now in the database."""
    return await session.get(Submission, submission_id, populate_existing=True) if is_id(submission_id) else None


async def find_batch(session: AsyncSession, batch_id: str) -> Batch | None:
    """As it is now in the database."""
    return await session.get(Batch, batch_id, populate_existing=True) if is_id(batch_id) else None


async def runs_of_batch(session: AsyncSession, batch_id: str) -> Sequence[Run]:
    """In the order of the inputs."""
    statement = select(Run).where(Run.batch_id == batch_id).order_by(Run.batch_index)
    return (await session.execute(statement)).scalars().all()


async def count_unfinished(session: AsyncSession, user_id: str) -> int:
    """Jobs of a user that have no result; a batch is one."""
    statement = select(func.count()).select_from(OutboxJob).where(OutboxJob.user_id == user_id)
    return (await session.execute(statement)).scalar_one()


async def start_run(session: AsyncSession, id_: str, at: datetime) -> bool:
    """It is being executed; ``False``, changing nothing: it was already, or is over."""
    statement = update(Run).where(Run.id == id_, Run.status == JobStatus.QUEUED.value)
    return _changed(await session.execute(statement.values(status=JobStatus.RUNNING.value, started_at=at)))


async def start_batch(session: AsyncSession, id_: str) -> bool:
    """As :func:`start_run`."""
    statement = update(Batch).where(Batch.id == id_, Batch.status == JobStatus.QUEUED.value)
    return _changed(await session.execute(statement.values(status=JobStatus.RUNNING.value)))


async def start_submission(session: AsyncSession, id_: str, at: datetime) -> bool:
    """As :func:`start_run`."""
    waits = (Submission.id == id_, Submission.status == SubmissionStatus.PENDING.value)
    statement = update(Submission).where(*waits).values(status=SubmissionStatus.RUNNING.value, started_at=at)
    return _changed(await session.execute(statement))


async def finish_run(session: AsyncSession, id_: str, values: dict[str, Any]) -> bool:
    """It has ended; ``False``, changing nothing: it had before, or is gone. Since when it was executed stays known."""
    started_at = func.coalesce(Run.started_at, values["started_at"])
    statement = update(Run).where(Run.id == id_, Run.status.in_(OPEN_RUN))
    statement = statement.values({**values, "started_at": started_at})
    return _changed(await session.execute(statement))


async def finish_submission(session: AsyncSession, id_: str, values: dict[str, Any]) -> bool:
    """As :func:`finish_run`."""
    is_open = (Submission.id == id_, Submission.status.in_(OPEN_SUBMISSION))
    return _changed(await session.execute(update(Submission).where(*is_open).values(**values)))


async def finish_batch(session: AsyncSession, id_: str, values: dict[str, Any]) -> bool:
    """As :func:`finish_run`."""
    statement = update(Batch).where(Batch.id == id_, Batch.status.in_(OPEN_RUN)).values(**values)
    return _changed(await session.execute(statement))


async def start_validation(session: AsyncSession, id_: str, at: datetime) -> bool:
    """As :func:`start_run`."""
    waits = (ProblemValidation.id == id_, ProblemValidation.status == JobStatus.QUEUED.value)
    statement = update(ProblemValidation).where(*waits).values(status=JobStatus.RUNNING.value, started_at=at)
    return _changed(await session.execute(statement))


async def finish_validation(session: AsyncSession, id_: str, values: dict[str, Any]) -> bool:
    """As :func:`finish_run`."""
    is_open = (ProblemValidation.id == id_, ProblemValidation.status.in_(OPEN_RUN))
    return _changed(await session.execute(update(ProblemValidation).where(*is_open).values(**values)))


@dataclass(frozen=True, slots=True)
class Taken:
    """What else the outbox knew of a job. ``webhook_id``: the webhook that it named."""

    webhook_id: str | None


async def take_from_outbox(session: AsyncSession, id_: str) -> Taken | None:
    """The job is settled; ``None``: it was before."""
    statement = delete(OutboxJob).where(OutboxJob.id == id_).returning(OutboxJob.webhook_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Taken(row.webhook_id)


async def waiting_jobs(session: AsyncSession, *, before: datetime | None) -> Sequence[str]:
    """Ids of all jobs that are not settled (and were accepted before then), oldest first."""
    statement = select(OutboxJob.id).order_by(OutboxJob.created_at, OutboxJob.id)
    if before is not None:
        statement = statement.where(OutboxJob.created_at < before)
    return (await session.execute(statement)).scalars().all()


async def unwanted_jobs(session: AsyncSession, *, before: datetime) -> Sequence[str]:
    """Ids of jobs that are not settled although somebody wanted them stopped before then."""
    statement = select(OutboxJob.id).where(OutboxJob.cancel_requested_at < before).order_by(OutboxJob.id)
    return (await session.execute(statement)).scalars().all()


def _changed(result: Any) -> bool:  # noqa: ANN401 - the library's type is too wide
    assert isinstance(result, CursorResult)  # noqa: S101 - of a statement that changes rows
    return result.rowcount > 0
