"""From rows to what goes on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api.database import Work
from api.enums import RoleSwapStatus, RoomMode, RoomRole, RoomStatus, SupportedLanguage
from api.rooms import timer
from api.rooms.access import Access
from api.rooms.models import RoleSwap, Room
from api.rooms.repository import Seat, members, open_swap
from api.rooms.schemas import RoleSwapView, RoomConfigView, RoomDetail, RoomParticipantSummary
from api.services import Services
from api.sessions.record import session_of
from api.users.avatars import avatar_url
from api.users.models import User

_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}


async def room_detail(work: Work, services: Services, access: Access) -> RoomDetail:
    """A room as the person of ``access`` sees it now."""
    room, mine = access.room, access.participant
    session = None if room.status == RoomStatus.WAITING else await session_of(work, room.id)
    unfinished = room.status != RoomStatus.FINISHED
    swap = await open_swap(work, room.id) if unfinished and room.mode == RoomMode.PEER else None
    connects = mine if mine is not None and mine.is_active and unfinished else None
    return RoomDetail(
        room_id=room.id,
        room_code=room.code,
        host_id=room.host_id,
        name=room.name,
        language=language_of(room.language),
        problem_id=room.problem_id,
        session_id=None if session is None else session.id,
        status=RoomStatus(room.status),
        mode=RoomMode(room.mode),
        config=RoomConfigView(
            max_participants=room.max_participants,
            max_duration=room.max_duration_min,
            is_private=room.is_private,
            require_ready=room.require_ready,
        ),
        participants=participant_summaries(services, room, await members(work, room.id)),
        my_role=None if mine is None else RoomRole(mine.role),
        my_capabilities=list(access.capabilities),
        current_phase_started_at=room.phase_started_at,
        timer_paused=room.timer_paused,
        elapsed_ms=timer.elapsed_ms(room, work.now),
        editor_locked=room.editor_locked,
        recording_active=False,
        pending_role_swap=None if swap is None else swap_view(swap),
        collab_token=None if connects is None else services.tokens.collab(connects.user_id, room.id, connects.role),
        collab_url=None if connects is None else collab_url(services, room.id),
        created_at=room.created_at,
        ended_at=room.ended_at,
    )


def participant_summaries(services: Services, room: Room, seats: Iterable[Seat]) -> list[RoomParticipantSummary]:
    """The people of a room, in the order given."""
    return [
        RoomParticipantSummary(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            avatar_url=avatar_url(services, user.avatar_key),
            role=RoomRole(participant.role),
            is_active=participant.is_active,
            is_ready=participant.is_ready,
            is_muted=participant.muted_by is not None,
            is_host=user.id == room.host_id,
            joined_at=participant.joined_at,
            left_at=participant.left_at,
        )
        for participant, user in seats
    ]


def swap_view(swap: RoleSwap) -> RoleSwapView:
    """A request to exchange roles, as it is in the database."""
    return RoleSwapView(
        swap_id=swap.id,
        room_id=swap.room_id,
        requester_id=swap.requester_id,
        target_user_id=swap.target_id,
        status=RoleSwapStatus(swap.status),
        created_at=swap.created_at,
        expires_at=swap.expires_at,
        responded_at=swap.responded_at,
    )


def collab_url(services: Services, room_id: str) -> str:
    """Where browsers connect to the shared document of a room."""
    scheme, _, rest = services.settings.origin.partition("://")
    return f"{_SOCKET_SCHEMES.get(scheme, scheme)}://{rest}/collab/{room_id}"


def language_of(text: str | None) -> SupportedLanguage | None:
    """A language's column."""
    return None if text is None else SupportedLanguage(text)


def name_of(user: User) -> str:
    """What to call somebody."""
    return user.display_name or user.username
