"""What admins see and say."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from api.enums import RoomMode, RoomRole, RoomStatus, SupportedLanguage, UserRole, UserRoleIn
from api.schemas import Body, Id, Moment, Plain, View, absent
from api.sessions.schemas import SessionSummary
from api.users.schemas import Quotas, UserStats


class UserFigures(View):
    """Accounts that are not deleted."""

    total: int = Field(examples=[420])
    active_last24h: int = Field(alias="activeLast24h", examples=[57])
    new_last7d: int = Field(alias="newLast7d", examples=[12])
    banned: int = Field(examples=[1])


class RoomFigures(View):
    """Rooms."""

    active: int = Field(description="Not finished", examples=[6])
    by_status: dict[RoomStatus, int]
    created_last24h: int = Field(alias="createdLast24h", examples=[19])


class SessionFigures(View):
    """Sessions."""

    total: int = Field(examples=[812])
    ongoing: int = Field(examples=[5])
    finished_last24h: int = Field(alias="finishedLast24h", examples=[14])
    average_duration_ms: int | None = Field(description="Coding time of finished ones", examples=[1_920_000])


class ProblemFigures(View):
    """Problems that are not deleted."""

    total: int = Field(examples=[96])
    published: int = Field(examples=[88])
    drafts: int = Field(examples=[8])


class ExecutionFigures(View):
    """Runs, those of batches one by one, and submissions."""

    runs_last24h: int = Field(alias="runsLast24h", examples=[640])
    submissions_last24h: int = Field(alias="submissionsLast24h", examples=[133])
    by_verdict: dict[str, int] = Field(
        description="Both kinds of the last 24 h that ended, by verdict",
        examples=[{"accepted": 610, "wrong_answer": 48}],
    )
    queue_depth: int = Field(description="Jobs that wait", examples=[0])
    workers_busy: int = Field(examples=[2])
    workers_total: int = Field(description="Programs that may run at once", examples=[8])
    p95_wait_ms: int | None = Field(alias="p95WaitMs", description="In the last 24 h", examples=[12])
    p95_duration_ms: int | None = Field(alias="p95DurationMs", description="In the last 24 h", examples=[840])


class MatchmakingFigures(View):
    """People who look for somebody."""

    searching: int = Field(examples=[0])


class AiFigures(View):
    """Jobs of models."""

    jobs_last24h: int = Field(alias="jobsLast24h", examples=[0])
    failed_last24h: int = Field(alias="failedLast24h", examples=[0])


class AdminDashboard(View):
    """The whole service in figures, at most 30 s old."""

    users: UserFigures
    rooms: RoomFigures
    sessions: SessionFigures
    problems: ProblemFigures
    executions: ExecutionFigures
    matchmaking: MatchmakingFigures
    ai: AiFigures
    generated_at: Moment


class AccountStatus(StrEnum):
    """Whether an account can be used. Deleted ones are only listed when asked for."""

    ACTIVE = "active"
    BANNED = "banned"
    DELETED = "deleted"


class AdminUserEntry(View):
    """An account in a list."""

    id: Id
    email: str = Field(examples=["ada@example.com"])
    username: str = Field(examples=["ada"])
    display_name: str | None = Field(examples=["Ada Lovelace"])
    role: UserRole
    avatar_url: str | None
    banned_at: Moment | None
    banned_reason: str | None = Field(examples=["Shares answers"])
    last_active_at: Moment | None
    deleted_at: Moment | None
    created_at: Moment
    updated_at: Moment


class UserActiveRoom(View):
    """Where somebody is now."""

    room_id: Id
    status: RoomStatus
    role: RoomRole


class AuditActor(View):
    """Who did it."""

    id: Id
    username: str = Field(examples=["root"])
    email: str = Field(examples=["root@example.com"])
    display_name: str | None


class AuditLogEntry(View):
    """Something that was done, and who did it to what."""

    id: Id
    action: str = Field(max_length=100, examples=["admin.user.ban"])
    target_type: str = Field(max_length=50, examples=["user"])
    target_id: str = Field(max_length=255)
    actor_id: Id | None = Field(description="null: the system")
    actor: AuditActor | None
    metadata: dict[str, Any] | None
    ip_address: str | None = Field(examples=["203.0.113.7"])
    created_at: Moment


class AdminUserDetail(AdminUserEntry):
    """An account in full."""

    bio: str | None
    stats: UserStats
    quotas: Quotas
    active_room: UserActiveRoom | None
    recent_sessions: list[SessionSummary] = Field(description="At most 5, newest first")
    recent_audit_logs: list[AuditLogEntry] = Field(description="At most 10 by or about them, newest first")


class UserChange(Body):
    """What shall be different; at least one of `role` and `banned`."""

    role: UserRoleIn = Field(default_factory=absent)
    banned: bool = Field(default_factory=absent, examples=[True])
    banned_reason: Annotated[Plain, Field(min_length=1, max_length=500)] | None = Field(
        None, description="Only with `banned: true`", examples=["Shares answers"]
    )

    @model_validator(mode="after")
    def _sensible(self) -> UserChange:
        if "banned_reason" in self.model_fields_set and not ("banned" in self.model_fields_set and self.banned):
            raise ValueError("bannedReason is only allowed with banned: true")
        if not self.model_fields_set:
            raise ValueError("give at least one of role and banned")
        return self


class AdminRoomEntry(View):
    """A room in a list."""

    room_id: Id
    room_code: str = Field(examples=["K7WQ2M"])
    name: str | None = Field(examples=["Backend interview"])
    status: RoomStatus
    mode: RoomMode
    host_id: Id
    host_name: str = Field(examples=["Ada Lovelace"])
    language: SupportedLanguage | None
    problem_id: Id | None
    problem_title: str | None = Field(examples=["Two Sum"])
    session_id: Id | None
    participant_count: int = Field(description="Active people", examples=[2])
    max_participants: int = Field(examples=[2])
    is_private: bool
    editor_locked: bool
    recording_active: bool
    elapsed_ms: int = Field(description="Unpaused coding time so far", examples=[734_000])
    created_at: Moment
    ended_at: Moment | None


class ForceClose(Body):
    """Why."""

    reason: Annotated[Plain, Field(max_length=500, examples=["Spam"])] | None = None


class ForceClosed(View):
    """The room is finished."""

    room_id: Id
    previous_status: RoomStatus
    current_status: Literal[RoomStatus.FINISHED]
    closed_at: Moment
    closed_by: Id
