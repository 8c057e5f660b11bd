"""Exchanging roles: one asks, the other answers within half a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api.caller import Caller
from api.database import Work, is_id, new_id
from api.enums import RoleSwapStatus, RoomMode, RoomRole, RoomStatus, SessionEventType
from api.errors import (
    CannotChangeRoleError,
    NotPeerModeError,
    ParticipantNotFoundError,
    PermissionDeniedError,
    RoleSwapExpiredError,
    RoleSwapNotFoundError,
)
from api.rooms.access import Access, find_participant, write_room
from api.rooms.models import Participant, RoleSwap, Room
from api.rooms.repository import active_participants, open_swap
from api.rooms.requests import SwapAction
from api.rooms.schemas import RoleSwapAnswered, RoleSwapView
from api.rooms.views import room_detail, swap_view
from api.services import Services
from api.sessions.course import follow_participant
from api.sessions.record import record_event


@dataclass(frozen=True, slots=True)
class Requested:
    """A request, and whether it is a new one."""

    swap: RoleSwapView
    new: bool


async def request_swap(
    work: Work, services: Services, room_id: str, caller: Caller, *, target_id: str | None
) -> Requested:
    """Ask the other of the two to exchange roles. Asked by both, it is done.

    Raises ``PermissionDeniedError`` for observers, :class:`NotPeerModeError`, :class:`CannotChangeRoleError` in
    ``wrapup``, :class:`ParticipantNotFoundError` when there is nobody to exchange roles with.
    """
    access = await write_room(work, services, room_id, caller)
    room, mine = access.room, access.member
    if mine.role == RoomRole.OBSERVER:
        raise PermissionDeniedError("Observers have no role to exchange")
    if room.mode != RoomMode.PEER:
        raise NotPeerModeError
    if room.status == RoomStatus.WRAPUP:
        raise CannotChangeRoleError
    other = await _other(work, access, target_id)
    waiting = await open_swap(work, room.id)
    if waiting is not None and waiting.requester_id == mine.user_id:
        return Requested(swap_view(waiting), new=False)
    if waiting is not None:
        await _accept(work, room, waiting, mine=mine, other=other)
        return Requested(swap_view(waiting), new=False)
    swap = RoleSwap(
        id=new_id(),
        room_id=room.id,
        requester_id=mine.user_id,
        target_id=other.user_id,
        status=RoleSwapStatus.PENDING.value,
        created_at=work.now,
        expires_at=work.now + timedelta(seconds=services.settings.role_swap_seconds),
    )
    work.session.add(swap)
    await _record(work, SessionEventType.ROLE_SWAP_REQUESTED, swap, mine)
    return Requested(swap_view(swap), new=True)


async def answer_swap(
    work: Work, services: Services, room_id: str, caller: Caller, *, swap_id: str, action: SwapAction
) -> RoleSwapAnswered:
    """Say yes or no to a request.

    Raises :class:`RoleSwapNotFoundError`, ``PermissionDeniedError`` for who was not asked,
    :class:`RoleSwapExpiredError` when it is too old, was answered, or the one or the other was away meanwhile.
    """
    access = await write_room(work, services, room_id, caller)
    room, mine = access.room, access.member
    swap = await work.session.get(RoleSwap, swap_id, populate_existing=True) if is_id(swap_id) else None
    if swap is None or swap.room_id != room.id:
        raise RoleSwapNotFoundError
    if swap.target_id != mine.user_id:
        raise PermissionDeniedError("Somebody else was asked")
    if swap.status != RoleSwapStatus.PENDING or swap.expires_at <= work.now:
        raise RoleSwapExpiredError
    if action is SwapAction.ACCEPT:
        requester = await find_participant(work, room.id, swap.requester_id)
        if requester is None or not requester.is_active:
            raise RoleSwapExpiredError
        await _accept(work, room, swap, mine=mine, other=requester)
    else:
        swap.status = RoleSwapStatus.DECLINED.value
        swap.responded_at = work.now
        await _record(work, SessionEventType.ROLE_SWAP_DECLINED, swap, mine)
    return RoleSwapAnswered(swap=swap_view(swap), room=await room_detail(work, services, access))


async def _other(work: Work, access: Access, target_id: str | None) -> Participant:
    """The one with the other of the two roles, who must be ``target_id`` if that is given."""
    for participant in await active_participants(work, access.room.id):
        mine = participant.user_id == access.member.user_id
        if not mine and participant.role != RoomRole.OBSERVER and target_id in {None, participant.user_id}:
            return participant
    raise ParticipantNotFoundError("There is nobody to exchange roles with")


async def _accept(work: Work, room: Room, swap: RoleSwap, *, mine: Participant, other: Participant) -> None:
    mine.role, other.role = other.role, mine.role
    swap.status = RoleSwapStatus.ACCEPTED.value
    swap.responded_at = room.updated_at = work.now
    for participant in (mine, other):
        await follow_participant(work, participant)
    await _record(work, SessionEventType.ROLE_SWAP_ACCEPTED, swap, mine)


async def _record(work: Work, type_: SessionEventType, swap: RoleSwap, by: Participant) -> None:
    details = {"swapId": swap.id, "requesterId": swap.requester_id, "targetUserId": swap.target_id}
    await record_event(work, swap.room_id, type_, user_id=by.user_id, details=details)
