"""How rooms end, and how people drop out of them."""

from __future__ import annotations

from api.database import Work
from api.rooms.models import Room
from api.services import Services


async def finish_room(work: Work, services: Services, room: Room, *, by: str | None) -> None:
    """Everything that entering ``finished`` does (API.md 2), from any unfinished status. ``room`` is locked.

    ``by``: the user's id, ``None`` for the system.
    """
    raise NotImplementedError


async def leave_all_rooms(work: Work, services: Services, user_id: str) -> None:
    """Somebody is gone (account deleted or banned): leave every room, by the rules of leaving."""
    raise NotImplementedError
