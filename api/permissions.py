"""Who may do what, as tables (API.md 4). Nothing else decides about capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from api.enums import RoomMode, RoomRole, UserRole


class Capability(StrEnum):
    """What an account may do."""

    ROOM_CREATE = "room:create"
    ROOM_JOIN = "room:join"
    ROOM_LIST = "room:list"
    ROOM_DELETE_OWN = "room:delete-own"
    ROOM_DELETE_ANY = "room:delete-any"
    ROOM_JOIN_ANY = "room:join-any"
    ROOM_FORCE_CLOSE = "room:force-close"
    PROBLEM_VIEW = "problem:view"
    PROBLEM_CREATE = "problem:create"
    PROBLEM_EDIT = "problem:edit"
    PROBLEM_DELETE = "problem:delete"
    USER_VIEW_PROFILE = "user:view-profile"
    USER_EDIT_SELF = "user:edit-self"
    USER_LIST = "user:list"
    USER_MANAGE = "user:manage"
    USER_BAN = "user:ban"
    SESSION_VIEW_OWN = "session:view-own"
    SESSION_VIEW_ANY = "session:view-any"
    REPORT_VIEW_OWN = "report:view-own"
    REPORT_VIEW_ANY = "report:view-any"
    REPORT_EXPORT = "report:export"
    PLATFORM_VIEW_ANALYTICS = "platform:view-analytics"
    PLATFORM_MANAGE_SETTINGS = "platform:manage-settings"


class RoomCapability(StrEnum):
    """What a person may do in a room."""

    CODE_VIEW = "code:view"
    CODE_EDIT = "code:edit"
    CODE_RUN = "code:run"
    CODE_SUBMIT = "code:submit"
    CODE_CHANGE_LANGUAGE = "code:change-language"
    WHITEBOARD_VIEW = "whiteboard:view"
    WHITEBOARD_DRAW = "whiteboard:draw"
    WHITEBOARD_ANNOTATE = "whiteboard:annotate"
    MEDIA_AUDIO = "media:audio"
    MEDIA_VIDEO = "media:video"
    MEDIA_SCREENSHARE = "media:screenshare"
    CHAT_SEND = "chat:send"
    CHANGE_PHASE = "room:change-phase"
    SELECT_PROBLEM = "room:select-problem"
    SETTINGS = "room:settings"
    INVITE = "participant:invite"
    KICK = "participant:kick"
    ASSIGN_ROLE = "participant:assign-role"
    RECORDING_TOGGLE = "recording:toggle"
    RECORDING_REPLAY = "recording:replay"
    REQUEST_HINT = "ai:request-hint"
    REQUEST_REVIEW = "ai:request-review"


_EVERYBODY: Final = frozenset(
    {
        Capability.ROOM_CREATE,
        Capability.ROOM_JOIN,
        Capability.ROOM_LIST,
        Capability.ROOM_DELETE_OWN,
        Capability.PROBLEM_VIEW,
        Capability.USER_VIEW_PROFILE,
        Capability.USER_EDIT_SELF,
        Capability.SESSION_VIEW_OWN,
        Capability.REPORT_VIEW_OWN,
    }
)

ACCOUNT: Final[Mapping[UserRole, frozenset[Capability]]] = {
    UserRole.USER: _EVERYBODY,
    UserRole.ADMIN: frozenset(Capability),
}

_OBSERVER: Final = frozenset(
    {
        RoomCapability.CODE_VIEW,
        RoomCapability.WHITEBOARD_VIEW,
        RoomCapability.WHITEBOARD_ANNOTATE,
        RoomCapability.CHAT_SEND,
        RoomCapability.RECORDING_REPLAY,
    }
)
_CANDIDATE: Final = _OBSERVER | {
    RoomCapability.CODE_EDIT,
    RoomCapability.CODE_RUN,
    RoomCapability.CODE_SUBMIT,
    RoomCapability.CODE_CHANGE_LANGUAGE,
    RoomCapability.WHITEBOARD_DRAW,
    RoomCapability.MEDIA_AUDIO,
    RoomCapability.MEDIA_VIDEO,
    RoomCapability.MEDIA_SCREENSHARE,
    RoomCapability.REQUEST_HINT,
}
_INTERVIEWER: Final = _CANDIDATE | {RoomCapability.CHANGE_PHASE, RoomCapability.REQUEST_REVIEW}
_HOST: Final = frozenset(
    {
        RoomCapability.CODE_CHANGE_LANGUAGE,
        RoomCapability.CHANGE_PHASE,
        RoomCapability.SELECT_PROBLEM,
        RoomCapability.SETTINGS,
        RoomCapability.INVITE,
        RoomCapability.KICK,
        RoomCapability.ASSIGN_ROLE,
        RoomCapability.RECORDING_TOGGLE,
        RoomCapability.RECORDING_REPLAY,
    }
)
_ROLES: Final[Mapping[RoomRole, frozenset[RoomCapability]]] = {
    RoomRole.INTERVIEWER: _INTERVIEWER,
    RoomRole.CANDIDATE: _CANDIDATE,
    RoomRole.OBSERVER: _OBSERVER,
}


def room_capabilities(role: RoomRole, mode: RoomMode, *, host: bool) -> tuple[RoomCapability, ...]:
    """What somebody with this role may do in a room of this mode, in the order of :class:`RoomCapability`."""
    may = _ROLES[role]
    if role is RoomRole.CANDIDATE and mode is RoomMode.AI:
        may |= {RoomCapability.REQUEST_REVIEW}
    if host:
        may |= _HOST
    return tuple(capability for capability in RoomCapability if capability in may)
