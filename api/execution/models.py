"""Jobs as rows: what was asked for, and what became of it. Programs are bytes: any text may be one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, Json, UtcDateTime

_HAS_RESULT: Final = text("result IS NOT NULL")


class Run(Base):
    """One program run once. ``id`` is its ``jobId``.

    ``result``  the whole result as on the wire, ``None`` until it ends and again when it is too old to be kept;
                the columns beside it stay as long as the room
    ``batch_id``, ``batch_index``  the batch it belongs to, and its place there
    ``passed``  of an input with an expected output that was executed
    ``cancel_requested_at``  of an input that somebody wanted stopped; of whole jobs the outbox knows it
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_room_id_queued_at_id", "room_id", "queued_at", "id"),
        # Of all that was ever run, those whose result may grow too old.
        Index("ix_runs_completed_at_kept", "completed_at", sqlite_where=_HAS_RESULT, postgresql_where=_HAS_RESULT),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    room_id: Mapped[str | None] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), index=True)
    batch_index: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(20))
    language_version: Mapped[str] = mapped_column(String(50))
    code: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), index=True)
    verdict: Mapped[str | None] = mapped_column(String(30))
    passed: Mapped[bool | None]
    exit_code: Mapped[int | None]
    signal: Mapped[str | None] = mapped_column(String(20))
    duration_ms: Mapped[int | None]
    cpu_ms: Mapped[int | None]
    memory_mib: Mapped[float | None]
    timed_out: Mapped[bool] = mapped_column(default=False)
    output_truncated: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Batch(Base):
    """One program run on several inputs. ``compile``: its one compilation as on the wire."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    total: Mapped[int]
    compile: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Submission(Base):
    """One program judged against a problem's tests.

    ``compile``, ``cases``  as an admin sees them on the wire; readers get of it what they may see
    """

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_room_id_submitted_at_id", "room_id", "submitted_at", "id"),
        Index("ix_submissions_user_id_problem_id", "user_id", "problem_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id"), index=True)
    language: Mapped[str] = mapped_column(String(20))
    language_version: Mapped[str] = mapped_column(String(50))
    code: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), index=True)
    verdict: Mapped[str | None] = mapped_column(String(30))
    total: Mapped[int]
    passed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    duration_ms: Mapped[int | None]
    max_cpu_ms: Mapped[int | None]
    max_memory_mib: Mapped[float | None]
    groups: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    compile: Mapped[dict[str, Any] | None] = mapped_column(Json)
    cases: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxJob(Base):
    """A job that is accepted and has no result yet: what is here is judged, whatever is killed.

    ``id`` is a run's, a batch's, a submission's or a validation's (``kind``); ``envelope`` is the whole job
    (``runner.jobs``), but for tests' data that lie in files of their own (``tests_id``: see ``problems.case_files``).
    ``webhook_id``: the webhook to tell of its end and no other, even if it is deleted meanwhile; ``None``: all that are
    subscribed.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    envelope: Mapped[dict[str, Any]] = mapped_column(Json)
    tests_id: Mapped[str | None] = mapped_column(Id)
    webhook_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
