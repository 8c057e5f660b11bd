"""Keeping what becomes of jobs: in one transaction, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import whole_ms
from api.database import AfterCommit, Database, Work
from api.enums import JobStatus, SessionEventType, SubmissionStatus
from api.execution import repository
from api.execution.measuring import measure, measure_start
from api.execution.models import Submission
from api.metrics import Metrics
from api.problems.models import Problem
from api.sessions.record import record_event
from api.users.quotas import Quota, refund
from api.webhooks.announcing import EVENTS, announce
from judge import Verdict
from runner.events import JobResult
from runner.jobs import Job, JobKind

Record = dict[str, Any]

_UNCOUNTED = frozenset({Verdict.INTERNAL_ERROR, Verdict.CANCELLED})


class RowSettlement:
    """See :class:`runner.dispatch.Settlement`. Keeps it in the rows of the job.

    ``on_announced`` is awaited when webhooks are to be told of something, which is written down by then.
    """

    def __init__(self, database: Database, metrics: Metrics, *, on_announced: AfterCommit) -> None:
        self._database = database
        self._metrics = metrics
        self._on_announced = on_announced

    async def started(self, job: Job, at: datetime) -> None:
        """See :meth:`runner.dispatch.Settlement.started`."""
        async with self._database.write() as work:
            first = await _start(work.session, job, whole_ms(at))
        if first:
            measure_start(self._metrics, job, at)

    async def part_started(self, job: Job, id_: str, at: datetime) -> None:
        """See :meth:`runner.dispatch.Settlement.part_started`."""
        del job
        async with self._database.write() as work:
            await repository.start_run(work.session, id_, whole_ms(at))

    async def part_finished(self, job: Job, id_: str, record: Record) -> None:
        """See :meth:`runner.dispatch.Settlement.part_finished`."""
        async with self._database.write() as work:
            await self._keep_run(work, job, id_, record)

    async def finished(self, job: Job, result: JobResult) -> None:
        """See :meth:`runner.dispatch.Settlement.finished`."""
        async with self._database.write() as work:
            # First of all: whoever destroys a room takes the same rows in the same order, these and then the jobs' own.
            taken = await repository.take_from_outbox(work.session, job.id)
            if taken is None:
                return
            match job.kind:
                case JobKind.SUBMISSION:
                    await self._keep_submission(work, job, result)
                case JobKind.RUN:
                    await self._keep_run(work, job, job.id, result.records[job.id])
                case JobKind.BATCH:
                    await self._keep_batch(work, job, result)
                case JobKind.VALIDATION:
                    await self._keep_validation(work, job, result)
            if await announce(work, EVENTS[job.kind], owner_id=job.owner, subject_id=job.id, chosen=taken.webhook_id):
                work.after_commit(self._on_announced)
        measure(self._metrics, job, result)

    async def _keep_run(self, work: Work, job: Job, id_: str, record: Record) -> None:
        kept = await repository.finish_run(work.session, id_, run_columns(record))
        if kept and record["verdict"] == Verdict.INTERNAL_ERROR.value:
            await refund(work, job.owner, Quota.EXECUTION, day=job.created_at.date())

    async def _keep_batch(self, work: Work, job: Job, result: JobResult) -> None:
        for id_ in job.ids[1:]:
            await self._keep_run(work, job, id_, result.records[id_])
        verdicts = [Verdict(result.records[id_]["verdict"]) for id_ in job.ids[1:]]
        failed = result.verdict in _UNCOUNTED or Verdict.INTERNAL_ERROR in verdicts
        values = {
            "status": (JobStatus.FAILED if failed else JobStatus.COMPLETED).value,
            "compile": result.records[job.id]["compile"],
            "completed_at": whole_ms(result.completed_at),
        }
        await repository.finish_batch(work.session, job.id, values)

    async def _keep_validation(self, work: Work, job: Job, result: JobResult) -> None:
        record = result.records[job.id]
        failed = result.verdict in _UNCOUNTED
        values = {
            "status": (JobStatus.FAILED if failed else JobStatus.COMPLETED).value,
            "ok": record["ok"],
            "result": record,
            "completed_at": whole_ms(result.completed_at),
        }
        kept = await repository.finish_validation(work.session, job.id, values)
        if kept and result.verdict is Verdict.INTERNAL_ERROR:
            await refund(work, job.owner, Quota.EXECUTION, day=job.created_at.date())

    async def _keep_submission(self, work: Work, job: Job, result: JobResult) -> None:
        if not await repository.finish_submission(work.session, job.id, submission_columns(result)):
            return
        verdict = result.verdict
        if verdict is Verdict.INTERNAL_ERROR:
            await refund(work, job.owner, Quota.EXECUTION, day=job.created_at.date())
        columns = (Submission.room_id, Submission.problem_id)
        row = (await work.session.execute(select(*columns).where(Submission.id == job.id))).one()
        if verdict not in _UNCOUNTED:
            await _count(work, row.problem_id, accepted=verdict is Verdict.ACCEPTED)
        await record_event(
            work,
            row.room_id,
            SessionEventType.SUBMISSION_JUDGED,
            user_id=job.owner,
            details={"submissionId": job.id, "verdict": verdict.value},
        )


async def _start(session: AsyncSession, job: Job, at: datetime) -> bool:
    """Whether it had not begun before."""
    match job.kind:
        case JobKind.SUBMISSION:
            return await repository.start_submission(session, job.id, at)
        case JobKind.RUN:
            return await repository.start_run(session, job.id, at)
        case JobKind.BATCH:
            return await repository.start_batch(session, job.id)
        case JobKind.VALIDATION:
            return await repository.start_validation(session, job.id, at)


async def _count(work: Work, problem_id: str, *, accepted: bool) -> None:
    statement = update(Problem).where(Problem.id == problem_id)
    more = {"total_submissions": Problem.total_submissions + 1}
    if accepted:
        more["accepted_submissions"] = Problem.accepted_submissions + 1
    await work.session.execute(statement.values(**more))


def run_columns(record: Record) -> Record:
    """What a run's row keeps of its record, and the record."""
    return {
        "status": record["status"],
        "verdict": record["verdict"],
        "passed": record.get("passed"),
        "exit_code": record["exitCode"],
        "signal": record["signal"],
        "duration_ms": record["durationMs"],
        "cpu_ms": record["cpuTimeMs"],
        "memory_mib": record["memoryUsageMb"],
        "timed_out": record["timedOut"],
        "output_truncated": record["outputTruncated"],
        "result": record,
        "started_at": None if record["startedAt"] is None else datetime.fromisoformat(record["startedAt"]),
        "completed_at": datetime.fromisoformat(record["completedAt"]),
    }


def submission_columns(result: JobResult) -> Record:
    """What a submission's row keeps of its result."""
    record = result.records[result.job_id]
    status = SubmissionStatus.FAILED if result.verdict in _UNCOUNTED else SubmissionStatus.COMPLETED
    return {
        "status": status.value,
        "verdict": result.verdict.value,
        "passed": record["passedTestCases"],
        "failed": record["failedTestCases"],
        "errors": record["errorTestCases"],
        "skipped": record["skippedTestCases"],
        "duration_ms": record["totalDurationMs"],
        "max_cpu_ms": record["maxCpuTimeMs"],
        "max_memory_mib": record["maxMemoryUsageMb"],
        "score": record["score"],
        "max_score": record["maxScore"],
        "groups": record["groups"],
        "compile": record["compile"],
        "cases": record["testCases"],
        "completed_at": whole_ms(result.completed_at),
    }
