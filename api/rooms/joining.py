"""How people come into a room, and what they see of it before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from api.caller import Caller
from api.database import Work
from api.enums import RoomMode, RoomRole, RoomStatus, SessionEventType
from api.errors import (
    AlreadyJoinedError,
    ParticipantRemovedError,
    RoomFinishedError,
    RoomInvalidCodeError,
    RoomNotFoundError,
)
from api.permissions import Capability
from api.problems.models import Problem
from api.ratelimit import Rule
from api.rooms.access import Access, find_participant, lock_room
from api.rooms.codes import read_code
from api.rooms.lifecycle import hand_over
from api.rooms.models import Participant, Room
from api.rooms.repository import active_participants
from api.rooms.requests import JoinRoom
from api.rooms.roles import RoleRules
from api.rooms.schemas import RoomJoined, RoomPreview
from api.rooms.views import collab_url, language_of, name_of, room_detail
from api.services import Services
from api.sessions.course import follow_participant
from api.sessions.record import record_event
from api.users.models import User


def rules_of(services: Services, room: Room) -> RoleRules:
    """What a room's roles must obey."""
    return RoleRules(RoomMode(room.mode), room.max_participants, services.settings.observers)


def roles_of(participants: Sequence[Participant]) -> list[RoomRole]:
    """The roles people have."""
    return [RoomRole(participant.role) for participant in participants]


async def join_room(work: Work, services: Services, room_id: str, caller: Caller, *, asked: JoinRoom) -> RoomJoined:
    """Come into a room, or come back into it.

    Guesses of the code are counted before the code is looked at. Raises ``RoomNotFoundError``,
    ``ParticipantRemovedError``, ``RoomFinishedError``, ``AlreadyJoinedError``, ``RateLimitError``,
    ``RoomInvalidCodeError`` and what :meth:`RoleRules.assign` raises.
    """
    caller.require(Capability.ROOM_JOIN)
    room = await lock_room(work, room_id)
    known = await find_participant(work, room.id, caller.user_id)
    if known is not None and known.removed_at is not None:
        raise ParticipantRemovedError
    if room.status == RoomStatus.FINISHED:
        raise RoomFinishedError
    requested = asked.requested_role if "requested_role" in asked.model_fields_set else None
    rules = rules_of(services, room)
    if known is not None and known.is_active:
        services.activity.seen(caller.user_id, room.id)
        if requested is not None:
            rules.check_mode(requested)
        raise AlreadyJoinedError
    await count_guess(services, caller)
    _check_code(room, asked, excused=known is not None or caller.may(Capability.ROOM_JOIN_ANY))
    assigned = rules.assign(
        roles_of(await active_participants(work, room.id)),
        requested=requested,
        former=None if known is None else RoomRole(known.role),
    )
    participant = known or Participant(
        room_id=room.id, user_id=caller.user_id, joined_at=work.now, is_ready=False, left_by_choice=False
    )
    participant.role = assigned.role.value
    participant.is_active = True
    participant.present_since = participant.seen_at = work.now
    participant.left_at = None
    participant.left_by_choice = False
    work.session.add(participant)
    found_empty = room.empty_since is not None
    room.empty_since = None
    room.updated_at = work.now
    await follow_participant(work, participant)
    details = {"role": assigned.role.value}
    await record_event(work, room.id, SessionEventType.PARTICIPANT_JOINED, user_id=caller.user_id, details=details)
    if found_empty and await _host_is_gone(work, room):
        await hand_over(work, room, participant, by=caller.user_id)
    access = Access(room, participant)
    return RoomJoined(
        room=await room_detail(work, services, access),
        assigned_role=assigned.role,
        requested_role=requested,
        assignment_reason=assigned.reason,
        my_capabilities=list(access.capabilities),
        collab_token=services.tokens.collab(caller.user_id, room.id, participant.role),
        collab_url=collab_url(services, room.id),
    )


async def preview_room(work: Work, services: Services, caller: Caller, text: str) -> RoomPreview:
    """The unfinished room of a code.

    Raises :class:`RoomInvalidCodeError`, ``RateLimitError`` or ``RoomNotFoundError``.
    """
    code = read_code(text)
    await count_guess(services, caller)
    statement = (
        select(Room, User, Problem.title)
        .join(User, User.id == Room.host_id)
        .outerjoin(Problem, Problem.id == Room.problem_id)
        .where(Room.code_key == code)
    )
    found = (await work.session.execute(statement)).one_or_none()
    if found is None:
        over = select(Room.id).where(Room.code == code, Room.status == RoomStatus.FINISHED.value).limit(1)
        if (await work.session.execute(over)).first() is not None:
            raise RoomInvalidCodeError("This code has expired")
        raise RoomNotFoundError
    room, host, problem_title = found
    there = await active_participants(work, room.id)
    free = rules_of(services, room).free(roles_of(there))
    return RoomPreview(
        room_id=room.id,
        room_code=room.code,
        name=room.name,
        mode=RoomMode(room.mode),
        status=RoomStatus(room.status),
        host_name=name_of(host),
        language=language_of(room.language),
        problem_title=problem_title,
        participant_count=len(there),
        max_participants=room.max_participants,
        is_full=not free,
        is_private=room.is_private,
        available_roles=free,
        already_joined=any(participant.user_id == caller.user_id for participant in there),
    )


async def count_guess(services: Services, caller: Caller) -> None:
    """Joining and looking codes up count together. Raises :class:`api.errors.RateLimitError`."""
    await services.limiter.spend(Rule("room_joins", services.settings.joins_per_minute), caller.user_id)


async def _host_is_gone(work: Work, room: Room) -> bool:
    """Whether whoever hosts a room has no account to come back with; they left it when nobody was there to take it."""
    host = await work.session.get_one(User, room.host_id)
    return host.deleted_at is not None or host.banned_at is not None


def _check_code(room: Room, asked: JoinRoom, *, excused: bool) -> None:
    """A code that is given must be the room's; who is ``excused`` need not give one, nor anybody in a public room."""
    if "room_code" in asked.model_fields_set:
        if read_code(asked.room_code) != room.code:
            raise RoomInvalidCodeError
    elif room.is_private and not excused:
        raise RoomInvalidCodeError("This room asks for its code")
