"""Problems as rows. Test data is bytes: it is kept byte for byte."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, Json, UtcDateTime


class Problem(Base):
    """A problem. ``title_key`` (the title, case folded) is unique among those not deleted, then ``None``.

    ``time_limit_ms``, ``memory_limit_mib`` ``None``: the defaults. ``checker``, ``interactor``, ``scoring``,
    ``examples``, ``starter_code`` and ``language_limits`` are as on the wire.
    """

    __tablename__ = "problems"
    __table_args__ = (Index("ix_problems_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    title_key: Mapped[str | None] = mapped_column(String(600), unique=True)
    description: Mapped[str] = mapped_column(Text)
    difficulty: Mapped[str] = mapped_column(String(10))
    company: Mapped[str | None] = mapped_column(String(100))
    constraints: Mapped[str | None] = mapped_column(Text)
    examples: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    starter_code: Mapped[dict[str, Any] | None] = mapped_column(Json)
    time_limit_ms: Mapped[int | None]
    memory_limit_mib: Mapped[int | None]
    output_limit_mib: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    checker: Mapped[dict[str, Any]] = mapped_column(Json)
    interactor: Mapped[dict[str, Any] | None] = mapped_column(Json)
    scoring: Mapped[dict[str, Any]] = mapped_column(Json)
    stop_on_first_failure: Mapped[bool]
    allowed_languages: Mapped[list[str] | None] = mapped_column(Json)
    language_limits: Mapped[dict[str, Any]] = mapped_column(Json)
    is_published: Mapped[bool]
    total_submissions: Mapped[int] = mapped_column(default=0)
    accepted_submissions: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tag(Base):
    """A tag. Made when a problem first has it."""

    __tablename__ = "tags"

    slug: Mapped[str] = mapped_column(String(50), primary_key=True)
    name: Mapped[str] = mapped_column(String(50))


class ProblemTag(Base):
    """A problem has a tag; ``position``: its place in the problem's list."""

    __tablename__ = "problem_tags"

    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("tags.slug"), primary_key=True, index=True)
    position: Mapped[int]


class TestCaseRow(Base):
    """One test of a problem; an update replaces them all."""

    __tablename__ = "test_cases"

    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column("position", primary_key=True)
    input: Mapped[bytes] = mapped_column(LargeBinary)
    expected_output: Mapped[bytes] = mapped_column(LargeBinary)
    description: Mapped[str | None] = mapped_column(String(255))
    is_hidden: Mapped[bool]
    timeout_ms: Mapped[int | None]
    memory_mib: Mapped[int | None]
    group: Mapped[str | None] = mapped_column("group_name", String(50))
    weight: Mapped[int | None]
    args: Mapped[list[str] | None] = mapped_column(Json)
    checker_args: Mapped[list[str] | None] = mapped_column(Json)


class Bookmark(Base):
    """Somebody wants to find a problem again."""

    __tablename__ = "bookmarks"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
