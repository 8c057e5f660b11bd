"""The coding timer of a room: unpaused time in ``coding``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from api.rooms.models import Room

_MS: Final = timedelta(milliseconds=1)


def milliseconds(duration: timedelta) -> int:
    """A duration in whole milliseconds."""
    return duration // _MS


def elapsed_ms(room: Room, now: datetime) -> int:
    """What the timer shows at ``now``."""
    running = timedelta() if room.timer_started_at is None else now - room.timer_started_at
    return room.elapsed_ms + max(0, milliseconds(running))


def start(room: Room, now: datetime) -> None:
    """Count from nothing."""
    room.elapsed_ms = 0
    room.timer_started_at = now
    room.timer_paused = False


def stop(room: Room, now: datetime) -> None:
    """Stand still for good, keeping what was counted."""
    room.elapsed_ms = elapsed_ms(room, now)
    room.timer_started_at = None
    room.timer_paused = False


def pause(room: Room, now: datetime) -> None:
    """Stand still until :func:`resume`."""
    stop(room, now)
    room.timer_paused = True


def resume(room: Room, now: datetime) -> None:
    """Count on."""
    room.timer_started_at = now
    room.timer_paused = False
