"""Taking back what was accepted: the queue would not have it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, select

from api.execution.models import Batch, Run, Submission
from api.execution.repository import take_from_outbox
from api.problems.models import ProblemValidation
from api.services import Services
from api.sessions.record import forget_asking
from api.users.quotas import Quota, refund
from runner.jobs import BatchTask, Job, JobKind

_ROWS: Final[dict[JobKind, Any]] = {
    JobKind.RUN: Run,
    JobKind.BATCH: Batch,
    JobKind.SUBMISSION: Submission,
    JobKind.VALIDATION: ProblemValidation,
}
_ASKING: Final = {JobKind.RUN: "jobId", JobKind.SUBMISSION: "submissionId"}
"""What a session's history calls jobs of its room."""


async def take_back(services: Services, job: Job) -> bool:
    """As if the job had never been accepted; ``False``, changing nothing: it has a result already."""
    async with services.database.write() as work:
        if not await take_from_outbox(work.session, job.id):
            return False
        row = _ROWS[job.kind]
        if job.kind in _ASKING:
            found = await work.session.execute(select(row.room_id).where(row.id == job.id))
            if (room_id := found.scalar_one_or_none()) is not None:
                details = {_ASKING[job.kind]: job.id, "language": job.language}
                await forget_asking(work, room_id, details=details, at=job.created_at)
        await work.session.execute(delete(row).where(row.id == job.id))
        runs = len(job.task.inputs) if isinstance(job.task, BatchTask) else 1
        await refund(work, job.owner, Quota.EXECUTION, runs, day=job.created_at.date())
    await services.dispatcher.withdraw(job.id)
    return True
