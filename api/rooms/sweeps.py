"""What time does to rooms: the silent drop out, requests grow old, empty and endless rooms finish."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from api.database import Work
from api.rooms.lifecycle import change_each, expire_swaps, finish_room, leave_room
from api.rooms.models import Room
from api.rooms.repository import active_participants, overdue_rooms, rooms_with_old_swaps, rooms_with_silent
from api.services import Services
from api.sessions.record import session_of

PRESENCE_S: Final = 15.0
"""How often silence is looked for."""

ROOMS_S: Final = 60.0
"""How often rooms that should be over are looked for."""


async def sweep_presence(services: Services) -> None:
    """Who was silent for too long is not active any more; requests to swap roles that are too old expire."""
    await services.activity.flush(services.database)
    silence = timedelta(seconds=services.settings.presence_seconds)
    async with services.database.read() as work:
        silent = await rooms_with_silent(work, before=work.now - silence)
        waiting = await rooms_with_old_swaps(work)

    async def drop_silent(work: Work, room: Room) -> None:
        for participant in await active_participants(work, room.id):
            if participant.seen_at <= work.now - silence:
                await leave_room(work, room, participant, by_choice=False)

    async def drop_swaps(work: Work, room: Room) -> None:
        await expire_swaps(work, room, before=work.now)

    await change_each(services, silent, drop_silent)
    await change_each(services, waiting, drop_swaps)


async def sweep_rooms(services: Services) -> None:
    """Rooms that were empty for too long, or have lasted as long as they may, finish."""
    idle = timedelta(minutes=services.settings.idle_room_minutes)
    async with services.database.read() as work:
        overdue = await overdue_rooms(work, empty_before=work.now - idle)

    async def finish(work: Work, room: Room) -> None:
        session = await session_of(work, room.id)
        empty = room.empty_since is not None and room.empty_since <= work.now - idle
        lasts = timedelta(minutes=room.max_duration_min)
        if empty or (session is not None and session.started_at <= work.now - lasts):
            await finish_room(work, services, room, by=None)

    await change_each(services, overdue, finish)
