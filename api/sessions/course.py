"""A session keeps step with its room: it begins, follows what is chosen and who is there, and ends.

Every function here does nothing for a room that has no session (yet).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from api.database import Work, new_id
from api.enums import RoomRole, SessionStatus
from api.rooms.models import Participant, Room
from api.sessions.models import Session, SessionParticipant
from api.sessions.record import note_session, session_of


async def begin_session(work: Work, room: Room, participants: Iterable[Participant]) -> Session:
    """Make the session of a room that starts, with those who are there."""
    session = Session(
        id=new_id(),
        room_id=room.id,
        mode=room.mode,
        status=SessionStatus.ONGOING.value,
        problem_id=room.problem_id,
        language=room.language,
        duration_ms=0,
        started_at=work.now,
    )
    work.session.add(session)
    note_session(work, session)
    await work.session.flush()  # the participants' rows refer to it
    for participant in participants:
        work.session.add(_taking_part(session, participant, work))
    await work.session.flush()
    return session


async def follow_choices(work: Work, room: Room) -> None:
    """The session's problem and language are those of its room."""
    session = await session_of(work, room.id)
    if session is not None:
        session.problem_id = room.problem_id
        session.language = room.language


async def follow_participant(work: Work, participant: Participant) -> None:
    """Somebody came, or has another role: they take part, and stay who ever was candidate."""
    session = await session_of(work, participant.room_id)
    if session is None:
        return
    known = await work.session.get(SessionParticipant, (session.id, participant.user_id))
    if known is None:
        work.session.add(_taking_part(session, participant, work))
        return
    known.role = participant.role
    known.was_candidate = known.was_candidate or participant.role == RoomRole.CANDIDATE
    known.left_at = None if participant.is_active else known.left_at


async def follow_departure(work: Work, participant: Participant) -> None:
    """Somebody is gone from the room."""
    session = await session_of(work, participant.room_id)
    known = None if session is None else await work.session.get(SessionParticipant, (session.id, participant.user_id))
    if known is not None and known.left_at is None:
        known.left_at = work.now


async def end_session(work: Work, room: Room, *, duration_ms: int) -> bool:
    """The room is finished, and everybody gone; whether it had a session."""
    session = await session_of(work, room.id)
    if session is None:
        return False
    there = (SessionParticipant.session_id == session.id, SessionParticipant.left_at.is_(None))
    await work.session.execute(update(SessionParticipant).where(*there).values(left_at=work.now))
    session.status = SessionStatus.FINISHED.value
    session.finished_at = work.now
    session.duration_ms = duration_ms
    return True


def _taking_part(session: Session, participant: Participant, work: Work) -> SessionParticipant:
    return SessionParticipant(
        session_id=session.id,
        user_id=participant.user_id,
        role=participant.role,
        was_candidate=participant.role == RoomRole.CANDIDATE,
        joined_at=work.now,
    )
