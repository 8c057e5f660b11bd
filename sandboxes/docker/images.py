"""The language images of this host as images of the Docker engine: taken in once, named by what they hold."""

from __future__ import annotations

import fcntl
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandboxes.docker.daemon import Daemon
from sandboxes.errors import ImageError, SetupError
from sandboxes.images import ImageStore
from sandboxes.images.manifest import read_manifest
from sandboxes.images.tree import measure

REPOSITORY: Final = "syncode"
HOME_LABEL: Final = "org.syncode.home"
_CHUNK_BYTES: Final = 1 << 20


class Images:
    """What one home has given to the engine. Safe to use from several threads and processes.

    ``directory``: for the locks of those who take the same image in.
    """

    def __init__(self, daemon: Daemon, *, home: Path, directory: Path) -> None:
        self._daemon = daemon
        self._home = home
        self._directory = directory
        self._known: dict[Path, str] = {}

    def name(self, rootfs: Path) -> str:
        """The engine's name of the image whose root file system that is; taken in if it is not there yet.

        Raises :class:`SetupError`.
        """
        name = self._known.get(rootfs)
        if name is None:
            name = image_name(rootfs)
            self._take_in(rootfs, name)
            self._known[rootfs] = name
        return name

    def forget(self, rootfs: Path) -> None:
        """Look again whether the engine has it: somebody may have removed it there."""
        self._known.pop(rootfs, None)

    def prune(self) -> tuple[str, ...]:
        """Remove what this home has given and has no longer itself; what a container uses stays. Returns their names.

        Raises :class:`SetupError` or :class:`ImageError`.
        """
        kept = {f"{REPOSITORY}:{image.manifest.tree}" for image in ImageStore(self._home).images()}
        given = self._daemon.images(REPOSITORY, label=f"{HOME_LABEL}={self._home}")
        return tuple(name for name in given if name not in kept and self._daemon.remove_image(name))

    def _take_in(self, rootfs: Path, name: str) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._directory / name.rpartition(":")[2], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._daemon.has_image(name):
                self._daemon.import_image(_archive(rootfs), name, labels={HOME_LABEL: str(self._home)})
        finally:
            os.close(lock)


def image_name(rootfs: Path) -> str:
    """The name that says what is in it: the digest of the whole tree. Raises :class:`SetupError`."""
    try:
        manifest = read_manifest(rootfs.parent) if rootfs.name == "rootfs" else None
        tree = measure(rootfs).digest if manifest is None else manifest.tree
    except (OSError, ImageError) as error:
        raise SetupError(f"the image at {rootfs} cannot be read: {error}") from error
    return f"{REPOSITORY}:{tree}"


def _archive(rootfs: Path) -> Iterator[bytes]:
    """The tree as a tar archive, piece by piece; raises ``OSError`` in the end if not all of it could be read."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    failures: list[Exception] = []
    thread = threading.Thread(target=_pack, args=(rootfs, writer, failures), name="image-archive", daemon=True)
    thread.start()
    try:
        while chunk := os.read(reader, _CHUNK_BYTES):
            yield chunk
    finally:
        os.close(reader)
        thread.join()
    if failures:
        raise OSError(f"{rootfs} could not be packed: {failures[0]}") from failures[0]


def _pack(rootfs: Path, writer: int, failures: list[Exception]) -> None:
    try:
        with open(writer, "wb") as stream, tarfile.open(fileobj=stream, mode="w|", bufsize=_CHUNK_BYTES) as archive:
            archive.add(rootfs, arcname=".", filter=_nobodys)
    except (OSError, tarfile.TarError) as error:
        failures.append(error)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
