"""Getting at a room, in the order of API.md 1.8: it exists, one is a member, it is not over, one is active, one may."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from api.caller import Caller
from api.database import Work, is_id
from api.enums import RoomMode, RoomRole, RoomStatus
from api.errors import NotParticipantError, PermissionDeniedError, RoomFinishedError, RoomNotFoundError
from api.permissions import RoomCapability, room_capabilities
from api.rooms.models import Participant, Room
from api.services import Services


@dataclass(frozen=True, slots=True)
class Access:
    """A room as one person may use it. ``participant`` ``None``: an admin who is no member, with no capability."""

    room: Room
    participant: Participant | None

    @property
    def host(self) -> bool:
        """Whether this is the room's host."""
        return self.participant is not None and self.participant.user_id == self.room.host_id

    @property
    def capabilities(self) -> tuple[RoomCapability, ...]:
        """What they may do here, by the role they have now."""
        if self.participant is None:
            return ()
        return room_capabilities(RoomRole(self.participant.role), RoomMode(self.room.mode), host=self.host)

    def require(self, capability: RoomCapability) -> None:
        """Raises :class:`api.errors.PermissionDeniedError`, which names it, without that capability."""
        if capability not in self.capabilities:
            raise PermissionDeniedError(details={"capability": capability.value})

    def require_host(self) -> None:
        """Raises :class:`api.errors.PermissionDeniedError` for everybody but the host."""
        if not self.host:
            raise PermissionDeniedError("Only the host may do this")

    @property
    def member(self) -> Participant:
        """The participant of who was admitted as a member: everybody whom :func:`write_room` admits is one."""
        if self.participant is None:
            raise NotParticipantError
        return self.participant


async def lock_room(work: Work, room_id: str) -> Room:
    """The room, which nobody else changes until the transaction ends. Raises ``RoomNotFoundError``."""
    if not is_id(room_id):
        raise RoomNotFoundError
    statement = select(Room).where(Room.id == room_id).with_for_update().execution_options(populate_existing=True)
    room = (await work.session.execute(statement)).scalar_one_or_none()
    if room is None:
        raise RoomNotFoundError
    work.catch_up()
    return room


async def find_participant(work: Work, room_id: str, user_id: str) -> Participant | None:
    """Whoever has ever joined, kicked or not, as of now."""
    if not is_id(user_id):
        return None
    return await work.session.get(Participant, (room_id, user_id), populate_existing=True)


async def read_room(work: Work, services: Services, room_id: str, caller: Caller) -> Access:
    """For reading. Raises ``RoomNotFoundError``; ``NotParticipantError`` for who never joined or was kicked.

    Admins may read every room. Counts as a sign of life.
    """
    room = await work.session.get(Room, room_id) if is_id(room_id) else None
    if room is None:
        raise RoomNotFoundError
    participant = await find_participant(work, room.id, caller.user_id)
    if participant is not None and participant.removed_at is None:
        services.activity.seen(caller.user_id, room.id)
        return Access(room, participant)
    if not caller.admin:
        raise NotParticipantError
    return Access(room, None)


async def write_room(
    work: Work, services: Services, room_id: str, caller: Caller, *, capability: RoomCapability | None = None
) -> Access:
    """For changing it: its row is locked until the transaction ends.

    Raises as :func:`read_room` (admins need to be members here), then ``RoomFinishedError``, then
    ``NotParticipantError`` for who is not active, then ``PermissionDeniedError`` without ``capability``.
    """
    access = await write_as_member(work, services, room_id, caller)
    if not access.member.is_active:
        raise NotParticipantError
    if capability is not None:
        access.require(capability)
    return access


async def write_as_member(work: Work, services: Services, room_id: str, caller: Caller) -> Access:
    """As :func:`write_room`, for what members may do who are not active."""
    room = await lock_room(work, room_id)
    participant = await find_participant(work, room.id, caller.user_id)
    if participant is None or participant.removed_at is not None:
        raise NotParticipantError
    services.activity.seen(caller.user_id, room.id)
    if room.status == RoomStatus.FINISHED:
        raise RoomFinishedError
    return Access(room, participant)
