"""The whole service in figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Row, case, func, select

from api.admin.schemas import (
    AdminDashboard,
    AiFigures,
    ExecutionFigures,
    MatchmakingFigures,
    ProblemFigures,
    RoomFigures,
    SessionFigures,
    UserFigures,
)
from api.database import Work
from api.enums import RoomStatus, SessionStatus
from api.execution.models import Run, Submission
from api.health.jobs import count_jobs
from api.problems.models import Problem
from api.rooms.models import Room
from api.rooms.timer import milliseconds
from api.services import Services
from api.sessions.models import Session
from api.users.models import User
from runner.dispatch import Load
from runner.errors import QueueDownError

_log = structlog.get_logger("api")
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_SAMPLES: Final = 1000
"""Percentiles are of that many of the newest runs, and as many submissions."""


async def dashboard(services: Services) -> AdminDashboard:
    """The figures as of now."""
    load = await _load(services)
    async with services.database.read() as work:
        return AdminDashboard(
            users=await _users(work),
            rooms=await _rooms(work),
            sessions=await _sessions(work),
            problems=await _problems(work),
            executions=await _executions(work, load),
            matchmaking=MatchmakingFigures(searching=0),
            ai=AiFigures(jobsLast24h=0, failedLast24h=0),
            generated_at=work.now,
        )


async def _load(services: Services) -> Load:
    """What the queue says of itself; while it cannot be asked, what the database knows of jobs, and of no worker."""
    try:
        return await services.dispatcher.load()
    except QueueDownError as error:
        _log.warning("figures are without the queue's", error=str(error))
    counts = await count_jobs(services)
    return Load(counts.waiting, busy=sum(counts.running.values()), capacity=0)


def _amount(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def _users(work: Work) -> UserFigures:
    statement = select(
        func.count().label("total"),
        _amount(User.last_active_at >= work.now - _DAY).label("active"),
        _amount(User.created_at >= work.now - _WEEK).label("new"),
        _amount(User.banned_at.is_not(None)).label("banned"),
    ).where(User.deleted_at.is_(None))
    row = (await work.session.execute(statement)).one()
    return UserFigures(total=row.total, activeLast24h=row.active, newLast7d=row.new, banned=row.banned)


async def _rooms(work: Work) -> RoomFigures:
    recent = _amount(Room.created_at >= work.now - _DAY).label("recent")
    statement = select(Room.status, func.count().label("total"), recent).group_by(Room.status)
    rows = (await work.session.execute(statement)).all()
    by_status = dict.fromkeys(RoomStatus, 0) | {RoomStatus(row.status): row.total for row in rows}
    return RoomFigures(
        active=sum(total for status, total in by_status.items() if status is not RoomStatus.FINISHED),
        by_status=by_status,
        createdLast24h=sum(row.recent for row in rows),
    )


async def _sessions(work: Work) -> SessionFigures:
    finished = Session.status == SessionStatus.FINISHED.value
    statement = select(
        func.count().label("total"),
        _amount(Session.status == SessionStatus.ONGOING.value).label("ongoing"),
        _amount(finished & (Session.finished_at >= work.now - _DAY)).label("recent"),
        func.avg(case((finished, Session.duration_ms))).label("average"),
    )
    row = (await work.session.execute(statement)).one()
    average = None if row.average is None else round(row.average)
    return SessionFigures(total=row.total, ongoing=row.ongoing, finishedLast24h=row.recent, average_duration_ms=average)


async def _problems(work: Work) -> ProblemFigures:
    statement = select(func.count().label("total"), _amount(Problem.is_published.is_(True)).label("published"))
    row = (await work.session.execute(statement.where(Problem.deleted_at.is_(None)))).one()
    return ProblemFigures(total=row.total, published=row.published, drafts=row.total - row.published)


async def _executions(work: Work, load: Load) -> ExecutionFigures:
    since = work.now - _DAY
    runs = await _by_verdict(work, Run.verdict, Run.queued_at >= since)
    submissions = await _by_verdict(work, Submission.verdict, Submission.submitted_at >= since)
    verdicts = runs + submissions
    times = [
        *await _times(work, Run.queued_at, Run.started_at, Run.completed_at, since=since),
        *await _times(work, Submission.submitted_at, Submission.started_at, Submission.completed_at, since=since),
    ]
    waits = [milliseconds(row.started - row.accepted) for row in times if row.started is not None]
    durations = [
        milliseconds(row.completed - row.started)
        for row in times
        if row.started is not None and row.completed is not None
    ]
    return ExecutionFigures(
        runsLast24h=runs.total(),
        submissionsLast24h=submissions.total(),
        by_verdict={verdict: amount for verdict, amount in sorted(verdicts.items()) if verdict},
        queue_depth=load.queue_depth,
        workers_busy=load.busy,
        workers_total=load.capacity,
        p95WaitMs=percentile(waits, 95),
        p95DurationMs=percentile(durations, 95),
    )


async def _by_verdict(work: Work, verdict: Any, condition: ColumnElement[bool]) -> Counter[str]:  # noqa: ANN401 - a column
    """How many there are of each verdict; under the empty text those that have none yet."""
    statement = select(verdict.label("verdict"), func.count().label("amount")).where(condition).group_by(verdict)
    found: Counter[str] = Counter()
    for row in await work.session.execute(statement):
        found[row.verdict or ""] += row.amount
    return found


async def _times(work: Work, accepted: Any, started: Any, completed: Any, *, since: datetime) -> Sequence[Row[Any]]:  # noqa: ANN401 - columns
    statement = (
        select(accepted.label("accepted"), started.label("started"), completed.label("completed"))
        .where(accepted >= since)
        .order_by(accepted.desc())
        .limit(_SAMPLES)
    )
    return (await work.session.execute(statement)).all()


def percentile(values: Sequence[int], percent: float) -> int | None:
    """The smallest value that so many percent do not exceed (nearest rank); ``None`` of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
