"""Pictures of people: sent by a link, shown once they are confirmed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import select

from api.caller import Caller
from api.database import Work, new_id
from api.errors import ApiError, NotFoundError, UnavailableError, ValidationFailedError
from api.objects import StoredObject, Upload
from api.services import Services
from api.users.models import AvatarUpload, User
from api.users.repository import lock_caller
from api.users.schemas import AVATAR_MOST_BYTES

_log = structlog.get_logger("api")

_SNIFFED: Final = 12
_STILL_COMING: Final = timedelta(minutes=10)


def avatar_url(services: Services, key: str | None) -> str | None:
    """A ready-to-use address of an avatar (``User.avatar_key``); ``None`` without one."""
    return None if key is None else services.objects.lasting_url(key)


async def allow_avatar(
    services: Services, caller: Caller, *, content_type: str, content_length: int | None
) -> tuple[str, Upload]:
    """The key and the link to send a picture by. It is nobody's picture until it is confirmed.

    Everybody has one place to send to, so that what is never confirmed does not pile up.
    """
    key = _pending(caller.user_id)
    upload = await services.objects.upload_url(
        key,
        content_type=content_type,
        content_length=content_length,
        most_bytes=AVATAR_MOST_BYTES,
        lifetime_s=services.settings.upload_url_minutes * 60,
    )
    async with services.database.write() as work:
        await lock_caller(work, caller.user_id)
        await work.session.merge(
            AvatarUpload(user_id=caller.user_id, key=key, content_type=content_type, expires_at=upload.expires_at)
        )
        work.after_commit(partial(_discard, services, key))  # what was sent before and never confirmed
    return key, upload


async def confirm_avatar(services: Services, caller: Caller) -> None:
    """Make what was sent the caller's picture.

    Raises :class:`NotFoundError` if nothing was sent, and :class:`ValidationFailedError`, removing it, if that is no
    picture or too large.
    """
    async with services.database.read() as work:
        allowed = await work.session.get(AvatarUpload, caller.user_id)
    if allowed is None:
        raise NotFoundError("No avatar was uploaded")
    # Where nobody can send to any more: what is looked at here is what will be shown.
    found_key = f"avatars/{caller.user_id}/{new_id()}"
    try:
        if not await services.objects.move(allowed.key, found_key):
            raise NotFoundError("No avatar was uploaded")
        found = await services.objects.head(found_key)
        kind = None if found is None else _picture_type(found, await services.objects.start(found_key, _SNIFFED))
        if kind is None:
            raise ValidationFailedError.of("avatar", "must be a PNG, JPEG or WebP picture of at most 5 MiB")
        await _show(services, caller, found_key)
    except ApiError:
        await _discard(services, found_key)
        raise


async def remove_avatar(services: Services, caller: Caller) -> None:
    """The caller has no picture any more, and none that waits for being confirmed."""
    async with services.database.write() as work:
        drop_avatar(work, services, await lock_caller(work, caller.user_id))


def drop_avatar(work: Work, services: Services, user: User) -> None:
    """Take somebody's picture away, within a transaction that has locked them."""
    work.after_commit(partial(_discard, services, _pending(user.id)))
    if user.avatar_key is not None:
        work.after_commit(partial(_discard, services, user.avatar_key))
        user.avatar_key = None
        user.updated_at = work.now


async def forget_uploads(services: Services) -> None:
    """Remove pictures that nobody confirmed and nobody can send any more."""
    async with services.database.write() as work:
        late = AvatarUpload.expires_at < work.now - _STILL_COMING
        for row in (await work.session.execute(select(AvatarUpload).where(late))).scalars():
            await work.session.delete(row)
            work.after_commit(partial(_discard, services, row.key))


async def _show(services: Services, caller: Caller, key: str) -> None:
    async with services.database.write() as work:
        user = await lock_caller(work, caller.user_id)
        if user.avatar_key is not None:
            work.after_commit(partial(_discard, services, user.avatar_key))
        user.avatar_key = key
        user.updated_at = work.now


def _pending(user_id: str) -> str:
    return f"avatars/pending/{user_id}"


def _picture_type(found: StoredObject, start: bytes) -> str | None:
    """What kind of picture it is; ``None``: none that may be an avatar, or another one than it says."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "image/png"
    elif start.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg"
    elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        kind = "image/webp"
    else:
        return None
    said = found.content_type or kind
    return kind if said == kind and found.size_bytes <= AVATAR_MOST_BYTES else None


async def _discard(services: Services, key: str) -> None:
    """Remove an object nobody needs; that it could not be removed is no reason to fail."""
    try:
        await services.objects.delete(key)
    except UnavailableError:
        _log.warning("a picture could not be removed", key=key)
