"""Large data of tests between hosts: by what is in them, put once, fetched once by each host, kept there on disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import obstore
import redis
from obstore import store as stores
from obstore.exceptions import BaseError

from judge import Data
from runner.depot import Fetch
from runner.distributed.queue import PREFIX
from runner.errors import DepotError, SettingsError
from runner.workspace import Workspace

_KEPT_S: Final = 7 * 24 * 3600
_PATIENCE: Final = timedelta(seconds=30)
_NAME: Final = re.compile(r"[0-9a-f]{64}")


OnLookedUp = Callable[[bool], None]
"""Told whether something was on this host's disk already."""


class BlobStore(Protocol):
    """Bytes by name. Raises :class:`DepotError` when it cannot be reached."""

    def put(self, name: str, content: bytes) -> None:
        """Keep them."""
        ...

    def holds(self, name: str) -> bool:
        """Whether they are there, and will be for days."""
        ...

    def get(self, name: str) -> bytes | None:
        """They, or ``None``."""
        ...


class RedisBlobs:
    """See :class:`BlobStore`. For a week after they were last put or asked for, in the memory of Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def put(self, name: str, content: bytes) -> None:
        """See :meth:`BlobStore.put`."""
        with _told():
            self._client.set(_key(name), content, ex=_KEPT_S)

    def holds(self, name: str) -> bool:
        """See :meth:`BlobStore.holds`."""
        with _told():
            return bool(self._client.expire(_key(name), _KEPT_S))

    def get(self, name: str) -> bytes | None:
        """See :meth:`BlobStore.get`."""
        with _told():
            content = self._client.get(_key(name))
        assert content is None or isinstance(content, bytes)  # noqa: S101 - it is asked for no text
        return content


class ObjectBlobs:
    """See :class:`BlobStore`. In any store that obstore knows, until a rule of the store's own removes them."""

    def __init__(self, address: str) -> None:
        """Raises :class:`SettingsError` for an address that is none."""
        try:
            self._store = stores.from_url(
                address,
                client_options={"timeout": _PATIENCE, "connect_timeout": _PATIENCE, "allow_http": True},
                retry_config={"max_retries": 3, "retry_timeout": _PATIENCE},
            )
        except (BaseError, ValueError) as error:
            raise SettingsError(f"SYNCODE_BLOBS_URL: {error}") from error

    def put(self, name: str, content: bytes) -> None:
        """See :meth:`BlobStore.put`."""
        with _told():
            obstore.put(self._store, _path(name), content)

    def holds(self, name: str) -> bool:
        """See :meth:`BlobStore.holds`."""
        with _told():
            try:
                obstore.head(self._store, _path(name))
            except FileNotFoundError:
                return False
        return True

    def get(self, name: str) -> bytes | None:
        """See :meth:`BlobStore.get`."""
        with _told():
            try:
                return bytes(obstore.get(self._store, _path(name)).bytes())
            except FileNotFoundError:
                return None


def open_blobs(address: str | None, client: redis.Redis) -> BlobStore:
    """The store at ``address``; ``None``: in Redis. Raises :class:`SettingsError`."""
    return RedisBlobs(client) if address is None else ObjectBlobs(address)


def deposit(blobs: BlobStore, data: Data) -> str | None:
    """See :data:`runner.depot.Deposit`: what lies in files goes to ``blobs``."""
    if isinstance(data.source, bytes):
        return None
    content = data.read()
    name = hashlib.sha256(content).hexdigest()
    if not blobs.holds(name):
        blobs.put(name, content)
    return name


class BlobCache:
    """Blobs on this host's disk: at most ``limit_bytes``, and what jobs use just now, which closing removes.

    A job reads links of its own, so nothing is removed under it. ``on_looked_up`` is told whether it was there.
    """

    def __init__(
        self, blobs: BlobStore, home: Path, *, limit_bytes: int, on_looked_up: OnLookedUp | None = None
    ) -> None:
        """Raises :class:`sandboxes.SetupError` when the disk refuses."""
        self._on_looked_up = on_looked_up
        self._blobs = blobs
        self._kept = home / "cache" / "blobs"
        self._limit_bytes = limit_bytes
        self._kept.mkdir(parents=True, exist_ok=True)
        self._workspace = Workspace(home / "jobs")

    @contextlib.contextmanager
    def job(self) -> Iterator[Fetch]:
        """What gives a job its data (see :data:`runner.depot.Fetch`), which are there until it is left."""
        with tempfile.TemporaryDirectory(dir=self._workspace.path) as own:
            yield lambda name: self._fetch(name, Path(own))

    def _fetch(self, name: str, own: Path) -> Data:
        if not _NAME.fullmatch(name):
            raise DepotError(f"{name!r} is no name of data")
        place, found = own / name, True
        if place.exists():
            return Data(place)
        try:
            while True:
                with contextlib.suppress(FileNotFoundError):  # it is not there yet, or not any more
                    place.hardlink_to(self._kept / name)
                    os.utime(place)
                    break
                found = False
                self._bring(name)
        except OSError as error:
            raise DepotError(f"data of tests cannot be kept here: {error.strerror}") from error
        if self._on_looked_up is not None:
            self._on_looked_up(found)
        return Data(place)

    def _bring(self, name: str) -> None:
        content = self._blobs.get(name)
        if content is None:
            raise DepotError(f"data of tests are gone: {name}")
        if hashlib.sha256(content).hexdigest() != name:
            raise DepotError(f"data of tests are not what they should be: {name}")
        self._make_room(len(content))
        with tempfile.NamedTemporaryFile(dir=self._kept, prefix=".new-", delete=False) as file:
            file.write(content)
        Path(file.name).rename(self._kept / name)

    def _make_room(self, size: int) -> None:
        """Remove what was not asked for longest, until ``size`` more bytes fit."""
        kept = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in self._kept.iterdir())
        total = sum(each[1] for each in kept) + size
        for _, its, path in kept:
            if total <= self._limit_bytes:
                return
            path.unlink(missing_ok=True)
            total -= its

    def close(self) -> None:
        """Remove what jobs used. No job may be going on."""
        self._workspace.close()


def _key(name: str) -> str:
    return f"{PREFIX}blob:{name}"


def _path(name: str) -> str:
    return f"blobs/{name}"


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (redis.RedisError, BaseError, OSError) as error:
        raise DepotError(f"data of tests cannot be reached: {error}") from error
