"""Writing a session's history, in the transaction of what happened."""

from __future__ import annotations

from typing import Any

from api.database import Work
from api.enums import RoomStatus, SessionEventType, SnapshotTrigger


async def record_event(
    work: Work,
    room_id: str,
    type_: SessionEventType,
    *,
    user_id: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Something happened in a room; before it has a session nothing is kept."""
    raise NotImplementedError


async def record_snapshot(
    work: Work, room_id: str, trigger: SnapshotTrigger, *, language: str, code: str, phase: RoomStatus | None
) -> None:
    """Keep the code as it is now; before the room has a session nothing is kept."""
    raise NotImplementedError
