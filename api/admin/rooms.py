"""Rooms as admins see and close them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from api.admin.schemas import AdminRoomEntry, ForceClosed
from api.audit import audit
from api.caller import Caller
from api.database import Work
from api.enums import RoomMode, RoomStatus
from api.errors import RoomFinishedError
from api.pagination import Keyset, PageQuery, paginate
from api.permissions import Capability
from api.problems.models import Problem
from api.rooms import timer
from api.rooms.access import lock_room
from api.rooms.lifecycle import finish_room
from api.rooms.models import Room
from api.rooms.repository import active_count
from api.rooms.views import language_of, name_of
from api.schemas import Page
from api.services import Services
from api.sessions.models import Session
from api.users.models import User


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms; ``None``: all. ``search``: part of a room's name or code, or its host's name, whatever the case."""

    search: str | None = None
    status: RoomStatus | None = None
    mode: RoomMode | None = None
    host_id: str | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        found: list[ColumnElement[bool]] = []
        if self.status is not None:
            found.append(Room.status == self.status.value)
        if self.mode is not None:
            found.append(Room.mode == self.mode.value)
        if self.host_id is not None:
            found.append(Room.host_id == self.host_id)
        if self.search is not None:
            names = (Room.name, Room.code, User.username, User.display_name)
            found.append(or_(*(column.icontains(self.search, autoescape=True) for column in names)))
        return found


async def list_rooms(work: Work, wanted: RoomFilter, page: PageQuery) -> Page[AdminRoomEntry]:
    """A page of rooms, by when they were made."""
    statement = (
        select(Room, User, Problem.title, Session.id.label("session_id"), active_count().label("people"))
        .join(User, User.id == Room.host_id)
        .outerjoin(Problem, Problem.id == Room.problem_id)
        .outerjoin(Session, Session.room_id == Room.id)
        .where(*wanted.conditions)
    )

    def show(row: Row[Any]) -> AdminRoomEntry:
        return _entry(row, work)

    keyset = Keyset(Room.created_at, Room.id, ("admin rooms", wanted))
    return await paginate(work.session, statement, page, keyset, show=show)


async def force_close(
    work: Work, services: Services, caller: Caller, *, room_id: str, reason: str | None
) -> ForceClosed:
    """Finish a room, whatever its phase and whoever is in it.

    Raises :class:`api.errors.RoomNotFoundError`, :class:`RoomFinishedError` and :class:`api.errors.ForbiddenError`.
    """
    room = await lock_room(work, room_id)
    if room.status == RoomStatus.FINISHED:
        raise RoomFinishedError
    caller.require(Capability.ROOM_FORCE_CLOSE)
    previous = RoomStatus(room.status)
    await finish_room(work, services, room, by=caller.user_id)
    details = {"previousStatus": previous.value, "reason": reason}
    audit(work, "admin.room.force-close", target_type="room", target_id=room.id, actor=caller, details=details)
    return ForceClosed(
        room_id=room.id,
        previous_status=previous,
        current_status=RoomStatus.FINISHED,
        closed_at=work.now,
        closed_by=caller.user_id,
    )


def _entry(row: Row[Any], work: Work) -> AdminRoomEntry:
    room: Room = row.Room
    return AdminRoomEntry(
        room_id=room.id,
        room_code=room.code,
        name=room.name,
        status=RoomStatus(room.status),
        mode=RoomMode(room.mode),
        host_id=room.host_id,
        host_name=name_of(row.User),
        language=language_of(room.language),
        problem_id=room.problem_id,
        problem_title=row.title,
        session_id=row.session_id,
        participant_count=row.people,
        max_participants=room.max_participants,
        is_private=room.is_private,
        editor_locked=room.editor_locked,
        recording_active=False,
        elapsed_ms=timer.elapsed_ms(room, work.now),
        created_at=room.created_at,
        ended_at=room.ended_at,
    )
