"""Reading the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select

from api.admin.models import AuditLog
from api.admin.schemas import AuditActor, AuditLogEntry
from api.database import Work
from api.errors import ValidationFailedError
from api.pagination import Keyset, PageQuery, paginate
from api.schemas import Page
from api.users.models import User


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; ``None``: all. ``search`` and ``action`` are parts of text, whatever the case."""

    search: str | None = None
    action: str | None = None
    actor_id: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        found: list[ColumnElement[bool]] = []
        if self.search is not None:
            text = (AuditLog.action, AuditLog.target_type, AuditLog.target_id, User.username, User.email)
            found.append(or_(*(column.icontains(self.search, autoescape=True) for column in text)))
        if self.action is not None:
            found.append(AuditLog.action.icontains(self.action, autoescape=True))
        for column, value in (
            (AuditLog.actor_id, self.actor_id),
            (AuditLog.target_type, self.target_type),
            (AuditLog.target_id, self.target_id),
        ):
            if value is not None:
                found.append(column == value)
        if self.begin is not None:
            found.append(AuditLog.created_at >= self.begin)
        if self.end is not None:
            found.append(AuditLog.created_at <= self.end)
        return found


async def list_audit_logs(work: Work, wanted: AuditFilter, page: PageQuery) -> Page[AuditLogEntry]:
    """A page of the log, newest first. Raises :class:`ValidationFailedError` for a time that ends before it begins."""
    if wanted.begin is not None and wanted.end is not None and wanted.begin > wanted.end:
        raise ValidationFailedError.of("from", "must not be after to")
    keyset = Keyset(AuditLog.created_at, AuditLog.id, ("audit logs", wanted))

    def show(row: Row[Any]) -> AuditLogEntry:
        return _entry(row.AuditLog, row.User)

    return await paginate(work.session, _entries().where(*wanted.conditions), page, keyset, show=show)


async def recent_entries(work: Work, user_id: str, *, most: int) -> list[AuditLogEntry]:
    """The newest entries by or about somebody."""
    theirs = or_(AuditLog.actor_id == user_id, AuditLog.target_id == user_id)
    statement = _entries().where(theirs).order_by(AuditLog.created_at.desc(), AuditLog.id.desc()).limit(most)
    return [_entry(entry, actor) for entry, actor in await work.session.execute(statement)]


def _entries() -> Select[AuditLog, User]:
    return select(AuditLog, User).outerjoin(User, User.id == AuditLog.actor_id)


def _entry(entry: AuditLog, actor: User | None) -> AuditLogEntry:
    return AuditLogEntry(
        id=entry.id,
        action=entry.action,
        target_type=entry.target_type,
        target_id=entry.target_id,
        actor_id=entry.actor_id,
        actor=None
        if actor is None
        else AuditActor(id=actor.id, username=actor.username, email=actor.email, display_name=actor.display_name),
        metadata=entry.details,
        ip_address=entry.ip_address,
        created_at=entry.created_at,
    )
