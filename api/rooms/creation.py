"""How rooms begin, and how they are erased."""

from __future__ import annotations

import base64
from typing import Final

from sqlalchemy import delete, select

from api.audit import audit
from api.caller import Caller
from api.database import Work, new_id
from api.enums import RoomMode, RoomRole, RoomStatus
from api.errors import NotParticipantError, PermissionDeniedError, RateLimitError, RoomFinishedError
from api.execution.cancelling import cancel_jobs_of_room
from api.permissions import Capability
from api.problems.access import find_problem
from api.rooms.access import Access, find_participant, lock_room
from api.rooms.codes import give_code
from api.rooms.models import Participant, Room
from api.rooms.repository import count_hosted
from api.rooms.requests import CreateRoom
from api.rooms.schemas import RoomCreated, RoomDestroyed
from api.rooms.uploads import delete_uploads
from api.rooms.views import room_detail
from api.services import Services
from api.sessions.record import session_of
from api.users.models import User

_CONFIG: Final = {"max_participants": 2, "max_duration": 120, "is_private": True, "require_ready": False}
_TRY_AGAIN_S: Final = 60


async def create_room(services: Services, caller: Caller, asked: CreateRoom) -> RoomCreated:
    """A new room with its host in it.

    Raises :class:`api.errors.ProblemNotFoundError`; :class:`RateLimitError` for who hosts too many.
    """
    caller.require(Capability.ROOM_CREATE)
    async with services.database.write() as work:
        given = asked.model_fields_set
        if "problem_id" in given:
            await find_problem(work, asked.problem_id, drafts=False, keep=True)
        await _check_hosted(work, services, caller)
        config = {**_CONFIG, **(asked.config.model_dump(exclude_unset=True) if "config" in given else {})}
        room = Room(
            id=new_id(),
            name=(asked.name or None) if "name" in given else None,
            mode=asked.mode.value,
            status=RoomStatus.WAITING.value,
            host_id=caller.user_id,
            problem_id=asked.problem_id if "problem_id" in given else None,
            language=asked.language.value if "language" in given else None,
            max_participants=config["max_participants"],
            max_duration_min=config["max_duration"],
            is_private=config["is_private"],
            require_ready=config["require_ready"],
            editor_locked=False,
            elapsed_ms=0,
            timer_paused=False,
            created_at=work.now,
            updated_at=work.now,
        )
        await give_code(work, room)
        host = Participant(
            room_id=room.id,
            user_id=caller.user_id,
            role=(RoomRole.INTERVIEWER if asked.mode is RoomMode.PEER else RoomRole.CANDIDATE).value,
            is_active=True,
            is_ready=False,
            joined_at=work.now,
            present_since=work.now,
            left_by_choice=False,
            seen_at=work.now,
        )
        work.session.add(host)
        detail = await room_detail(work, services, Access(room, host))
    opened = await services.planes.open_room(room.id)
    return RoomCreated(**dict(detail), collab_created=opened.collab, media_created=opened.media)


async def destroy_room(services: Services, room_id: str, caller: Caller) -> RoomDestroyed:
    """Erase an unfinished room with everything of it; by its host, or an admin, who need not be in it.

    Raises :class:`RoomFinishedError`, and what :func:`api.rooms.access.write_room` raises.
    """
    async with services.database.write() as work:
        room = await lock_room(work, room_id)
        participant = await find_participant(work, room.id, caller.user_id)
        member = participant is not None and participant.removed_at is None
        any_room = caller.may(Capability.ROOM_DELETE_ANY)
        if not member and not any_room:
            raise NotParticipantError
        if room.status == RoomStatus.FINISHED:
            raise RoomFinishedError
        hosts = participant is not None and room.host_id == caller.user_id
        if not any_room:
            if participant is None or not participant.is_active:
                raise NotParticipantError
            if not hosts:
                raise PermissionDeniedError("Only the host may do this")
        if not hosts:
            details = {"hostId": room.host_id, "status": room.status}
            audit(work, "admin.room.destroy", target_type="room", target_id=room.id, actor=caller, details=details)
        session = await session_of(work, room.id)
        session_id = None if session is None else session.id
        await cancel_jobs_of_room(work, services, room.id)
        await work.session.execute(delete(Room).where(Room.id == room.id))
    closed = await services.planes.close_room(room_id)
    await delete_uploads(services, room_id, session_id)
    snapshot = None if closed.final_snapshot is None else base64.b64encode(closed.final_snapshot).decode()
    return RoomDestroyed(
        room_id=room_id, final_snapshot=snapshot, collab_deleted=closed.collab, media_deleted=closed.media
    )


async def _check_hosted(work: Work, services: Services, caller: Caller) -> None:
    """Raises :class:`RateLimitError` for who hosts as many rooms as one may. Two rooms at once are counted in turn."""
    await work.session.execute(select(User.id).where(User.id == caller.user_id).with_for_update(key_share=True))
    limit = services.settings.rooms_hosted
    if await count_hosted(work, caller.user_id) >= limit:
        raise RateLimitError.of("rooms_active", limit=limit, window_s=0, retry_after_s=_TRY_AGAIN_S)
