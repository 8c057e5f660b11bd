"""Reading jobs, waiting for them if asked to. Nothing holds a transaction while it waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from api.caller import Caller
from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Batch, Run, Submission
from api.execution.repository import runs_of_batch
from api.execution.schemas import BatchItem, BatchView, ExecutionResult, SubmissionDetail, UnfinishedJob
from api.execution.views import Progress, Record, compile_view, result_view, submission_view, unfinished_view
from api.execution.visibility import visible_batch, visible_run, visible_submission
from api.problems.models import ProblemValidation
from api.services import Services
from judge import Verdict

Row = TypeVar("Row", Run, Submission, Batch, ProblemValidation)

_LOOK_AGAIN_S = 1.0


async def read_run(services: Services, job_id: str, caller: Caller, *, wait_ms: int = 0) -> Run:
    """A run as it stands, at its end at the latest. Raises ``JobNotFoundError``."""

    async def look() -> Run:
        async with services.database.read() as work:
            return await visible_run(work, services, job_id, caller)

    return await wait(services, caller, look, wait_ms)


async def show_run(services: Services, run: Run) -> ExecutionResult | UnfinishedJob:
    """What there is to say of it."""
    if JobStatus(run.status).terminal:
        return result_view(run)
    return unfinished_view(run, await services.dispatcher.position(run.batch_id or run.id))


async def read_submission(services: Services, submission_id: str, caller: Caller, *, wait_ms: int = 0) -> Submission:
    """A submission as it stands. Raises ``SubmissionNotFoundError``."""

    async def look() -> Submission:
        async with services.database.read() as work:
            return await visible_submission(work, submission_id, caller)

    return await wait(services, caller, look, wait_ms)


async def show_submission(services: Services, submission: Submission, caller: Caller) -> SubmissionDetail:
    """What the caller may know of it."""
    progress = Progress.of(await services.dispatcher.so_far(submission.id))
    return submission_view(submission, progress, everything=caller.admin)


async def read_batch(services: Services, batch_id: str, caller: Caller, *, wait_ms: int = 0) -> BatchView:
    """A batch as it stands. Raises ``BatchNotFoundError``."""

    async def look() -> Batch:
        async with services.database.read() as work:
            return await visible_batch(work, services, batch_id, caller)

    batch = await wait(services, caller, look, wait_ms)
    async with services.database.read() as work:
        runs = await runs_of_batch(work.session, batch_id)
    compilation = batch.compile
    if batch.completed_at is None:
        compilation = Progress.of(await services.dispatcher.so_far(batch_id)).compile
    return batch_view(batch, runs, compilation)


def batch_view(batch: Batch, runs: Sequence[Run], compilation: Record | None) -> BatchView:
    """A batch with its runs, in their order, and what is known of its compilation."""
    return BatchView(
        batch_id=batch.id,
        status=JobStatus(batch.status),
        total=batch.total,
        finished=sum(JobStatus(run.status).terminal for run in runs),
        compile=compile_view(compilation),
        items=[_item(index, run) for index, run in enumerate(runs)],
        created_at=batch.created_at,
        completed_at=batch.completed_at,
    )


def _item(index: int, run: Run) -> BatchItem:
    return BatchItem(
        index=index,
        job_id=run.id,
        status=JobStatus(run.status),
        verdict=Verdict(run.verdict) if run.verdict else None,
        passed=run.passed,
    )


async def wait(services: Services, caller: Caller, look: Callable[[], Awaitable[Row]], wait_ms: int) -> Row:
    """Look, and if it is not over wait for the end and look again, until the time is up.

    Events tell of the end at once; another look each second finds what came to an end elsewhere. Who has many waiting
    already is answered at once.
    """
    row = await look()
    if wait_ms == 0 or _over(row):
        return row
    with services.waits.one(caller.user_id) as free:
        return await _wait(services, row, look, wait_ms / 1000) if free else row


async def _wait(services: Services, row: Row, look: Callable[[], Awaitable[Row]], wait_s: float) -> Row:
    ends = time.monotonic() + wait_s
    while not _over(row) and (left_s := ends - time.monotonic()) > 0:
        pause_s = min(left_s, _LOOK_AGAIN_S)
        told = await services.dispatcher.until_finished(row.id, pause_s)
        row = await look()
        if told and not _over(row):
            await asyncio.sleep(pause_s)  # whoever settles it is elsewhere
            row = await look()
    return row


def _over(row: Run | Submission | Batch | ProblemValidation) -> bool:
    if isinstance(row, Submission):
        return SubmissionStatus(row.status).terminal
    return JobStatus(row.status).terminal
