"""Unfinished jobs, as the database knows them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Run, Submission
from api.services import Services

_WAITING = frozenset({JobStatus.QUEUED.value, SubmissionStatus.PENDING.value})


@dataclass(frozen=True, slots=True)
class JobCounts:
    """Unfinished jobs by kind (one for each input of a batch)."""

    waiting: dict[str, int]
    running: dict[str, int]


async def count_jobs(services: Services) -> JobCounts:
    """How many wait and how many are being done, of all processes on this database."""
    in_batch = Run.batch_id.is_not(None).label("in_batch")
    runs = (
        select(Run.status, in_batch, func.count().label("amount"))
        .where(Run.status.in_([JobStatus.QUEUED, JobStatus.RUNNING]))
        .group_by(Run.status, in_batch)
    )
    submissions = (
        select(Submission.status, func.count().label("amount"))
        .where(Submission.status.in_([SubmissionStatus.PENDING, SubmissionStatus.RUNNING]))
        .group_by(Submission.status)
    )
    counts = JobCounts({}, {})
    async with services.database.read() as work:
        for status, batch, amount in await work.session.execute(runs):
            _where(counts, status)["batch" if batch else "run"] = amount
        for status, amount in await work.session.execute(submissions):
            _where(counts, status)["submission"] = amount
    return counts


def _where(counts: JobCounts, status: str) -> dict[str, int]:
    return counts.waiting if status in _WAITING else counts.running
