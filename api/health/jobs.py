"""Unfinished jobs, as the database knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.problems.models import ProblemValidation
from api.services import Services

_WAITING = frozenset({JobStatus.QUEUED.value, SubmissionStatus.PENDING.value})


_IN_BATCH: Final = Run.batch_id.is_not(None).label("in_batch")
_RUNS: Final = (
    select(Run.status, _IN_BATCH, func.count(), func.min(Run.queued_at))
    .where(Run.status.in_([JobStatus.QUEUED, JobStatus.RUNNING]))
    .group_by(Run.status, _IN_BATCH)
)
_SUBMISSIONS: Final = (
    select(Submission.status, func.count(), func.min(Submission.submitted_at))
    .where(Submission.status.in_([SubmissionStatus.PENDING, SubmissionStatus.RUNNING]))
    .group_by(Submission.status)
)
# These tables have no index on the status: what is unfinished is in the outbox.
_VALIDATIONS: Final = (
    select(ProblemValidation.status, func.count(), func.min(ProblemValidation.created_at))
    .join(OutboxJob, OutboxJob.id == ProblemValidation.id)
    .where(ProblemValidation.status.in_([JobStatus.QUEUED, JobStatus.RUNNING]))
    .group_by(ProblemValidation.status)
)
_OLDEST_BATCH: Final = (
    select(func.min(Batch.created_at)).join(OutboxJob, OutboxJob.id == Batch.id).where(Batch.status == JobStatus.QUEUED)
)


@dataclass(frozen=True, slots=True)
class JobCounts:
    """Unfinished jobs by kind (one for each input of a batch).

    ``oldest``: since when the job that waits longest has waited; a kind of which none waits is not there
    """

    waiting: dict[str, int] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, datetime] = field(default_factory=dict)

    def add(self, kind: str, status: str, amount: int) -> None:
        """So many of a kind are in this status."""
        (self.waiting if status in _WAITING else self.running)[kind] = amount


async def count_jobs(services: Services) -> JobCounts:
    """How many wait and how many are being done, of all processes on this database."""
    counts = JobCounts()
    async with services.database.read() as work:
        for status, batch, amount, oldest in await work.session.execute(_RUNS):
            counts.add("batch" if batch else "run", status, amount)
            if not batch and status in _WAITING:
                counts.oldest["run"] = oldest
        for kind, statement in (("submission", _SUBMISSIONS), ("validation", _VALIDATIONS)):
            for status, amount, oldest in await work.session.execute(statement):
                counts.add(kind, status, amount)
                if status in _WAITING:
                    counts.oldest[kind] = oldest
        # inputs that wait in a batch that is being done wait for nobody else
        if (oldest := (await work.session.execute(_OLDEST_BATCH)).scalar_one()) is not None:
            counts.oldest["batch"] = oldest
    return counts
