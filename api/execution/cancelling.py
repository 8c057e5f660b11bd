"""Cancelling jobs: one that somebody names, or all of somebody, or all of a room."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, union_all, update

from api.caller import Caller
from api.database import Work
from api.enums import JobStatus, SubmissionStatus
from api.errors import AlreadyFinishedError, BatchNotFoundError, JobNotFoundError, SubmissionNotFoundError
from api.execution import repository
from api.execution.models import OutboxJob, Run, Submission
from api.execution.schemas import BatchCancelled, RunCancelled, SubmissionCancelled
from api.execution.visibility import may_stop, visible_batch, visible_run, visible_submission
from api.services import Services

_TRIES: Final = 3
_PAUSE_S: Final = 0.03


async def cancel_run(work: Work, services: Services, job_id: str, caller: Caller) -> RunCancelled:
    """Raises ``JobNotFoundError`` for who may not stop it too, and :class:`AlreadyFinishedError`."""
    run = await visible_run(work, services, job_id, caller)
    if not await may_stop(work, run.user_id, run.room_id, caller):
        raise JobNotFoundError
    status = JobStatus(run.status)
    if status.terminal:
        raise AlreadyFinishedError
    if run.batch_id is not None:
        mine = update(Run).where(Run.id == run.id, Run.status.in_(repository.OPEN_RUN))
        await work.session.execute(mine.values(cancel_requested_at=work.now))
    await cancel_job(work, services, run.id)
    return RunCancelled(job_id=run.id, status=status)


async def cancel_submission(work: Work, services: Services, submission_id: str, caller: Caller) -> SubmissionCancelled:
    """Raises ``SubmissionNotFoundError`` for who may not stop it too, and :class:`AlreadyFinishedError`."""
    submission = await visible_submission(work, submission_id, caller)
    if not await may_stop(work, submission.user_id, submission.room_id, caller):
        raise SubmissionNotFoundError
    status = SubmissionStatus(submission.status)
    if status.terminal:
        raise AlreadyFinishedError
    await cancel_job(work, services, submission.id)
    return SubmissionCancelled(submission_id=submission.id, status=status)


async def cancel_batch(work: Work, services: Services, batch_id: str, caller: Caller) -> BatchCancelled:
    """Raises :class:`BatchNotFoundError` and :class:`AlreadyFinishedError`."""
    batch = await visible_batch(work, services, batch_id, caller)
    if not await may_stop(work, batch.user_id, None, caller):
        raise BatchNotFoundError
    status = JobStatus(batch.status)
    if status.terminal:
        raise AlreadyFinishedError
    await cancel_job(work, services, batch.id)
    return BatchCancelled(batch_id=batch.id, status=status)


async def cancel_job(work: Work, services: Services, job_id: str) -> None:
    """Once the transaction is committed, cancel a job; whoever calls has looked whether they may."""
    await _cancel(work, services, [job_id])


async def cancel_jobs_of_user(work: Work, services: Services, user_id: str) -> None:
    """Once the transaction is committed, cancel every unfinished job of a user."""
    statement = select(OutboxJob.id).where(OutboxJob.user_id == user_id)
    await _cancel(work, services, (await work.session.execute(statement)).scalars().all())


async def cancel_jobs_of_room(work: Work, services: Services, room_id: str) -> None:
    """Once the transaction is committed, cancel every unfinished job of a room (which may be gone by then)."""
    here = union_all(
        select(Run.id).where(Run.room_id == room_id, Run.status.in_(repository.OPEN_RUN)),
        select(Submission.id).where(Submission.room_id == room_id, Submission.status.in_(repository.OPEN_SUBMISSION)),
    )
    await _cancel(work, services, (await work.session.execute(here)).scalars().all())


async def _cancel(work: Work, services: Services, ids: Sequence[str]) -> None:
    """Remembered in the outbox (of an input, in its row), so that it is true after a crash too."""
    if not ids:
        return
    these = OutboxJob.id.in_(ids)
    # In one order, whoever else cancels some of them.
    await work.session.execute(select(OutboxJob.id).where(these).order_by(OutboxJob.id).with_for_update())
    await work.session.execute(update(OutboxJob).where(these).values(cancel_requested_at=work.now))

    async def tell() -> None:
        for id_ in ids:
            for _ in range(_TRIES):
                if await services.dispatcher.cancel(id_):
                    break
                await asyncio.sleep(_PAUSE_S)  # it is over, or accepted and not handed over yet

    work.after_commit(tell)
