"""Accepted jobs that nobody can do any more have a result too."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, update

from api.database import Work
from api.enums import JobStatus, SessionEventType, SubmissionStatus
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.execution.repository import OPEN_RUN, finish_run, take_from_outbox
from api.execution.settlement import run_columns
from api.problems.models import ProblemValidation
from api.sessions.record import record_event
from api.users.quotas import Quota, refund
from api.webhooks.announcing import EVENTS, announce
from judge import Verdict
from runner.jobs import JobKind
from runner.performing import NOT_RUN
from runner.record import moment_text

_INTERNAL: Final = Verdict.INTERNAL_ERROR.value
_FAILED: Final = JobStatus.FAILED.value


async def give_up(work: Work, row: OutboxJob) -> None:
    """The job ends as an internal error; what it cost its owner is given back."""
    over = {"verdict": _INTERNAL, "completed_at": work.now}
    runs = select(Run).where((Run.id == row.id) | (Run.batch_id == row.id), Run.status.in_(OPEN_RUN))
    found = (await work.session.execute(runs)).scalars().all()
    for run in found:
        await finish_run(work.session, run.id, run_columns(_record(run, work)))
    await work.session.execute(update(Batch).where(Batch.id == row.id).values(status=_FAILED, completed_at=work.now))
    await work.session.execute(
        update(Submission)
        .where(Submission.id == row.id)
        .values(status=SubmissionStatus.FAILED.value, errors=Submission.total, skipped=Submission.total, **over)
    )
    await work.session.execute(
        update(ProblemValidation)
        .where(ProblemValidation.id == row.id)
        .values(status=_FAILED, ok=False, completed_at=work.now)
    )
    if row.kind == JobKind.SUBMISSION:
        await _tell_session(work, row)
    await refund(work, row.user_id, Quota.EXECUTION, len(found) or 1, day=row.created_at.date())
    await take_from_outbox(work.session, row.id)
    await announce(work, EVENTS[JobKind(row.kind)], owner_id=row.user_id, subject_id=row.id, chosen=row.webhook_id)


async def _tell_session(work: Work, row: OutboxJob) -> None:
    room_id = (await work.session.execute(select(Submission.room_id).where(Submission.id == row.id))).scalar()
    if room_id is not None:
        details = {"submissionId": row.id, "verdict": _INTERNAL}
        await record_event(work, room_id, SessionEventType.SUBMISSION_JUDGED, user_id=row.user_id, details=details)


def _record(run: Run, work: Work) -> dict[str, Any]:
    """The record of a run (``runner.record``) of which nothing is left but its row."""
    return {
        "status": _FAILED,
        "verdict": _INTERNAL,
        "stdout": "",
        "stderr": "",
        "exitCode": None,
        "signal": None,
        "durationMs": 0,
        "cpuTimeMs": None,
        "memoryUsageMb": None,
        "timedOut": False,
        "limitHit": None,
        "evidence": None,
        "outputTruncated": False,
        "stdoutBytes": 0,
        "stderrBytes": 0,
        "error": NOT_RUN,
        "compile": None,
        "isolation": None,
        "language": run.language,
        "languageVersion": run.language_version,
        "attempts": 1,
        "createdAt": moment_text(run.queued_at),
        "startedAt": None,
        "completedAt": moment_text(work.now),
    }
