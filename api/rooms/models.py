"""Rooms as rows. Whoever changes anything of a room locks its row first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, UtcDateTime


class Room(Base):
    """A room. ``code`` is what people type to join, unique among unfinished rooms (``code_key``, else ``None``).

    ``phase_started_at``  ``None`` in ``waiting``
    ``elapsed_ms``        unpaused coding time up to ``timer_started_at``, from which on it runs (``None``: it stands)
    ``locked_at``, ``locked_by``  of the editor's lock
    ``empty_since``       since when nobody is active in it
    """

    __tablename__ = "rooms"
    __table_args__ = (Index("ix_rooms_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(6), index=True)
    code_key: Mapped[str | None] = mapped_column(String(6), unique=True)
    name: Mapped[str | None] = mapped_column(String(100))
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), index=True)
    host_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    problem_id: Mapped[str | None] = mapped_column(ForeignKey("problems.id"), index=True)
    language: Mapped[str | None] = mapped_column(String(20))
    max_participants: Mapped[int]
    max_duration_min: Mapped[int]
    is_private: Mapped[bool]
    require_ready: Mapped[bool]
    editor_locked: Mapped[bool] = mapped_column(default=False)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    phase_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    elapsed_ms: Mapped[int] = mapped_column(default=0)
    timer_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    timer_paused: Mapped[bool] = mapped_column(default=False)
    empty_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Participant(Base):
    """Somebody who has ever joined a room.

    ``joined_at``         when they first joined; ``present_since``: when they became active last
    ``left_at``           when they became inactive last, ``None`` while active; ``left_by_choice``: they left
    ``removed_at``        when they were kicked, which is for good
    ``muted_by``          who muted them last, ``None`` when not muted
    ``seen_at``           last sign of life
    """

    __tablename__ = "participants"

    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool]
    is_ready: Mapped[bool] = mapped_column(default=False)
    muted_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    present_since: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_by_choice: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoleSwap(Base):
    """A request to exchange roles."""

    __tablename__ = "role_swaps"
    __table_args__ = (Index("ix_role_swaps_status_expires_at", "status", "expires_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), index=True)
    requester_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
