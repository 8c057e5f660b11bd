"""Accounts as rows."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, UtcDateTime


class User(Base):
    """An account. Name and address are unique among those that are not deleted.

    ``username_key`` (the name in lowercase) and ``email_key`` are what is unique, ``None`` once it is deleted;
    ``avatar_key`` is the object that was confirmed.
    """

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(30))
    username_key: Mapped[str | None] = mapped_column(String(30), unique=True)
    email: Mapped[str] = mapped_column(String(255))
    email_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    display_name: Mapped[str | None] = mapped_column(String(100))
    bio: Mapped[str | None] = mapped_column(Text)
    avatar_key: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(10))
    banned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    banned_reason: Mapped[str | None] = mapped_column(Text)
    last_active_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Usage(Base):
    """How much of a daily quota somebody has used. ``kind``: ``execution`` or ``ai``; ``day`` in UTC."""

    __tablename__ = "usage"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class AvatarUpload(Base):
    """An upload that was allowed and not confirmed yet: at most one for each account."""

    __tablename__ = "avatar_uploads"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
