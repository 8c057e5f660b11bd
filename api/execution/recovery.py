"""What an earlier process left behind is done by this one; what is too old to be kept is removed."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import delete, func, not_, select, update
from sqlalchemy.orm import aliased

from api.database import Database, Work
from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.execution.repository import take_from_outbox, waiting_jobs
from api.problems.case_files import provide_files
from api.problems.models import Problem, ProblemValidation
from api.services import Services
from api.webhooks.announcing import EVENTS, announce
from api.webhooks.repository import untold
from judge import Verdict
from runner import RunnerError
from runner.catalog import Catalog
from runner.depot import Folder
from runner.dispatch import Dispatcher
from runner.envelope import decode
from runner.errors import EnvelopeError
from runner.jobs import JobKind

_log = logging.getLogger("api")


async def take_up(database: Database, dispatcher: Dispatcher, catalog: Catalog, tests: Path) -> int:
    """Have every accepted job done that has no result; how many there were. To be called once, at the start.

    ``tests``: where the data of large tests lie.
    """
    async with database.read() as work:
        waiting = await waiting_jobs(work.session)
    for row in waiting:
        try:
            job = decode(row.envelope, catalog.language, fetch=Folder(tests).fetch)
        except (EnvelopeError, RunnerError):
            _log.exception("job %s cannot be done any more", row.id)
            async with database.write() as work:
                await _give_up(work, row)
            continue
        if row.tests_id is not None:
            await _provide(database, row.tests_id, tests)
        await dispatcher.submit(job, again=True)
        if row.cancel_requested_at is not None:
            await dispatcher.cancel(job.id)
    return len(waiting)


async def _provide(database: Database, tests_id: str, tests: Path) -> None:
    """Tests' data are there, unless they are gone and the tests were replaced since: then judging says so."""
    async with database.read() as work:
        found = select(Problem).where(Problem.tests_id == tests_id)
        problem = (await work.session.execute(found)).scalar_one_or_none()
        if problem is not None:
            await provide_files(work, problem, tests)


async def forget_old_results(services: Services) -> None:
    """Remove results that are kept no longer: of room runs the result, of others the rows.

    The last validation of each problem stays, and what a webhook still waits to be told of.
    """
    async with services.database.write() as work:
        old = work.now - services.retention
        told = not_(untold(Run.id))
        await work.session.execute(delete(Batch).where(Batch.completed_at < old, not_(untold(Batch.id))))
        alone = (Run.completed_at < old, Run.room_id.is_(None), Run.batch_id.is_(None), told)
        await work.session.execute(delete(Run).where(*alone))
        kept = (Run.completed_at < old, Run.room_id.is_not(None), Run.result.is_not(None), told)
        await work.session.execute(update(Run).where(*kept).values(result=None))
        later = aliased(ProblemValidation)
        last = select(func.max(later.completed_at)).where(later.problem_id == ProblemValidation.problem_id)
        forgotten = (
            ProblemValidation.completed_at < old,
            ProblemValidation.completed_at < last.scalar_subquery(),
            not_(untold(ProblemValidation.id)),
        )
        await work.session.execute(
            delete(ProblemValidation).where(*forgotten).execution_options(synchronize_session=False)
        )


async def _give_up(work: Work, row: OutboxJob) -> None:
    """An accepted job that nobody can do has a result too."""
    over = {"verdict": Verdict.INTERNAL_ERROR.value, "completed_at": work.now}
    failed = JobStatus.FAILED.value
    await work.session.execute(
        update(Run).where((Run.id == row.id) | (Run.batch_id == row.id)).values(status=failed, **over)
    )
    await work.session.execute(update(Batch).where(Batch.id == row.id).values(status=failed, completed_at=work.now))
    await work.session.execute(
        update(Submission)
        .where(Submission.id == row.id)
        .values(status=SubmissionStatus.FAILED.value, errors=Submission.total, skipped=Submission.total, **over)
    )
    await work.session.execute(
        update(ProblemValidation)
        .where(ProblemValidation.id == row.id)
        .values(status=failed, ok=False, completed_at=work.now)
    )
    await take_from_outbox(work.session, row.id)
    await announce(work, EVENTS[JobKind(row.kind)], owner_id=row.user_id, subject_id=row.id, chosen=row.webhook_id)
