"""Files of people: pictures, attachments, boards. In a directory of ours, or in any store that obstore knows.

They are sent and read by links, so that large files pass the operations by. A store with links of its own makes them
(S3 and its like); for files in our directory the links lead to ``files/routes.py``.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import obstore
from obstore import store as stores
from obstore.exceptions import BaseError

from api.clock import Clock
from api.errors import PayloadTooLargeError, UnavailableError, ValidationFailedError
from api.grants import DownloadGrant, Grants, UploadGrant
from api.keys import Secrets
from api.settings import ServiceSettings
from runner import SettingsError

_KEY: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_PATIENCE: Final = timedelta(seconds=10)
_LONGEST_KEY: Final = 255
_RECEIVING_S: Final = 86_400

Signing = stores.S3Store | stores.GCSStore | stores.AzureStore


class ObjectStoreUnavailableError(UnavailableError):
    """The store does not answer as it should."""

    text = "Files cannot be reached at the moment"


@dataclass(frozen=True, slots=True)
class Upload:
    """How to send an object: ``method`` to ``url`` with ``headers``, until ``expires_at``."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is there. ``content_type`` ``None``: its store does not know."""

    size_bytes: int
    content_type: str | None


class ObjectStore:
    """Objects by key: segments of letters, digits and ``._-`` between slashes, at most 255 characters in all.

    Made by :meth:`open`; ``grants`` reads what its links hold. Methods that reach the store raise
    :class:`ObjectStoreUnavailableError`.
    """

    def __init__(self, data: stores.ObjectStore, grants: Grants, clock: Clock, *, base_url: str) -> None:
        self._data = data
        self._types: stores.LocalStore | None = None
        self._signing = data if isinstance(data, Signing) else None
        self.grants = grants
        self._clock = clock
        self._base_url = base_url
        self._root: Path | None = None

    @classmethod
    def open(cls, settings: ServiceSettings, secrets: Secrets, clock: Clock, *, base_url: str) -> ObjectStore:
        """The store that the settings name. ``base_url``: where our own links begin.

        Raises :class:`runner.SettingsError` for a store that makes no links.
        """
        grants = Grants(secrets.upload, clock)
        if settings.storage_url is not None:
            remote = stores.from_url(
                settings.storage_url,
                # Plain HTTP only where the operator's endpoint says so; real clouds are always reached encrypted.
                client_options={"timeout": _PATIENCE, "connect_timeout": _PATIENCE, "allow_http": True},
                retry_config={"max_retries": 2, "retry_timeout": _PATIENCE},
            )
            if not isinstance(remote, Signing):
                raise SettingsError("SYNCODE_STORAGE_URL: must begin with s3://, gs:// or az://")
            return cls(remote, grants, clock, base_url=base_url)
        root = settings.objects
        for part in (root, root / "data", root / "types"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(root / "data")
        made = cls(stores.LocalStore(root / "data", mkdir=True), grants, clock, base_url=base_url)
        made._types = stores.LocalStore(root / "types", mkdir=True)  # files know no type of their own
        made._root = root / "data"
        return made

    async def upload_url(
        self, key: str, *, content_type: str, content_length: int | None, most_bytes: int, lifetime_s: int
    ) -> Upload:
        """A link to send the object ``key`` by.

        In our own directory type and size are enforced when it comes. Other stores take what they are sent: whoever
        uses the object looks at :meth:`head` first.
        """
        _check(key)
        expires_at = self._clock.now() + timedelta(seconds=lifetime_s)
        headers = {"Content-Type": content_type}
        if self._signing is not None:
            url = await self._sign("PUT", key, lifetime_s)
        else:
            grant = UploadGrant(key, content_type, content_length, most_bytes)
            url = f"{self._base_url}/uploads/{self.grants.upload(grant, expires_at=expires_at)}"
        return Upload(url, "PUT", headers, expires_at)

    async def download_url(self, key: str, *, lifetime_s: int) -> str:
        """A link to read the object ``key``, whether or not it is there by now."""
        _check(key)
        if self._signing is not None:
            return await self._sign("GET", key, lifetime_s)
        expires_at = self._clock.now() + timedelta(seconds=lifetime_s)
        return f"{self._base_url}/files/{self.grants.download(DownloadGrant(key, expires_at))}"

    def lasting_url(self, key: str) -> str:
        """A link to read the object ``key`` for as long as it is there; always the same, so that browsers keep it.

        For what everybody may see. An object once shown this way never changes: what replaces it has another key.
        """
        _check(key)
        return f"{self._base_url}/files/{self.grants.download(DownloadGrant(key, None))}"

    async def head(self, key: str) -> StoredObject | None:
        """What is there; ``None``: nothing."""
        _check(key)
        async with _translated():
            try:
                found = await self._data.get_async(key, options={"head": True})
            except FileNotFoundError:
                return None
            kind = found.attributes.get("Content-Type")
            if self._types is not None:
                kind = await self._local_type(key)
            return StoredObject(found.meta["size"], kind)

    async def start(self, key: str, size_bytes: int) -> bytes:
        """The first bytes of an object, fewer if it has fewer, none if it is not there."""
        _check(key)
        async with _translated():
            try:
                async for chunk in (await self._data.get_async(key)).stream(min_chunk_size=size_bytes):
                    return bytes(chunk)[:size_bytes]
            except FileNotFoundError:
                return b""
            return b""

    async def move(self, source: str, target: str) -> bool:
        """Give an object another key; ``False``: there is none. What was at ``target`` is replaced."""
        _check(source)
        _check(target)
        async with _translated():
            try:
                if self._types is not None:
                    await self._types.copy_async(source, target)
                await self._data.copy_async(source, target)
            except FileNotFoundError:
                return False
        await self.delete(source)
        return True

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens if there is none."""
        _check(key)
        async with _translated():
            for store in (self._data, self._types):
                if store is not None:
                    try:
                        await store.delete_async(key)
                    except FileNotFoundError:
                        continue

    async def delete_below(self, folder: str) -> None:
        """Remove every object whose key begins with ``folder`` and a slash."""
        _check(folder)
        async with _translated():
            for store in (self._data, self._types):
                if store is not None:
                    async for found in store.list(folder):
                        await store.delete_async([one["path"] for one in found])

    async def receive(self, grant: UploadGrant, chunks: AsyncIterator[bytes]) -> None:
        """Keep what is sent to our own directory: all of it, or, after an error, nothing.

        Raises :class:`PayloadTooLargeError` as soon as it is too much, and :class:`ValidationFailedError` if its size
        is not the one announced.
        """
        _check(grant.key)
        if self._types is None:
            raise RuntimeError("objects are sent to the store itself")
        kind = grant.content_type.encode()
        async with _translated():
            await self._types.put_async(grant.key, kind)
            try:
                await self._data.put_async(grant.key, _limited(grant, chunks), max_concurrency=1)
            except BaseException:
                if await self.head(grant.key) is None:
                    await self.delete(grant.key)
                raise
            await self._types.put_async(grant.key, kind)  # a sender who failed meanwhile took it away

    async def local_file(self, key: str) -> tuple[Path, str] | None:
        """Where an object of our own directory lies, and its type; ``None``: there is none, or it is elsewhere."""
        _check(key)
        found = None if self._root is None else await self.head(key)
        if found is None or self._root is None:
            return None
        return self._root / key, found.content_type or "application/octet-stream"

    @property
    def local(self) -> bool:
        """Whether objects lie in our own directory."""
        return self._root is not None

    async def _local_type(self, key: str) -> str | None:
        assert self._types is not None  # noqa: S101 - asked for by who knows
        try:
            return bytes(await (await self._types.get_async(key)).bytes_async()).decode()
        except FileNotFoundError:
            return None

    async def _sign(self, method: Literal["GET", "PUT"], key: str, lifetime_s: int) -> str:
        assert self._signing is not None  # noqa: S101 - asked for by who knows
        async with _translated():
            return await obstore.sign_async(self._signing, method, key, timedelta(seconds=lifetime_s))


async def _limited(grant: UploadGrant, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    most = grant.most_bytes if grant.content_length is None else grant.content_length
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise PayloadTooLargeError
        if chunk:
            yield chunk
    if grant.content_length is not None and size != grant.content_length:
        raise ValidationFailedError.of("Content-Length", f"must be {grant.content_length}")


def _sweep(root: Path) -> None:
    """Remove what was being received when a process was killed, long enough ago that nobody sends it any more."""
    for path in root.rglob("*#*"):
        if path.is_file() and path.stat().st_mtime < time.time() - _RECEIVING_S:
            path.unlink(missing_ok=True)


def _check(key: str) -> None:
    """Raises :class:`ValueError`: keys are made by us, and what people sent has no place in them."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"this is no key of an object: {key!r}")


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except BaseError as error:
        raise ObjectStoreUnavailableError from error
