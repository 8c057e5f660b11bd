"""Rooms in the database: what is asked of them again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ScalarSelect, func, select

from api.database import Work
from api.enums import RoleSwapStatus, RoomStatus
from api.rooms.models import Participant, RoleSwap, Room
from api.sessions.models import Session
from api.users.models import User

Seat = tuple[Participant, User]

# Named one by one: the index on it knows what is equal, not what differs, and most rooms are finished.
UNFINISHED: Final = Room.status.in_([status.value for status in RoomStatus if status is not RoomStatus.FINISHED])
"""Rooms that are not over, among all there ever were."""


async def active_participants(work: Work, room_id: str) -> Sequence[Participant]:
    """Who is there, in the order in which they came."""
    here = (Participant.room_id == room_id, Participant.is_active)
    statement = select(Participant).where(*here).order_by(Participant.present_since, Participant.user_id)
    return (await work.session.execute(statement.execution_options(populate_existing=True))).scalars().all()


async def members(work: Work, room_id: str, *, active: bool | None = None) -> list[Seat]:
    """Who has ever joined and was not kicked, with their accounts; only those who are (not) ``active``, if given."""
    statement = (
        select(Participant, User)
        .join(User, User.id == Participant.user_id)
        .where(Participant.room_id == room_id, Participant.removed_at.is_(None))
        .order_by(Participant.joined_at, Participant.user_id)
    )
    if active is not None:
        statement = statement.where(Participant.is_active == active)
    return [(participant, user) for participant, user in (await work.session.execute(statement)).all()]


async def pending_swaps(work: Work, room_id: str, user_id: str | None = None) -> Sequence[RoleSwap]:
    """Requests nobody has answered, even too old ones; ``user_id``: those of or to somebody."""
    statement = select(RoleSwap).where(RoleSwap.room_id == room_id, RoleSwap.status == RoleSwapStatus.PENDING.value)
    if user_id is not None:
        statement = statement.where((RoleSwap.requester_id == user_id) | (RoleSwap.target_id == user_id))
    ordered = statement.order_by(RoleSwap.created_at, RoleSwap.id)
    return (await work.session.execute(ordered.execution_options(populate_existing=True))).scalars().all()


async def open_swap(work: Work, room_id: str) -> RoleSwap | None:
    """The request that waits for its answer now."""
    waiting = [swap for swap in await pending_swaps(work, room_id) if swap.expires_at > work.now]
    return waiting[-1] if waiting else None


async def count_hosted(work: Work, user_id: str) -> int:
    """How many unfinished rooms somebody hosts."""
    statement = select(func.count()).where(Room.host_id == user_id, Room.status != RoomStatus.FINISHED.value)
    return (await work.session.execute(statement.select_from(Room))).scalar_one()


def active_count() -> ScalarSelect[int]:
    """How many people are active in the ``rooms`` row of the statement around it."""
    counted = select(func.count()).select_from(Participant)
    return counted.where(Participant.room_id == Room.id, Participant.is_active).correlate(Room).scalar_subquery()


async def rooms_of(work: Work, user_id: str) -> Sequence[str]:
    """Ids of the unfinished rooms somebody is active in or hosts, in order."""
    unfinished = select(Room.id).where(Room.status != RoomStatus.FINISHED.value)
    there = unfinished.join(Participant, Participant.room_id == Room.id)
    there = there.where(Participant.user_id == user_id, Participant.is_active)
    both = there.union(unfinished.where(Room.host_id == user_id)).subquery()
    return (await work.session.execute(select(both.c.id).order_by(both.c.id))).scalars().all()


async def rooms_with_silent(work: Work, *, before: datetime) -> Sequence[str]:
    """Ids of the unfinished rooms with active people without a sign of life since ``before``."""
    statement = (
        select(Room.id)
        .join(Participant, Participant.room_id == Room.id)
        .where(UNFINISHED, Participant.is_active, Participant.seen_at <= before)
        .distinct()
        .order_by(Room.id)
    )
    return (await work.session.execute(statement)).scalars().all()


async def rooms_with_old_swaps(work: Work) -> Sequence[str]:
    """Ids of the rooms with requests to swap roles that waited too long for an answer."""
    old = (RoleSwap.status == RoleSwapStatus.PENDING.value, RoleSwap.expires_at <= work.now)
    statement = select(RoleSwap.room_id).where(*old).distinct().order_by(RoleSwap.room_id)
    return (await work.session.execute(statement)).scalars().all()


async def overdue_rooms(work: Work, *, empty_before: datetime) -> list[str]:
    """Ids of the unfinished rooms that are empty since ``empty_before``, or have lasted as long as they may."""
    statement = (
        select(Room.id, Room.empty_since, Room.max_duration_min, Session.started_at)
        .outerjoin(Session, Session.room_id == Room.id)
        .where(UNFINISHED)
        .where((Room.empty_since <= empty_before) | Session.started_at.is_not(None))
        .order_by(Room.id)
    )
    return [
        row.id
        for row in await work.session.execute(statement)
        if (row.empty_since is not None and row.empty_since <= empty_before)
        or (row.started_at is not None and row.started_at + timedelta(minutes=row.max_duration_min) <= work.now)
    ]
