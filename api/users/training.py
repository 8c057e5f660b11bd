"""What somebody did over time, period by period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import func, select

from api.database import Work
from api.errors import ValidationFailedError
from api.execution.models import Run, Submission
from api.sessions.models import Session
from api.users.days import utc_day
from api.users.profiles import streak_days
from api.users.records import finished_sessions, in_sight
from api.users.schemas import Granularity, TrainingPoint, TrainingStats, TrainingTotals
from judge import Verdict

_MOST_POINTS: Final = 366
_USUAL_DAYS: Final = 30
_MS_PER_MINUTE: Final = 60_000


@dataclass(slots=True)
class _Tally:
    """What is being counted for some days."""

    counts: Counter[str] = field(default_factory=Counter)
    attempted: set[str] = field(default_factory=set)
    solved: set[str] = field(default_factory=set)

    def add(self, other: _Tally) -> None:
        self.counts.update(other.counts)
        self.attempted |= other.attempted
        self.solved |= other.solved

    def totals(self) -> TrainingTotals:
        return TrainingTotals(
            sessions=self.counts["sessions"],
            practice_minutes=round(self.counts["duration_ms"] / _MS_PER_MINUTE),
            problems_attempted=len(self.attempted),
            problems_solved=len(self.solved),
            runs=self.counts["runs"],
            submissions=self.counts["submissions"],
            accepted_submissions=self.counts["accepted"],
            average_score=None,  # sessions have no reports to take scores from
        )


async def training_stats(
    work: Work, user_id: str, *, begin: datetime | None, end: datetime | None, granularity: Granularity
) -> TrainingStats:
    """What somebody did from ``begin`` to ``end``, both inclusive; usually in the last 30 days.

    Raises :class:`ValidationFailedError` when they are the wrong way round, or too far apart.
    """
    end = end or work.now
    begin = begin or _midnight(end.date() - timedelta(days=_USUAL_DAYS - 1))
    if begin > end:
        raise ValidationFailedError.of("from", "must not be after to")
    starts = list(_period_starts(begin.date(), end.date(), granularity))
    if len(starts) > _MOST_POINTS:
        raise ValidationFailedError.of("granularity", f"this is more than {_MOST_POINTS} periods: take longer ones")
    by_period: defaultdict[date, _Tally] = defaultdict(_Tally)
    whole = _Tally()
    for day, tally in (await _by_day(work, user_id, begin, end)).items():
        by_period[_period_start(day, granularity)].add(tally)
        whole.add(tally)
    return TrainingStats(
        **{"from": begin},
        granularity=granularity,
        to=end,
        points=[
            TrainingPoint(period_start=_midnight(start), **by_period[start].totals().model_dump(by_alias=False))
            for start in starts
        ],
        totals=whole.totals(),
        streak_days=await streak_days(work, user_id),
    )


async def _by_day(work: Work, user_id: str, begin: datetime, end: datetime) -> dict[date, _Tally]:
    """What was done on each day with anything."""
    found: defaultdict[date, _Tally] = defaultdict(_Tally)
    day = utc_day(Session.finished_at)
    sessions = (
        finished_sessions(user_id)
        .with_only_columns(day, func.count(), func.sum(Session.duration_ms))
        .where(Session.finished_at.between(begin, end))
        .group_by(day)
    )
    for when, count, duration_ms in await work.session.execute(sessions):
        found[when].counts.update(sessions=count, duration_ms=int(duration_ms))
    day = utc_day(Run.queued_at)
    mine = (Run.user_id == user_id, Run.queued_at.between(begin, end), in_sight(Run.room_id, user_id))
    for when, count in await work.session.execute(select(day, func.count()).where(*mine).group_by(day)):
        found[when].counts.update(runs=count)
    day = utc_day(Submission.submitted_at)
    accepted = Submission.verdict == Verdict.ACCEPTED.value
    submissions = (
        select(day, Submission.problem_id, func.count(), func.count().filter(accepted))
        .where(
            Submission.user_id == user_id,
            Submission.submitted_at.between(begin, end),
            in_sight(Submission.room_id, user_id),
        )
        .group_by(day, Submission.problem_id)
    )
    for when, problem_id, count, right in await work.session.execute(submissions):
        tally = found[when]
        tally.counts.update(submissions=count, accepted=right)
        tally.attempted.add(problem_id)
        if right:
            tally.solved.add(problem_id)
    return found


def _period_start(day: date, granularity: Granularity) -> date:
    match granularity:
        case Granularity.DAY:
            return day
        case Granularity.WEEK:
            return day - timedelta(days=day.weekday())
        case Granularity.MONTH:
            return day.replace(day=1)


def _period_starts(first: date, last: date, granularity: Granularity) -> Iterator[date]:
    """Every period from that of ``first`` to that of ``last``; one more than is allowed, if there are too many."""
    start = _period_start(first, granularity)
    for _ in range(_MOST_POINTS + 1):
        if start > last:
            return
        yield start
        match granularity:
            case Granularity.DAY:
                start += timedelta(days=1)
            case Granularity.WEEK:
                start += timedelta(days=7)
            case Granularity.MONTH:
                start = (start + timedelta(days=31)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
