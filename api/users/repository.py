"""Accounts in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, select

from api.database import Work, is_id
from api.enums import RoomStatus
from api.errors import UnauthorizedError, UserNotFoundError
from api.rooms.models import Participant, Room
from api.users.models import User

_COME_BACK: Final = timedelta(minutes=10)


async def find_user(work: Work, user_id: str) -> User:
    """An account that is not deleted. Raises :class:`UserNotFoundError`, for ids that are none too."""
    user = await work.session.get(User, user_id) if is_id(user_id) else None
    if user is None or user.deleted_at is not None:
        raise UserNotFoundError
    return user


async def lock_caller(work: Work, user_id: str) -> User:
    """The caller's own account, which nobody else changes until the transaction ends.

    Raises :class:`UnauthorizedError` if it was deleted since the request came.
    """
    user = await work.session.get(User, user_id, with_for_update=True)
    if user is None or user.deleted_at is not None:
        raise UnauthorizedError
    return user


async def email_is_taken(work: Work, email: str) -> bool:
    """Whether somebody has this address."""
    return await _exists(work, User.email_key == email.lower())


async def username_is_taken(work: Work, username: str, *, but: str | None = None) -> bool:
    """Whether somebody (other than ``but``) has this name, ignoring case."""
    return await _exists(work, User.username_key == username.lower(), User.id != (but or ""))


async def find_by_identifier(work: Work, identifier: str) -> User | None:
    """Whose e-mail or username it is."""
    name = identifier.strip().lower()
    column = User.email_key if "@" in name else User.username_key
    return (await work.session.execute(select(User).where(column == name))).scalar_one_or_none()


async def find_active_room(work: Work, user_id: str) -> tuple[Room, Participant] | None:
    """The newest unfinished room somebody is active in, else one they dropped out of a moment ago, with their seat."""
    unfinished = (
        select(Room, Participant)
        .join(Participant, Participant.room_id == Room.id)
        .where(
            Participant.user_id == user_id, Participant.removed_at.is_(None), Room.status != RoomStatus.FINISHED.value
        )
        .limit(1)
    )
    active = unfinished.where(Participant.is_active).order_by(Room.created_at.desc(), Room.id.desc())
    dropped = unfinished.where(
        ~Participant.is_active, ~Participant.left_by_choice, Participant.left_at >= work.now - _COME_BACK
    ).order_by(Participant.left_at.desc(), Room.id.desc())
    for statement in (active, dropped):
        found = (await work.session.execute(statement)).one_or_none()
        if found is not None:
            return found.Room, found.Participant
    return None


async def _exists(work: Work, *conditions: ColumnElement[bool]) -> bool:
    return (await work.session.execute(select(User.id).where(*conditions).limit(1))).first() is not None
