"""What an earlier process left behind is done by this one; what is too old to be kept is removed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, not_, select, update
from sqlalchemy.orm import aliased

from api.database import Database
from api.execution.giving_up import give_up
from api.execution.models import Batch, OutboxJob, Run
from api.execution.repository import cancelled_inputs, unwanted_jobs, waiting_jobs
from api.problems.case_files import provide_files
from api.problems.models import Problem, ProblemValidation
from api.services import Services
from api.webhooks.repository import untold
from languages import Language
from runner import RunnerError
from runner.depot import Folder
from runner.envelope import decode
from runner.jobs import Job, JobKind

_log = logging.getLogger("api")


_AT_ONCE: Final = 100
_SETTLED_IN: Final = timedelta(seconds=10)


async def take_up(services: Services, *, before: datetime | None = None) -> int:
    """Have accepted jobs done that have no result, and of which the dispatcher knows nothing; how many there were.

    ``before``: only jobs that were accepted before then; ``None``: all of them, which is for a service that starts.
    """
    database, dispatcher, taken = services.database, services.dispatcher, 0
    async with database.read() as work:
        ids = await waiting_jobs(work.session, before=before)
    for some in (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)):
        for id_ in await dispatcher.unknown(some):
            async with database.read() as work:
                row = await work.session.get(OutboxJob, id_)
            if row is None:
                continue  # its result came meanwhile
            taken += 1
            try:
                job = _decode(row, services.catalog.languages, services.settings.tests)
            except RunnerError:
                _log.exception("job %s cannot be done any more", row.id)
                async with database.write() as work:
                    await give_up(work, row)
                continue
            if row.tests_id is not None:
                await _provide(database, row.tests_id, services.settings.tests)
            unwanted = await _cancelled_inputs(database, job)
            await dispatcher.submit(job, again=True)
            for input_id in unwanted:  # at once, before any of them can begin
                await dispatcher.cancel(input_id)
            if row.cancel_requested_at is not None:
                await dispatcher.cancel(job.id)
    return taken


async def _cancelled_inputs(database: Database, job: Job) -> Sequence[str]:
    """Those of a batch that begins anew which somebody has cancelled."""
    if job.kind is not JobKind.BATCH:
        return ()
    async with database.read() as work:
        return await cancelled_inputs(work.session, job.id)


async def take_up_lost(services: Services) -> None:
    """The same while the service runs: jobs of services that died before they told of them, or of a queue that forgot.

    What was accepted a moment ago is on its way. Whoever wanted a job stopped and could not be heard is heard now.
    """
    before = services.clock.now() - _SETTLED_IN
    await take_up(services, before=before)
    async with services.database.read() as work:
        ids = await unwanted_jobs(work.session, before=before)
    for id_ in ids:
        await services.dispatcher.cancel(id_)


async def recall(database: Database, languages: Mapping[str, Language], job_id: str, *, tests: Path) -> Job | None:
    """The accepted job of that id that has no result; ``None``: there is none. Raises :class:`RunnerError`."""
    async with database.read() as work:
        row = await work.session.get(OutboxJob, job_id)
    return None if row is None else _decode(row, languages, tests)


def _decode(row: OutboxJob, languages: Mapping[str, Language], tests: Path) -> Job:
    return decode(row.envelope, languages.__getitem__, fetch=Folder(tests).fetch)


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
        kept = (Run.completed_at < old, Run.result.is_not(None), told)
        await work.session.execute(delete(Run).where(*kept, Run.room_id.is_(None), Run.batch_id.is_(None)))
        await work.session.execute(update(Run).where(*kept, Run.room_id.is_not(None)).values(result=None))
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
