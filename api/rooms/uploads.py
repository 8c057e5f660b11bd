"""Files people bring into a room. They go to the object store by links; what is kept here is only their key."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from api.caller import Caller
from api.database import new_id
from api.enums import RoomStatus
from api.errors import InvalidTransitionError, WhiteboardAssetTooLargeError
from api.objects import ObjectStoreUnavailableError
from api.permissions import RoomCapability
from api.rooms.access import write_room
from api.rooms.requests import (
    BoardAssetType,
    BoardExportType,
    ChatMediaType,
    ExportBoard,
    UploadBoardAsset,
    UploadChatMedia,
)
from api.rooms.schemas import BoardAssetUpload, BoardExportUpload, ChatMediaUpload
from api.services import Services
from api.sessions.record import session_of

_CHAT_DOWNLOAD: Final = timedelta(hours=24)
_BOARD_DOWNLOAD: Final = timedelta(days=7)
_MINUTE_S: Final = 60
_ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "application/pdf": "pdf",
    "application/json": "json",
    "text/plain": "txt",
}

_log = structlog.get_logger("api")

MediaType = ChatMediaType | BoardAssetType | BoardExportType


async def upload_chat_media(
    services: Services, room_id: str, caller: Caller, asked: UploadChatMedia
) -> ChatMediaUpload:
    """Links for a file in the chat."""
    async with services.database.write() as work:
        await write_room(work, services, room_id, caller, capability=RoomCapability.CHAT_SEND)
    key = _key(_chat(room_id), asked.content_type)
    upload = await services.objects.upload_url(
        key,
        content_type=asked.content_type.value,
        content_length=asked.size_bytes,
        most_bytes=asked.size_bytes,
        lifetime_s=_upload_s(services),
    )
    return ChatMediaUpload(
        key=key,
        upload_url=upload.url,
        download_url=await services.objects.download_url(key, lifetime_s=int(_CHAT_DOWNLOAD.total_seconds())),
        file_name=asked.file_name,
        content_type=asked.content_type,
        size_bytes=asked.size_bytes,
    )


async def upload_board_asset(
    services: Services, room_id: str, caller: Caller, asked: UploadBoardAsset
) -> BoardAssetUpload:
    """Links for a picture or film on the whiteboard. Raises :class:`WhiteboardAssetTooLargeError`."""
    async with services.database.write() as work:
        await write_room(work, services, room_id, caller, capability=RoomCapability.WHITEBOARD_ANNOTATE)
    most_bytes = asked.content_type.most_bytes
    if asked.content_length > most_bytes:
        raise WhiteboardAssetTooLargeError(details={"mostBytes": most_bytes})
    key = _key(_board(room_id), asked.content_type)
    upload = await services.objects.upload_url(
        key,
        content_type=asked.content_type.value,
        content_length=asked.content_length,
        most_bytes=most_bytes,
        lifetime_s=_upload_s(services),
    )
    download_url = await services.objects.download_url(key, lifetime_s=int(_BOARD_DOWNLOAD.total_seconds()))
    return BoardAssetUpload(upload_url=upload.url, download_url=download_url, key=key)


async def export_board(services: Services, room_id: str, caller: Caller, asked: ExportBoard) -> BoardExportUpload:
    """A link for the whiteboard as the session is to keep it. Raises :class:`InvalidTransitionError` in ``waiting``."""
    async with services.database.write() as work:
        access = await write_room(work, services, room_id, caller, capability=RoomCapability.WHITEBOARD_DRAW)
        session = await session_of(work, room_id)
        if session is None:
            raise InvalidTransitionError(details={"status": RoomStatus(access.room.status).value})
    key = _key(_exports(session.id), asked.content_type)
    upload = await services.objects.upload_url(
        key,
        content_type=asked.content_type.value,
        content_length=asked.content_length,
        most_bytes=asked.content_length,
        lifetime_s=_upload_s(services),
    )
    return BoardExportUpload(upload_url=upload.url, key=key, expires_at=upload.expires_at)


async def delete_uploads(services: Services, room_id: str, session_id: str | None) -> None:
    """Remove what people brought into a room that is gone; what cannot be removed is logged and stays."""
    folders = [_chat(room_id), _board(room_id), *([_exports(session_id)] if session_id else [])]
    try:
        for folder in folders:
            await services.objects.delete_below(folder)
    except ObjectStoreUnavailableError:
        _log.warning("uploads of a room are left behind", room_id=room_id, session_id=session_id)


def _chat(room_id: str) -> str:
    return f"chat/{room_id}"


def _board(room_id: str) -> str:
    return f"boards/{room_id}"


def _exports(session_id: str) -> str:
    return f"whiteboards/{session_id}"


def _key(folder: str, type_: MediaType) -> str:
    """Where a new file goes; nothing of the name that somebody gave it is in there."""
    return f"{folder}/{new_id()}.{_ENDINGS[type_.value]}"


def _upload_s(services: Services) -> int:
    return services.settings.upload_url_minutes * _MINUTE_S
