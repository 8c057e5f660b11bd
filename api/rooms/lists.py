"""Lists of rooms: one's own, and those that anybody may join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, case, exists, or_, select

from api.caller import Caller
from api.database import Work
from api.enums import Difficulty, RoomMode, RoomRole, RoomStatus, SupportedLanguage
from api.pagination import Keyset, PageQuery, paginate
from api.problems.models import Problem
from api.rooms.models import Participant, Room
from api.rooms.repository import UNFINISHED, active_count
from api.rooms.roles import RoleRules
from api.rooms.schemas import PublicRoom, RoomSummary
from api.rooms.views import language_of, name_of
from api.schemas import Page
from api.services import Services
from api.users.avatars import avatar_url
from api.users.models import User


class RoomSort(StrEnum):
    """By what one's own rooms are sorted."""

    CREATED_AT = "createdAt"
    STATUS = "status"


class OpenStatus(StrEnum):
    """The phases in which a room can still be joined."""

    WAITING = "waiting"
    WARMUP = "warmup"
    CODING = "coding"
    WRAPUP = "wrapup"


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which of one's own rooms; ``None``: all."""

    status: RoomStatus | None = None
    mode: RoomMode | None = None


@dataclass(frozen=True, slots=True)
class PublicFilter:
    """Which public rooms; ``None``: all. ``search``: in the names of rooms, hosts and problems, whatever the case."""

    status: OpenStatus | None = None
    mode: RoomMode | None = None
    language: SupportedLanguage | None = None
    difficulty: Difficulty | None = None
    search: str | None = None


async def list_own(
    work: Work, caller: Caller, wanted: RoomFilter, page: PageQuery, *, sort: RoomSort
) -> Page[RoomSummary]:
    """Rooms the caller has ever joined and was not kicked from."""
    statement = (
        select(Room, Participant.role.label("my_role"), Problem.title, active_count().label("people"))
        .join(Participant, Participant.room_id == Room.id)
        .outerjoin(Problem, Problem.id == Room.problem_id)
        .where(Participant.user_id == caller.user_id, Participant.removed_at.is_(None))
    )
    if wanted.status is not None:
        statement = statement.where(Room.status == wanted.status.value)
    if wanted.mode is not None:
        statement = statement.where(Room.mode == wanted.mode.value)
    value = _phase() if sort is RoomSort.STATUS else Room.created_at
    keyset = Keyset(value, Room.id, ("rooms", caller.user_id, wanted, sort))
    return await paginate(work.session, statement, page, keyset, show=_summary)


async def list_public(
    work: Work, services: Services, caller: Caller, page: PageQuery, *, wanted: PublicFilter
) -> Page[PublicRoom]:
    """Public rooms that are not finished and not full."""
    count = active_count()
    member = exists().where(
        Participant.room_id == Room.id, Participant.user_id == caller.user_id, Participant.removed_at.is_(None)
    )
    statement = (
        select(Room, User, Problem.title, Problem.difficulty)
        .add_columns(count.label("people"), member.correlate(Room).label("member"))
        .join(User, User.id == Room.host_id)
        .outerjoin(Problem, Problem.id == Room.problem_id)
        .where(UNFINISHED, Room.is_private.is_(False))
        .where(count < Room.max_participants, count < _seats(services))
        .where(*_chosen(wanted))
    )

    def show(row: Row[Any]) -> PublicRoom:
        return _public(services, row)

    return await paginate(
        work.session, statement, page, Keyset(Room.created_at, Room.id, ("public rooms", wanted)), show=show
    )


def _chosen(wanted: PublicFilter) -> Sequence[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    for column, value in (
        (Room.status, wanted.status),
        (Room.mode, wanted.mode),
        (Room.language, wanted.language),
        (Problem.difficulty, wanted.difficulty),
    ):
        if value is not None:
            chosen.append(column == value.value)
    if wanted.search is not None:
        names = (Room.name, Problem.title, User.username, User.display_name)
        chosen.append(or_(*(column.icontains(wanted.search, autoescape=True) for column in names)))
    return chosen


def _phase() -> ColumnElement[int]:
    """A room's place in the order of the phases."""
    return case({status.value: place for place, status in enumerate(RoomStatus)}, value=Room.status, else_=-1)


def _seats(services: Services) -> ColumnElement[int]:
    """How many people the roles of a room have place for."""
    totals = {}
    for mode in RoomMode:
        rules = RoleRules(mode, 0, services.settings.observers)
        totals[mode.value] = sum(rules.most(role) for role in RoomRole)
    return case(totals, value=Room.mode, else_=0)


def _summary(row: Row[Any]) -> RoomSummary:
    room: Room = row.Room
    return RoomSummary(
        room_id=room.id,
        room_code=room.code,
        name=room.name,
        problem_title=row.title,
        status=RoomStatus(room.status),
        mode=RoomMode(room.mode),
        my_role=RoomRole(row.my_role),
        host_id=room.host_id,
        language=language_of(room.language),
        created_at=room.created_at,
        participant_count=row.people,
    )


def _public(services: Services, row: Row[Any]) -> PublicRoom:
    room: Room = row.Room
    host: User = row.User
    return PublicRoom(
        room_id=room.id,
        name=room.name,
        status=RoomStatus(room.status),
        mode=RoomMode(room.mode),
        host_id=host.id,
        host_name=name_of(host),
        host_avatar_url=avatar_url(services, host.avatar_key),
        language=language_of(room.language),
        problem_title=row.title,
        problem_difficulty=None if row.difficulty is None else Difficulty(row.difficulty),
        participant_count=row.people,
        max_participants=room.max_participants,
        is_participant=bool(row.member),
        created_at=room.created_at,
    )
