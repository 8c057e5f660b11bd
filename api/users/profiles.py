"""What people look like, to themselves and to others."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from api.database import Work
from api.enums import SessionStatus, UserRole
from api.execution.models import Submission
from api.services import Services
from api.sessions.models import Session, SessionParticipant
from api.users.avatars import avatar_url
from api.users.days import utc_day
from api.users.models import User
from api.users.quotas import today
from api.users.records import accepted, finished_sessions, in_sight
from api.users.schemas import PublicProfile, UserProfile, UserStats


async def profile(work: Work, services: Services, user: User) -> UserProfile:
    """Somebody as they see themselves."""
    return UserProfile(
        id=user.id,
        email=user.email,
        username=user.username,
        display_name=user.display_name,
        avatar_url=avatar_url(services, user.avatar_key),
        bio=user.bio,
        role=UserRole(user.role),
        stats=await stats(work, user.id),
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def public_profile(services: Services, user: User) -> PublicProfile:
    """Somebody as everybody sees them."""
    return PublicProfile(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        avatar_url=avatar_url(services, user.avatar_key),
        bio=user.bio,
        created_at=user.created_at,
    )


async def stats(work: Work, user_id: str) -> UserStats:
    """What somebody has done, in finished sessions they have not hidden."""
    sessions = select(func.count()).select_from(finished_sessions(user_id).subquery())
    solved = (
        select(func.count(Submission.problem_id.distinct()))
        .join(Session, Session.room_id == Submission.room_id)
        .join(SessionParticipant, SessionParticipant.session_id == Session.id)
        .where(
            *accepted(user_id),
            SessionParticipant.user_id == user_id,
            SessionParticipant.hidden_at.is_(None),
            Session.status == SessionStatus.FINISHED.value,
        )
    )
    return UserStats(
        total_sessions=(await work.session.execute(sessions)).scalar_one(),
        total_problems=(await work.session.execute(solved)).scalar_one(),
        streak_days=await streak_days(work, user_id),
    )


async def streak_days(work: Work, user_id: str) -> int:
    """Days (UTC) in a row, up to today or yesterday, with a finished session or an accepted submission."""
    sessions = finished_sessions(user_id).with_only_columns(utc_day(Session.finished_at).label("day"))
    solved = select(utc_day(Submission.submitted_at).label("day")).where(
        *accepted(user_id), in_sight(Submission.room_id, user_id)
    )
    days = sessions.union(solved).subquery()
    rows = await work.session.execute(select(days.c.day).order_by(days.c.day.desc()))
    expected = today(work.now)
    streak = 0
    for day in rows.scalars():
        if not streak and day == expected - timedelta(days=1):
            expected = day
        if day > expected:
            continue
        if day != expected:
            break
        streak += 1
        expected -= timedelta(days=1)
    return streak
