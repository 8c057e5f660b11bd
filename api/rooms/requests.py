"""What is asked of rooms, as it comes over the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, Strict, model_validator

from api.enums import LanguageIn, RoomModeIn, RoomRoleIn, RoomStatusIn
from api.schemas import Body, Id, Plain, Trimmed, absent

_NAME: Final = Field(max_length=100, examples=["Mock interview with Kim"])
_PROBLEM: Final = "2a0f3d0c-5a27-4d0f-9a53-0a1f8f0f6a11"
_USER: Final = "9f2c1c52-64a1-4a8e-8d4f-6d3e7b1a9c20"
_MIB: Final = 1 << 20

FileName = Annotated[Plain, Field(min_length=1, max_length=255, examples=["sketch.png"])]


def _example(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"json_schema_extra": {"examples": [values]}}


class RoomConfigIn(Body):
    """How a room is set up: whatever of it is given. What is not said of a new room is as described."""

    max_participants: Annotated[int, Field(ge=2, le=8, description="2; observers count too", examples=[2])] = Field(
        default_factory=absent
    )
    max_duration: Annotated[int, Field(ge=1, le=120, description="120, in minutes", examples=[60])] = Field(
        default_factory=absent
    )
    is_private: bool = Field(default_factory=absent, description="`true`: new members need the code", examples=[True])
    require_ready: bool = Field(
        default_factory=absent,
        description="`false`; else it starts only when everybody it needs is ready",
        examples=[False],
    )


class CreateRoom(Body):
    """A new room."""

    model_config = _example(  # type: ignore[assignment]  # merged with that of Body
        mode="peer", name="Mock interview with Kim", problemId=_PROBLEM, language="python", config={"maxDuration": 60}
    )

    mode: RoomModeIn
    name: Annotated[Trimmed, _NAME] = Field(default_factory=absent)
    problem_id: Id = Field(default_factory=absent, description="A published problem")
    language: LanguageIn = Field(default_factory=absent)
    config: RoomConfigIn = Field(default_factory=absent)


class JoinRoom(Body):
    """How to join. Whether a code is needed is the room's to say, and what is a code too."""

    model_config = _example(roomCode="K7MPQ2", requestedRole="candidate")  # type: ignore[assignment]

    room_code: Annotated[Plain, Field(description="6 characters, in any case")] = Field(default_factory=absent)
    requested_role: RoomRoleIn = Field(default_factory=absent)


class UpdateParticipant(Body):
    """What to change about somebody."""

    model_config = _example(role="observer", muted=True)  # type: ignore[assignment]

    role: RoomRoleIn = Field(default_factory=absent)
    muted: bool = Field(default_factory=absent)

    @model_validator(mode="after")
    def _something(self) -> UpdateParticipant:
        if not self.model_fields_set:
            raise ValueError("must have at least one of role and muted")
        return self


class Transition(Body):
    """Which phase comes next."""

    target_status: Annotated[RoomStatusIn, Field(examples=["coding"])]


class SelectProblem(Body):
    """Which problem it is about; `null`: none."""

    problem_id: Annotated[Id | None, Field(examples=[_PROBLEM])]


class UpdateSettings(Body):
    """What to change about a room."""

    model_config = _example(name="Second round", config={"isPrivate": False}, regenerateCode=True)  # type: ignore[assignment]

    name: Annotated[Trimmed | None, _NAME] = Field(default=None, description="`null` or empty: none")
    language: LanguageIn = Field(default_factory=absent)
    config: RoomConfigIn = Field(default_factory=absent)
    regenerate_code: bool = Field(default_factory=absent, description="Voids the old invite code at once")


class RequestRoleSwap(Body):
    """With whom; usually the other of the two."""

    target_user_id: Annotated[Id, Field(examples=[_USER])] = Field(default_factory=absent)


class SwapAction(StrEnum):
    """What one says to a role swap."""

    ACCEPT = "accept"
    DECLINE = "decline"


class AnswerRoleSwap(Body):
    """Yes or no."""

    action: Annotated[SwapAction, Strict(strict=False), Field(examples=["accept"])]


class ChangeLanguage(Body):
    """In which language the room writes."""

    language: Annotated[LanguageIn, Field(examples=["go"])]


class TransferOwnership(Body):
    """Who is to be host."""

    target_user_id: Annotated[Id, Field(examples=[_USER])]


class ChatMediaType(StrEnum):
    """What may be sent in a chat."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    MP4 = "video/mp4"
    WEBM = "video/webm"
    QUICKTIME = "video/quicktime"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"
    WAV = "audio/wav"
    OGG = "audio/ogg"
    PDF = "application/pdf"
    TEXT = "text/plain"


class BoardAssetType(StrEnum):
    """What may lie on a whiteboard."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    SVG = "image/svg+xml"
    MP4 = "video/mp4"
    WEBM = "video/webm"

    @property
    def most_bytes(self) -> int:
        """How large it may be."""
        return (100 if self.value.startswith("video/") else 25) * _MIB


class BoardExportType(StrEnum):
    """As what a whiteboard may be kept."""

    PNG = "image/png"
    SVG = "image/svg+xml"
    JSON = "application/json"


class UploadChatMedia(Body):
    """A file for the chat."""

    file_name: FileName
    content_type: Annotated[ChatMediaType, Strict(strict=False), Field(examples=["image/png"])]
    size_bytes: Annotated[int, Field(ge=1, le=10 * _MIB, examples=[48_213])]


class UploadBoardAsset(Body):
    """A picture or film for the whiteboard."""

    filename: FileName
    content_type: Annotated[BoardAssetType, Strict(strict=False), Field(examples=["image/png"])]
    content_length: Annotated[int, Field(ge=1, examples=[48_213])]


class ExportBoard(Body):
    """The whiteboard as it is now."""

    content_type: Annotated[BoardExportType, Strict(strict=False), Field(examples=["image/svg+xml"])]
    content_length: Annotated[int, Field(ge=1, le=25 * _MIB, examples=[120_400])]
