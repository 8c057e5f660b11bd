"""Signs of life, gathered in memory and written now and then: not every request has to write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from api.clock import Clock
from api.database import Database, Work
from api.rooms.models import Participant, Room
from api.users.models import User

FLUSH_S: Final = 10.0
"""How often they are written."""


class Activity:
    """Who was last seen when, as an account and in a room."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._users: dict[str, datetime] = {}
        self._rooms: dict[tuple[str, str], datetime] = {}

    def seen(self, user_id: str, room_id: str | None = None) -> None:
        """Somebody has just done something, maybe in a room."""
        now = self._clock.now()
        self._users[user_id] = now
        if room_id is not None:
            self._rooms[room_id, user_id] = now

    async def flush(self, database: Database) -> None:
        """Write what was gathered; what cannot be written is lost, and comes again."""
        users, self._users = self._users, {}
        rooms, self._rooms = self._rooms, {}
        if not users and not rooms:
            return
        async with database.write() as work:
            if rooms:
                await _hold_rooms(work, {room_id for room_id, _ in rooms})
            for (room_id, user_id), moment in sorted(rooms.items()):
                here = (Participant.room_id == room_id, Participant.user_id == user_id, Participant.seen_at < moment)
                await work.session.execute(update(Participant).where(*here).values(seen_at=moment))
            for user_id in await _hold_users(work, set(users)):
                moment = users.pop(user_id)
                await work.session.execute(update(User).where(User.id == user_id).values(last_active_at=moment))
        self._users = {**users, **self._users}


async def _hold_rooms(work: Work, room_ids: set[str]) -> None:
    """Nobody changes these rooms until the transaction ends.

    Who changes a room changes its people in whatever order: without this, they and we could wait for each other.
    """
    held = select(Room.id).where(Room.id.in_(sorted(room_ids))).order_by(Room.id)
    await work.session.execute(held.with_for_update(read=True, key_share=True))


async def _hold_users(work: Work, user_ids: set[str]) -> Sequence[str]:
    """Those of them whom nobody else is changing: the others' turn comes next time.

    Waiting for one account while holding others is what nobody else does, and could end in waiting for each other.
    """
    free = select(User.id).where(User.id.in_(sorted(user_ids))).order_by(User.id)
    free = free.with_for_update(key_share=True, skip_locked=True)
    return (await work.session.execute(free)).scalars().all()
