"""All tables, imported: what migrations compare a database with."""

from __future__ import annotations

from api.admin.models import AuditLog
from api.auth.models import LoginSession, PasswordReset, RefreshToken
from api.database import Base
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.idempotency import IdempotencyKey
from api.problems.models import (
    Bookmark,
    Problem,
    ProblemFile,
    ProblemTag,
    ProblemValidation,
    ReferenceSolution,
    Tag,
    TestCaseRow,
)
from api.rooms.models import Participant, RoleSwap, Room
from api.sessions.models import CodeSnapshot, Session, SessionEvent, SessionParticipant
from api.users.models import AvatarUpload, Usage, User
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery

metadata = Base.metadata

__all__ = [
    "AuditLog",
    "AvatarUpload",
    "Batch",
    "Bookmark",
    "CodeSnapshot",
    "IdempotencyKey",
    "LoginSession",
    "OutboxJob",
    "Participant",
    "PasswordReset",
    "Problem",
    "ProblemFile",
    "ProblemTag",
    "ProblemValidation",
    "ReferenceSolution",
    "RefreshToken",
    "RoleSwap",
    "Room",
    "Run",
    "Session",
    "SessionEvent",
    "SessionParticipant",
    "Submission",
    "Tag",
    "TestCaseRow",
    "Usage",
    "User",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "metadata",
]
