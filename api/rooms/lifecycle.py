"""How rooms end, and how people drop out of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import structlog

from api.database import Work
from api.enums import RoleSwapStatus, RoomRole, RoomStatus, SessionEventType, SnapshotTrigger
from api.errors import RoomNotFoundError
from api.rooms import timer
from api.rooms.access import find_participant, lock_room
from api.rooms.models import Participant, Room
from api.rooms.repository import active_participants, pending_swaps, rooms_of
from api.services import Services
from api.sessions.course import end_session, follow_departure
from api.sessions.record import record_event, repeat_snapshot

_log = structlog.get_logger("api")
_HEIRS: Final = (RoomRole.INTERVIEWER, RoomRole.CANDIDATE, RoomRole.OBSERVER)


async def finish_room(work: Work, services: Services, room: Room, *, by: str | None) -> None:
    """Everything that entering ``finished`` does (API.md 2), from any unfinished status. ``room`` is locked.

    ``by``: the user's id, ``None`` for the system.
    """
    previous = RoomStatus(room.status)
    timer.stop(room, work.now)
    await expire_swaps(work, room)
    for participant in await active_participants(work, room.id):
        _put_out(participant, work, by_choice=False)
    room.status = RoomStatus.FINISHED.value
    room.phase_started_at = work.now
    room.ended_at = work.now
    room.updated_at = work.now
    room.code_key = None
    room.empty_since = None
    if await end_session(work, room, duration_ms=room.elapsed_ms):
        await repeat_snapshot(work, room.id, SnapshotTrigger.SESSION_END, phase=RoomStatus.FINISHED)
        phases = {"from": previous.value, "to": RoomStatus.FINISHED.value}
        await record_event(work, room.id, SessionEventType.PHASE_CHANGED, user_id=by, details=phases)
        await record_event(work, room.id, SessionEventType.SESSION_FINISHED, user_id=by)
    room_id = room.id

    async def close() -> None:
        await services.planes.close_room(room_id)

    work.after_commit(close)


async def leave_room(work: Work, room: Room, participant: Participant, *, by_choice: bool) -> None:
    """Somebody active drops out of a locked, unfinished room: who hosts it and how long it lives may change.

    ``by_choice``: they left; else they fell silent or their account is gone.
    """
    _put_out(participant, work, by_choice=by_choice)
    await expire_swaps(work, room, user_id=participant.user_id)
    await follow_departure(work, participant)
    details = None if by_choice else {"reason": "inactive"}
    await record_event(work, room.id, SessionEventType.PARTICIPANT_LEFT, user_id=participant.user_id, details=details)
    remaining = await active_participants(work, room.id)
    if not remaining:
        room.empty_since = work.now
    elif room.host_id == participant.user_id:
        await hand_over(work, room, heir(remaining), by=participant.user_id)
    room.updated_at = work.now


async def remove_participant(work: Work, room: Room, participant: Participant, *, by: str) -> None:
    """Somebody is put out of a locked, unfinished room, active or not, for good. Never its host."""
    _put_out(participant, work, by_choice=False)
    participant.removed_at = work.now
    await expire_swaps(work, room, user_id=participant.user_id)
    await follow_departure(work, participant)
    kicked = {"userId": participant.user_id}
    await record_event(work, room.id, SessionEventType.PARTICIPANT_KICKED, user_id=by, details=kicked)
    room.updated_at = work.now


async def leave_all_rooms(work: Work, services: Services, user_id: str) -> None:
    """Somebody is gone (account deleted or banned): leave every room, by the rules of leaving, and host none.

    That happens once the transaction is committed, in one of its own for each room: whoever holds a room may be
    waiting for the user's row, which this transaction holds.
    """

    async def leave(work: Work, room: Room) -> None:
        participant = await find_participant(work, room.id, user_id)
        if participant is not None and participant.is_active:
            await leave_room(work, room, participant, by_choice=True)
        elif room.host_id == user_id and (remaining := await active_participants(work, room.id)):
            await hand_over(work, room, heir(remaining), by=user_id)

    async def leave_all() -> None:
        async with services.database.read() as reading:
            rooms = await rooms_of(reading, user_id)
        await change_each(services, rooms, leave)

    work.after_commit(leave_all)


async def change_each(
    services: Services, room_ids: Iterable[str], change: Callable[[Work, Room], Awaitable[None]]
) -> None:
    """Change unfinished rooms, each in a transaction of its own, passing by those that are gone or finished by now.

    One that cannot be changed is logged and does not keep the others from it.
    """
    for room_id in room_ids:
        try:
            async with services.database.write() as work:
                room = await lock_room(work, room_id)
                if room.status != RoomStatus.FINISHED:
                    await change(work, room)
        except RoomNotFoundError:
            continue
        except Exception:  # noqa: BLE001 - whatever is wrong with one room is none of the next one's business
            _log.exception("room could not be changed", room_id=room_id)


async def hand_over(work: Work, room: Room, participant: Participant, *, by: str) -> None:
    """Make somebody the host."""
    hosts = {"from": room.host_id, "to": participant.user_id}
    room.host_id = participant.user_id
    room.updated_at = work.now
    await record_event(work, room.id, SessionEventType.HOST_TRANSFERRED, user_id=by, details=hosts)


async def expire_swaps(work: Work, room: Room, *, user_id: str | None = None, before: datetime | None = None) -> None:
    """Requests to swap roles that wait for an answer never get it.

    ``user_id``: only those of or to somebody; ``before``: only those whose time was up by then.
    """
    for swap in await pending_swaps(work, room.id, user_id):
        if before is not None and swap.expires_at > before:
            continue
        swap.status = RoleSwapStatus.EXPIRED.value
        await record_event(
            work,
            room.id,
            SessionEventType.ROLE_SWAP_EXPIRED,
            details={"swapId": swap.id},
            at=min(work.now, swap.expires_at),
        )


def heir(remaining: Sequence[Participant]) -> Participant:
    """Who becomes host of those who remain, who are in the order in which they came."""
    return min(remaining, key=lambda participant: _HEIRS.index(RoomRole(participant.role)))


def _put_out(participant: Participant, work: Work, *, by_choice: bool) -> None:
    if participant.is_active:
        participant.left_at = work.now
    participant.is_active = False
    participant.is_ready = False
    participant.left_by_choice = by_choice
