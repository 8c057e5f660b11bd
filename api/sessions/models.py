"""Sessions as rows: a room from its warm-up on, kept as history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, Json, UtcDateTime


class Session(Base):
    """One for each room that was started. ``duration_ms`` is unpaused coding time, final when it is finished."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_started_at_id", "started_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), unique=True)
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    problem_id: Mapped[str | None] = mapped_column(ForeignKey("problems.id"))
    language: Mapped[str | None] = mapped_column(String(20))
    duration_ms: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionParticipant(Base):
    """Somebody who took part. ``role``: the last one; ``hidden_at``: when they put it out of their own sight."""

    __tablename__ = "session_participants"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))
    was_candidate: Mapped[bool]
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionEvent(Base):
    """Something that happened. ``details`` never tells of tests."""

    __tablename__ = "session_events"
    __table_args__ = (Index("ix_session_events_session_id_created_at_id", "session_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CodeSnapshot(Base):
    """The code as it was at a moment of a session."""

    __tablename__ = "code_snapshots"
    __table_args__ = (Index("ix_code_snapshots_session_id_created_at_id", "session_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    trigger: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(20))
    code: Mapped[bytes] = mapped_column(LargeBinary)
    phase: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
