"""Writing a session's history, in the transaction of what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select

from api.database import Work, new_id
from api.enums import RoomStatus, SessionEventType, SnapshotTrigger
from api.sessions.models import CodeSnapshot, Session, SessionEvent

_SHOWN: Final = timedelta(milliseconds=1)
_STEP: Final = timedelta(microseconds=1)
_KNOWN: Final = "sessions of rooms"


async def session_of(work: Work, room_id: str) -> Session | None:
    """The session of a room; ``None`` before it has one. A transaction asks once, however often it needs it."""
    known: dict[str, Session | None] = work.session.info.setdefault(_KNOWN, {})
    if room_id not in known:
        found = await work.session.execute(select(Session).where(Session.room_id == room_id))
        known[room_id] = found.scalar_one_or_none()
    return known[room_id]


def note_session(work: Work, session: Session) -> None:
    """Have :func:`session_of` know of a session that this transaction has made."""
    work.session.info.setdefault(_KNOWN, {})[session.room_id] = session


async def record_event(
    work: Work,
    room_id: str,
    type_: SessionEventType,
    *,
    user_id: str | None = None,
    details: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Something happened in a room, ``at`` some moment or now; before it has a session nothing is kept."""
    session = await session_of(work, room_id)
    if session is None:
        return
    work.session.add(
        SessionEvent(
            id=new_id(),
            session_id=session.id,
            type=type_.value,
            user_id=user_id,
            details=details,
            created_at=at or await _next_moment(work, session.id),
        )
    )


async def forget_asking(work: Work, room_id: str, *, details: dict[str, Any], at: datetime) -> None:
    """As if nobody had asked for a job in a room: its event has these ``details``, its snapshot is of that moment."""
    session = await session_of(work, room_id)
    if session is None:
        return
    asked = (SessionEventType.CODE_RUN.value, SessionEventType.CODE_SUBMITTED.value)
    events = (SessionEvent.session_id == session.id, SessionEvent.type.in_(asked), SessionEvent.details == details)
    await work.session.execute(delete(SessionEvent).where(*events))
    trigger = CodeSnapshot.trigger == SnapshotTrigger.SUBMISSION.value
    snapshots = (CodeSnapshot.session_id == session.id, trigger, CodeSnapshot.created_at == at)
    await work.session.execute(delete(CodeSnapshot).where(*snapshots))


async def _next_moment(work: Work, session_id: str) -> datetime:
    """Now, or what is shown as now but comes after the last event: a list sorted by time keeps their order."""
    last = select(func.max(SessionEvent.created_at)).where(SessionEvent.session_id == session_id)
    found: datetime | None = (await work.session.execute(last)).scalar_one_or_none()
    return found + _STEP if found is not None and work.now <= found < work.now + _SHOWN else work.now


async def record_snapshot(
    work: Work, room_id: str, trigger: SnapshotTrigger, *, language: str, code: str, phase: RoomStatus | None
) -> None:
    """Keep the code as it is now; before the room has a session nothing is kept."""
    session = await session_of(work, room_id)
    if session is None:
        return
    work.session.add(
        CodeSnapshot(
            id=new_id(),
            session_id=session.id,
            trigger=trigger.value,
            language=language,
            code=code.encode(),
            phase=None if phase is None else phase.value,
            created_at=work.now,
        )
    )


async def repeat_snapshot(work: Work, room_id: str, trigger: SnapshotTrigger, *, phase: RoomStatus) -> None:
    """Keep the newest code that is known once more, for ``trigger``.

    The text itself lives in the shared document; what was last kept of it is as near as the database comes. A
    session of which no code was ever kept gets no snapshot.
    """
    session = await session_of(work, room_id)
    if session is None:
        return
    newest = (
        select(CodeSnapshot)
        .where(CodeSnapshot.session_id == session.id)
        .order_by(CodeSnapshot.created_at.desc(), CodeSnapshot.id.desc())
        .limit(1)
    )
    known = (await work.session.execute(newest)).scalar_one_or_none()
    if known is not None:
        await record_snapshot(work, room_id, trigger, language=known.language, code=known.code.decode(), phase=phase)
