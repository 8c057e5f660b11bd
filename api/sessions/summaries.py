"""Sessions as they stand in lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from api.database import Work
from api.enums import Difficulty, RoomMode, RoomRole, SessionStatus
from api.problems.models import Problem
from api.rooms import timer
from api.rooms.models import Room
from api.rooms.views import language_of
from api.services import Services
from api.sessions.models import Session, SessionParticipant
from api.sessions.schemas import SessionPerson, SessionSummary
from api.users.avatars import avatar_url
from api.users.models import User


async def recent_sessions(work: Work, services: Services, user_id: str, *, most: int) -> list[SessionSummary]:
    """The newest sessions somebody took part in, ongoing ones and those they have hidden too."""
    statement = (
        select(Session, Room, Problem.title, Problem.difficulty)
        .join(SessionParticipant, SessionParticipant.session_id == Session.id)
        .join(Room, Room.id == Session.room_id)
        .outerjoin(Problem, Problem.id == Session.problem_id)
        .where(SessionParticipant.user_id == user_id)
        .order_by(Session.started_at.desc(), Session.id.desc())
        .limit(most)
    )
    rows: Sequence[Row[Any]] = (await work.session.execute(statement)).all()  # type: ignore[assignment]
    people = await _people(work, services, [row.Session.id for row in rows])
    return [_summary(row, people[row.Session.id], work) for row in rows]


def _summary(row: Row[Any], people: list[SessionPerson], work: Work) -> SessionSummary:
    session: Session = row.Session
    return SessionSummary(
        session_id=session.id,
        room_id=session.room_id,
        mode=RoomMode(session.mode),
        problem_title=row.title,
        difficulty=None if row.difficulty is None else Difficulty(row.difficulty),
        language=language_of(session.language),
        duration=_coding_ms(session, row.Room, work) // 1000,
        participants=people,
        overall_score=None,
        has_report=False,
        has_feedback=False,
        created_at=session.started_at,
        finished_at=session.finished_at,
    )


def _coding_ms(session: Session, room: Room, work: Work) -> int:
    finished = session.status == SessionStatus.FINISHED.value
    return session.duration_ms if finished else timer.elapsed_ms(room, work.now)


async def _people(work: Work, services: Services, session_ids: Sequence[str]) -> dict[str, list[SessionPerson]]:
    statement = (
        select(SessionParticipant, User)
        .join(User, User.id == SessionParticipant.user_id)
        .where(SessionParticipant.session_id.in_(session_ids))
        .order_by(SessionParticipant.joined_at, User.id)
    )
    found: dict[str, list[SessionPerson]] = defaultdict(list)
    for participant, user in await work.session.execute(statement):
        found[participant.session_id].append(
            SessionPerson(
                user_id=user.id,
                username=user.username,
                display_name=user.display_name,
                avatar_url=avatar_url(services, user.avatar_key),
                role=RoomRole(participant.role),
            )
        )
    return found
