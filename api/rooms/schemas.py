"""Rooms on the wire: what they look like (API.md 17.2). What is asked of them is in ``requests.py``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.enums import (
    Difficulty,
    RoleAssignmentReason,
    RoleSwapStatus,
    RoomMode,
    RoomRole,
    RoomStatus,
    SupportedLanguage,
)
from api.permissions import RoomCapability
from api.rooms.requests import ChatMediaType
from api.schemas import Id, Moment, View

_CODE = Field(examples=["K7MPQ2"], description="What people type to join")


def _absent(value: object) -> bool:
    return value is None


Absent = Field(default=None, exclude_if=_absent)
"""A field that is left out rather than ``null``."""


class RoomConfigView(View):
    """How a room is set up."""

    max_participants: Annotated[int, Field(description="All active people, observers included")]
    max_duration: Annotated[int, Field(description="Minutes")]
    is_private: Annotated[bool, Field(description="New members need the code")]
    require_ready: Annotated[bool, Field(description="It starts only when everybody needed is ready")]


class RoomParticipantSummary(View):
    """Somebody in a room."""

    user_id: Id
    username: str
    display_name: str | None
    avatar_url: str | None
    role: RoomRole
    is_active: bool
    is_ready: bool
    is_muted: bool
    is_host: bool
    joined_at: Moment
    left_at: Moment | None


class RoleSwapView(View):
    """A request to exchange roles."""

    swap_id: Id
    room_id: Id
    requester_id: Id
    target_user_id: Id
    status: RoleSwapStatus
    created_at: Moment
    expires_at: Moment
    responded_at: Moment | None


class RoomSummary(View):
    """A room in the list of one's own."""

    room_id: Id
    room_code: Annotated[str, _CODE]
    name: str | None
    problem_title: str | None
    status: RoomStatus
    mode: RoomMode
    my_role: RoomRole
    host_id: Id
    language: SupportedLanguage | None
    created_at: Moment
    participant_count: Annotated[int, Field(description="Active people")]


class RoomDetail(View):
    """A room as one person sees it."""

    room_id: Id
    room_code: Annotated[str, _CODE]
    host_id: Id
    name: str | None
    language: SupportedLanguage | None
    problem_id: Id | None
    session_id: Annotated[Id | None, Field(description="From `warmup` on")]
    status: RoomStatus
    mode: RoomMode
    config: RoomConfigView
    participants: list[RoomParticipantSummary]
    my_role: Annotated[RoomRole | None, Field(description="`null` for an admin who is no member")]
    my_capabilities: list[RoomCapability]
    current_phase_started_at: Moment | None
    timer_paused: bool
    elapsed_ms: Annotated[int, Field(description="Unpaused coding time as of now")]
    editor_locked: bool
    recording_active: bool
    pending_role_swap: RoleSwapView | None
    collab_token: Annotated[str | None, Absent]
    collab_url: Annotated[str | None, Absent]
    created_at: Moment
    ended_at: Moment | None


class RoomCreated(RoomDetail):
    """A new room, and whether it has got its document and its media room."""

    collab_created: bool
    media_created: bool


class RoomDestroyed(View):
    """What is left of a room that was destroyed."""

    room_id: Id
    final_snapshot: Annotated[str | None, Absent, Field(description="Base64; the last state of the document")]
    collab_deleted: bool
    media_deleted: bool


class RoomPreview(View):
    """A room before one joins it."""

    room_id: Id
    room_code: Annotated[str, _CODE]
    name: str | None
    mode: RoomMode
    status: RoomStatus
    host_name: str
    language: SupportedLanguage | None
    problem_title: str | None
    participant_count: int
    max_participants: int
    is_full: bool
    is_private: bool
    available_roles: Annotated[list[RoomRole], Field(description="Roles that can be joined in now")]
    already_joined: bool


class PublicRoom(View):
    """A room that anybody may join."""

    room_id: Id
    name: str | None
    status: RoomStatus
    mode: RoomMode
    host_id: Id
    host_name: str
    host_avatar_url: str | None
    language: SupportedLanguage | None
    problem_title: str | None
    problem_difficulty: Difficulty | None
    participant_count: int
    max_participants: int
    is_participant: bool
    created_at: Moment


class RoomJoined(View):
    """A room one has just joined, and as what."""

    room: RoomDetail
    assigned_role: RoomRole
    requested_role: RoomRole | None
    assignment_reason: RoleAssignmentReason
    my_capabilities: list[RoomCapability]
    collab_token: str
    collab_url: str


class ParticipantUpdated(View):
    """What was changed about somebody."""

    room: RoomDetail
    updated_user_id: Id
    previous_role: RoomRole
    current_role: RoomRole
    muted: bool
    updated_at: Moment
    updated_by: Id


class PhaseChanged(View):
    """A room has gone on to another phase."""

    room_id: Id
    previous_status: RoomStatus
    current_status: RoomStatus
    transitioned_at: Moment
    transitioned_by: Id


class EditorLocked(View):
    """The editor is locked; ``changed``: it was not before."""

    room_id: Id
    editor_locked: bool
    changed: bool
    locked_at: Annotated[Moment | None, Absent]
    locked_by: Annotated[Id | None, Absent]


class EditorUnlocked(View):
    """The editor is not locked any more."""

    room_id: Id
    editor_locked: bool
    changed: bool
    unlocked_at: Moment
    unlocked_by: Id


class TimerChanged(View):
    """The coding timer was paused or goes on."""

    room_id: Id
    timer_paused: bool
    elapsed_ms: int
    changed_at: Moment
    changed_by: Id


class RoleSwapAnswered(View):
    """What became of a request to exchange roles."""

    swap: RoleSwapView
    room: RoomDetail


class HostTransferred(View):
    """Somebody else is host."""

    room_id: Id
    previous_host_id: Id
    current_host_id: Id
    transferred_at: Moment
    transferred_by: Id


class DocumentEnsured(View):
    """Whether the shared document had to be made anew."""

    recreated: bool


class ChatMediaUpload(View):
    """Where to send a file for the chat, and where it can be read then."""

    key: str
    upload_url: str
    download_url: str
    file_name: str
    content_type: ChatMediaType
    size_bytes: int


class BoardAssetUpload(View):
    """Where to send a file for the whiteboard, and where it can be read then."""

    upload_url: str
    download_url: str
    key: str


class BoardExportUpload(View):
    """Where to send the whiteboard."""

    upload_url: str
    key: str
    expires_at: Moment
