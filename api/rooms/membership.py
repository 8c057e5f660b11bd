"""What happens to people in a room: they leave, are ready, muted, given roles, made host, put out."""

from __future__ import annotations

from api.caller import Caller
from api.database import Work
from api.enums import RoomRole, RoomStatus, SessionEventType
from api.errors import (
    CannotChangeRoleError,
    CannotTransferOwnershipError,
    InvalidTransitionError,
    ParticipantNotFoundError,
    ValidationFailedError,
)
from api.permissions import RoomCapability
from api.rooms.access import Access, find_participant, read_room, write_as_member, write_room
from api.rooms.joining import roles_of, rules_of
from api.rooms.lifecycle import expire_swaps, hand_over, leave_room, remove_participant
from api.rooms.models import Participant
from api.rooms.repository import active_participants, members
from api.rooms.requests import UpdateParticipant
from api.rooms.schemas import HostTransferred, ParticipantUpdated, RoomDetail, RoomParticipantSummary
from api.rooms.views import participant_summaries, room_detail
from api.services import Services
from api.sessions.course import follow_participant
from api.sessions.record import record_event


async def list_participants(
    work: Work, services: Services, room_id: str, caller: Caller, *, active: bool | None
) -> list[RoomParticipantSummary]:
    """Who is in a room, or was and may come back."""
    access = await read_room(work, services, room_id, caller)
    return participant_summaries(services, access.room, await members(work, room_id, active=active))


async def leave(work: Work, services: Services, room_id: str, caller: Caller) -> None:
    """Go. Who is gone already is gone by choice now."""
    access = await write_as_member(work, services, room_id, caller)
    if access.member.is_active:
        await leave_room(work, access.room, access.member, by_choice=True)
    else:
        access.member.left_by_choice = True


async def toggle_ready(work: Work, services: Services, room_id: str, caller: Caller) -> RoomDetail:
    """Be ready, or not any more. Raises :class:`InvalidTransitionError` once it has begun."""
    access = await write_room(work, services, room_id, caller)
    if access.room.status != RoomStatus.WAITING:
        raise InvalidTransitionError
    access.member.is_ready = not access.member.is_ready
    access.room.updated_at = work.now
    return await room_detail(work, services, access)


async def update_participant(
    work: Work, services: Services, room_id: str, caller: Caller, *, user_id: str, asked: UpdateParticipant
) -> ParticipantUpdated:
    """Give somebody another role, mute them or let them speak: all of it or nothing.

    Raises :class:`ParticipantNotFoundError`, ``PermissionDeniedError``, ``NotPeerModeError``,
    :class:`CannotChangeRoleError`, ``RoleConstraintError``.
    """
    access = await write_room(work, services, room_id, caller)
    given = asked.model_fields_set
    if "role" in given:
        access.require(RoomCapability.ASSIGN_ROLE)
    if user_id != caller.user_id:
        access.require(RoomCapability.KICK)
    person = await _present(work, access, user_id)
    previous = RoomRole(person.role)
    if "muted" in given:
        _check_mute(access, person, muted=asked.muted)
    if "role" in given:
        await _change_role(work, services, access, person, role=asked.role)
    if "muted" in given:
        _mute(access, person, muted=asked.muted)
    access.room.updated_at = work.now
    return ParticipantUpdated(
        room=await room_detail(work, services, access),
        updated_user_id=person.user_id,
        previous_role=previous,
        current_role=RoomRole(person.role),
        muted=person.muted_by is not None,
        updated_at=work.now,
        updated_by=caller.user_id,
    )


async def kick(work: Work, services: Services, room_id: str, caller: Caller, *, user_id: str) -> None:
    """Put somebody out for good, even if they are not there now.

    Raises :class:`ParticipantNotFoundError`; :class:`ValidationFailedError` for oneself.
    """
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.KICK)
    if user_id == caller.user_id:
        raise ValidationFailedError.of("userId", "is yourself: leave the room instead")
    person = await find_participant(work, access.room.id, user_id)
    if person is None or person.removed_at is not None:
        raise ParticipantNotFoundError
    await remove_participant(work, access.room, person, by=caller.user_id)


async def transfer_ownership(
    work: Work, services: Services, room_id: str, caller: Caller, *, user_id: str
) -> HostTransferred:
    """Make somebody else host; roles stay.

    Raises :class:`ParticipantNotFoundError`; :class:`CannotTransferOwnershipError` for oneself and for who is away.
    """
    access = await write_room(work, services, room_id, caller)
    access.require_host()
    person = await find_participant(work, access.room.id, user_id)
    if person is None or person.removed_at is not None:
        raise ParticipantNotFoundError
    if user_id == caller.user_id or not person.is_active:
        raise CannotTransferOwnershipError
    await hand_over(work, access.room, person, by=caller.user_id)
    return HostTransferred(
        room_id=access.room.id,
        previous_host_id=caller.user_id,
        current_host_id=person.user_id,
        transferred_at=work.now,
        transferred_by=caller.user_id,
    )


async def _present(work: Work, access: Access, user_id: str) -> Participant:
    if user_id == access.member.user_id:
        return access.member
    person = await find_participant(work, access.room.id, user_id)
    if person is None or not person.is_active:
        raise ParticipantNotFoundError
    return person


def _check_mute(access: Access, person: Participant, *, muted: bool) -> None:
    """Everybody may be silent, and speak again unless somebody else silenced them: that is for the host to undo."""
    if not muted and person.muted_by not in {None, person.user_id}:
        access.require(RoomCapability.KICK)


def _mute(access: Access, person: Participant, *, muted: bool) -> None:
    own = person.user_id == access.member.user_id
    if not muted:
        person.muted_by = None
    elif not own or person.muted_by is None:
        person.muted_by = access.member.user_id


async def _change_role(work: Work, services: Services, access: Access, person: Participant, *, role: RoomRole) -> None:
    rules = rules_of(services, access.room)
    rules.check_mode(role)
    if access.room.status != RoomStatus.WAITING:
        raise CannotChangeRoleError
    others = [other for other in await active_participants(work, access.room.id) if other is not person]
    rules.check([*roles_of(others), role])
    if role == person.role:
        return
    details = {"userId": person.user_id, "from": person.role, "to": role.value}
    person.role = role.value
    await expire_swaps(work, access.room, user_id=person.user_id)
    await follow_participant(work, person)
    await record_event(
        work, access.room.id, SessionEventType.ROLE_CHANGED, user_id=access.member.user_id, details=details
    )
