"""Cancelling jobs of somebody, or of a room, whatever kind they are."""

from __future__ import annotations

from api.database import Work
from api.services import Services


async def cancel_jobs_of_user(work: Work, services: Services, user_id: str) -> None:
    """Once the transaction is committed, cancel every unfinished job of a user."""
    raise NotImplementedError


async def cancel_jobs_of_room(work: Work, services: Services, room_id: str) -> None:
    """Once the transaction is committed, cancel every unfinished job of a room (which may be gone by then)."""
    raise NotImplementedError
