"""Getting at a room, in the order of API.md 1.8: it exists, one is a member, it is not over, one is active, one may."""

from __future__ import annotations

from dataclasses import dataclass

from api.caller import Caller
from api.database import Work
from api.permissions import RoomCapability
from api.rooms.models import Participant, Room
from api.services import Services


@dataclass(frozen=True, slots=True)
class Access:
    """A room as one person may use it. ``participant`` ``None``: an admin who is no member, with no capability."""

    room: Room
    participant: Participant | None
    capabilities: tuple[RoomCapability, ...]

    def require(self, capability: RoomCapability) -> None:
        """Raises :class:`api.errors.PermissionDeniedError`, which names it, without that capability."""
        raise NotImplementedError


async def read_room(work: Work, services: Services, room_id: str, caller: Caller) -> Access:
    """For reading. Raises ``RoomNotFoundError``; ``NotParticipantError`` for who never joined or was kicked.

    Admins may read every room. Counts as a sign of life.
    """
    raise NotImplementedError


async def write_room(
    work: Work, services: Services, room_id: str, caller: Caller, *, capability: RoomCapability | None = None
) -> Access:
    """For changing it: its row is locked until the transaction ends.

    Raises as :func:`read_room` (admins need to be members here), then ``RoomFinishedError``, then
    ``NotParticipantError`` for who is not active, then ``PermissionDeniedError`` without ``capability``.
    """
    raise NotImplementedError
