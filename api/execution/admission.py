"""Accepting a job: limits and quotas, the outbox, and the dispatcher once all of it is committed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from api.caller import Caller
from api.database import TakenBackError, Work
from api.errors import (
    ApiError,
    ExecutionRateLimitError,
    ExecutionTimeoutError,
    ExecutionUnavailableError,
    SubmissionRateLimitError,
    TooManyError,
)
from api.execution.models import OutboxJob
from api.execution.repository import count_unfinished
from api.execution.taking_back import take_back
from api.ratelimit import Rule
from api.services import Services
from api.users.quotas import Quota, spend
from runner.depot import Folder
from runner.envelope import encode
from runner.errors import QueueDownError, QueueTimeoutError
from runner.jobs import BatchTask, Job, JobKind

_RETRY_S: Final = 5
_CIRCUIT: Final = "queue"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How jobs of a kind are limited: by which rule, with which error."""

    rule: Rule
    error: type[TooManyError]


def _kind(services: Services, kind: JobKind) -> _Kind:
    settings = services.settings
    if kind is JobKind.SUBMISSION:
        return _Kind(Rule("submissions", settings.submissions_per_minute), SubmissionRateLimitError)
    return _Kind(Rule("runs", settings.runs_per_minute), ExecutionRateLimitError)


async def admit(
    work: Work,
    services: Services,
    caller: Caller,
    job: Job,
    *,
    tests_id: str | None = None,
    webhook_id: str | None = None,
) -> None:
    """Accept ``job``, whose rows are written already: it is done once the transaction is committed, whatever is killed.

    ``tests_id``: where its tests' data lie in files of their own (``problems.case_files``), what these are called.
    ``webhook_id``: the webhook of the caller's that it names.
    Raises the errors of limits (``scope``: ``in_flight``, ``runs`` or ``submissions``, ``execution_daily``) and
    :class:`ExecutionUnavailableError` when too many jobs wait or nothing can be put into the queue; nothing is used up
    then. When it turns out after the commit that it cannot be, all is taken back and the same error raised.
    """
    settings, kind = services.settings, _kind(services, job.kind)
    await services.limiter.look(kind.rule, caller.user_id, error=kind.error)
    runs = len(job.task.inputs) if isinstance(job.task, BatchTask) else 1
    # From here on jobs of one person are admitted one after the other: their row of the quota is ours until the end.
    await spend(work, caller.user_id, Quota.EXECUTION, runs, limit=settings.executions_per_day, error=kind.error)
    unfinished = await count_unfinished(work.session, caller.user_id)
    if unfinished >= settings.unfinished_jobs:
        raise kind.error.of("in_flight", limit=settings.unfinished_jobs, window_s=0, retry_after_s=1)
    await _require_room(services)
    await services.limiter.spend(kind.rule, caller.user_id, error=kind.error)
    work.session.add(
        OutboxJob(
            id=job.id,
            kind=job.kind.value,
            user_id=caller.user_id,
            envelope=encode(job, deposit=Folder(settings.tests).deposit),
            tests_id=tests_id,
            webhook_id=webhook_id,
            created_at=job.created_at,
        )
    )
    await work.session.flush()

    async def dispatch() -> None:
        try:
            await services.dispatcher.submit(job, again=True)
        except QueueDownError as error:
            if await take_back(services, job):
                raise TakenBackError(_refusal(error)) from error
        else:
            services.metrics.jobs_submitted.labels(job.kind.value, job.language).inc(runs)

    work.after_commit(dispatch)


async def _require_room(services: Services) -> None:
    try:
        room = await services.dispatcher.has_room()
    except QueueDownError as error:
        raise _refusal(error) from error
    if not room:
        raise ExecutionUnavailableError.of(_CIRCUIT, retry_after_s=_RETRY_S)


def _refusal(error: QueueDownError) -> ApiError:
    if isinstance(error, QueueTimeoutError):
        return ExecutionTimeoutError()
    return ExecutionUnavailableError.of(_CIRCUIT, retry_after_s=max(1, math.ceil(error.retry_after_s)))
