"""Accounts as admins see and change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, or_, select

from api.admin.audit_logs import recent_entries
from api.admin.schemas import AccountStatus, AdminUserDetail, AdminUserEntry, UserActiveRoom, UserChange
from api.audit import audit
from api.auth.sessions import end_sessions
from api.caller import Caller
from api.database import Work
from api.enums import RoomRole, RoomStatus, UserRole
from api.errors import UserNotFoundError, ValidationFailedError
from api.execution.cancelling import cancel_jobs_of_user
from api.pagination import Keyset, PageQuery, paginate
from api.permissions import Capability
from api.rooms.lifecycle import leave_all_rooms
from api.rooms.models import Participant, Room
from api.schemas import Page
from api.services import Services
from api.sessions.summaries import recent_sessions
from api.users.avatars import avatar_url
from api.users.models import User
from api.users.profiles import stats
from api.users.repository import find_user
from api.users.service import quotas

_SESSIONS: Final = 5
_ENTRIES: Final = 10


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which accounts; ``None``: all that are not deleted. ``search``: part of a name or address, whatever the case."""

    search: str | None = None
    status: AccountStatus | None = None
    role: UserRole | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        deleted = self.status is AccountStatus.DELETED
        found: list[ColumnElement[bool]] = [User.deleted_at.is_not(None) if deleted else User.deleted_at.is_(None)]
        if self.status is AccountStatus.ACTIVE:
            found.append(User.banned_at.is_(None))
        if self.status is AccountStatus.BANNED:
            found.append(User.banned_at.is_not(None))
        if self.role is not None:
            found.append(User.role == self.role.value)
        if self.search is not None:
            names = (User.username, User.display_name, User.email)
            found.append(or_(*(column.icontains(self.search, autoescape=True) for column in names)))
        return found


async def list_users(work: Work, services: Services, wanted: UserFilter, page: PageQuery) -> Page[AdminUserEntry]:
    """A page of accounts, by when they were made."""

    def show(row: Row[Any]) -> AdminUserEntry:
        return AdminUserEntry(**_columns(services, row.User))

    keyset = Keyset(User.created_at, User.id, ("admin users", wanted))
    return await paginate(work.session, select(User).where(*wanted.conditions), page, keyset, show=show)


async def user_detail(work: Work, services: Services, user: User) -> AdminUserDetail:
    """One account in full."""
    return AdminUserDetail(
        **_columns(services, user),
        bio=user.bio,
        stats=await stats(work, user.id),
        quotas=await quotas(work, services.settings, user.id),
        active_room=await _active_room(work, user.id),
        recent_sessions=await recent_sessions(work, services, user.id, most=_SESSIONS),
        recent_audit_logs=await recent_entries(work, user.id, most=_ENTRIES),
    )


async def change_user(work: Work, services: Services, caller: Caller, *, user_id: str, change: UserChange) -> None:
    """Give somebody another role, ban or unban them.

    Raises :class:`UserNotFoundError`, :class:`api.errors.ForbiddenError`, and :class:`ValidationFailedError` when it
    is the caller, or when no admin would be left who can sign in.
    """
    await find_user(work, user_id)
    if "role" in change.model_fields_set:
        caller.require(Capability.USER_MANAGE)
    if "banned" in change.model_fields_set:
        caller.require(Capability.USER_BAN)
    if user_id == caller.user_id:
        raise ValidationFailedError.of("id", "must be somebody else's")
    user, admins = await _lock(work, user_id)
    if "role" in change.model_fields_set and change.role.value != user.role:
        _change_role(work, caller, user, change.role)
    if "banned" in change.model_fields_set:
        if change.banned:
            await _ban(work, services, caller, user=user, change=change)
        else:
            _unban(work, caller, user)
    if not any(admin.role == UserRole.ADMIN and admin.banned_at is None for admin in admins):
        raise ValidationFailedError.of("id", "is the last admin")


async def _lock(work: Work, user_id: str) -> tuple[User, list[User]]:
    """The account, and all admins: two who change each other at once must not both succeed."""
    statement = (
        select(User)
        .where(User.deleted_at.is_(None), or_(User.id == user_id, User.role == UserRole.ADMIN.value))
        .order_by(User.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    locked = list((await work.session.execute(statement)).scalars())
    user = next((each for each in locked if each.id == user_id), None)
    if user is None:
        raise UserNotFoundError
    return user, locked


def _change_role(work: Work, caller: Caller, user: User, role: UserRole) -> None:
    details = {"from": user.role, "to": role.value}
    user.role = role.value
    user.updated_at = work.now
    audit(work, "admin.user.role", target_type="user", target_id=user.id, actor=caller, details=details)


async def _ban(work: Work, services: Services, caller: Caller, *, user: User, change: UserChange) -> None:
    """Ban somebody; of who is banned already, only the reason changes."""
    banned = user.banned_at is not None
    reason = change.banned_reason if "banned_reason" in change.model_fields_set else user.banned_reason
    if banned and reason == user.banned_reason:
        return
    user.banned_reason = reason
    user.updated_at = work.now
    audit(work, "admin.user.ban", target_type="user", target_id=user.id, actor=caller, details={"reason": reason})
    if not banned:
        user.banned_at = work.now
        await work.session.flush()
        await end_sessions(work, user.id)
        await leave_all_rooms(work, services, user.id)
        await cancel_jobs_of_user(work, services, user.id)


def _unban(work: Work, caller: Caller, user: User) -> None:
    if user.banned_at is None:
        return
    user.banned_at = None
    user.banned_reason = None
    user.updated_at = work.now
    audit(work, "admin.user.unban", target_type="user", target_id=user.id, actor=caller)


async def _active_room(work: Work, user_id: str) -> UserActiveRoom | None:
    statement = (
        select(Room.id, Room.status, Participant.role)
        .join(Participant, Participant.room_id == Room.id)
        .where(Participant.user_id == user_id, Participant.is_active, Room.status != RoomStatus.FINISHED.value)
        .order_by(Participant.present_since.desc(), Room.id)
        .limit(1)
    )
    found = (await work.session.execute(statement)).one_or_none()
    if found is None:
        return None
    return UserActiveRoom(room_id=found.id, status=RoomStatus(found.status), role=RoomRole(found.role))


def _columns(services: Services, user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "username": user.username,
        "display_name": user.display_name,
        "role": UserRole(user.role),
        "avatar_url": avatar_url(services, user.avatar_key),
        "banned_at": user.banned_at,
        "banned_reason": user.banned_reason,
        "last_active_at": user.last_active_at,
        "deleted_at": user.deleted_at,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
