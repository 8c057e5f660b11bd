"""One entry of the cache on the disk: written once, and believed only if every bit of it is as it was written.

::

    <entry>/
    ├── record   see :mod:`judge.cache.record`
    └── app/     the artefact (see :mod:`judge.artefact`), unless the compiler refused
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from judge.artefact import (
    DIRECTORY_MODE,
    FILE_MODE,
    artefact_directories,
    file_mode,
    write_artefact,
    write_file,
)
from judge.cache.record import Record

ARTEFACT: Final = "app"
_RECORD: Final = "record"
_MOST_RECORD_BYTES: Final = 1 << 20  # both streams of a compiler's text, encoded, are a quarter of it
_PIECE_BYTES: Final = 256 * 1024


def write_entry(root: Path, record: Record, files: Mapping[str, bytes]) -> None:
    """Fill ``root``, an empty directory, which nobody may write to any more afterwards. Raises ``OSError``."""
    if record.seal is not None:
        write_artefact(root / ARTEFACT, files)
    write_file(root / _RECORD, record.encode(), mode=FILE_MODE)
    root.chmod(DIRECTORY_MODE)


def read_entry(root: Path, key: str) -> Record:
    """The record of an entry after checking that all of the entry is as it was written.

    Raises ``ValueError`` or ``OSError`` if not: something is missing, added, changed, linked, or somebody else's.
    """
    _check(os.lstat(root), stat.S_IFDIR | DIRECTORY_MODE)
    record = read_record(root)
    if record.key != key:
        raise ValueError("the entry is another one's")
    if set(os.listdir(root)) != {_RECORD} | ({ARTEFACT} if record.seal is not None else set()):
        raise ValueError("the entry holds something else")
    if record.seal is not None and _seal_on_disk(root / ARTEFACT, record.content_bytes) != record.seal:
        raise ValueError("the artefact was changed")
    return record


def read_record(root: Path) -> Record:
    """The record alone. Raises ``ValueError`` or ``OSError``."""
    descriptor = _open(root / _RECORD)
    try:
        status = os.fstat(descriptor)
        _check(status, stat.S_IFREG | FILE_MODE)
        if status.st_size > _MOST_RECORD_BYTES:
            raise ValueError("the record is too long")
        return Record.decode(os.read(descriptor, _MOST_RECORD_BYTES))
    finally:
        os.close(descriptor)


def seal(files: Mapping[str, bytes]) -> str:
    """Digest of an artefact of these files: every path, every mode, every byte.

    SHA-256, because processors have instructions for it: with them nothing that is as sound is as quick.
    """
    digest = hashlib.sha256()
    for name in sorted({*files, *artefact_directories(files)}):
        content = files.get(name)
        if content is None:
            digest.update(_head(name, stat.S_IFDIR | DIRECTORY_MODE, 0))
        else:
            digest.update(_head(name, stat.S_IFREG | file_mode(content), len(content)))
            digest.update(content)
    return digest.hexdigest()


def _seal_on_disk(root: Path, content_bytes: int) -> str:
    """What :func:`seal` says of the files it finds. Raises ``ValueError`` for files nobody would have to read."""
    digest = hashlib.sha256()
    piece = memoryview(bytearray(_PIECE_BYTES))
    for name, is_directory in sorted(((".", True), *_walk(root, ""))):
        path = root / name
        if is_directory:
            status = os.lstat(path)
            _check(status)
            digest.update(_head(name, status.st_mode, 0))
            continue
        descriptor = _open(path)
        try:
            status = os.fstat(descriptor)
            _check(status)
            content_bytes -= status.st_size
            if content_bytes < 0:
                raise ValueError("the artefact has grown")
            digest.update(_head(name, status.st_mode, status.st_size))
            while read := os.readv(descriptor, (piece,)):
                digest.update(piece[:read])
        finally:
            os.close(descriptor)
    return digest.hexdigest()


def _walk(root: Path, prefix: str) -> Iterator[tuple[str, bool]]:
    """Every path below, and whether it is a directory. Raises ``ValueError`` for what is neither that nor a file."""
    with os.scandir(root / prefix) as children:
        for child in children:
            name = prefix + child.name
            if child.is_dir(follow_symlinks=False):
                yield name, True
                yield from _walk(root, f"{name}/")
            elif child.is_file(follow_symlinks=False):
                yield name, False
            else:
                raise ValueError(f"{name!r} is no file")


def _head(name: str, mode: int, size: int) -> bytes:
    # No name holds NUL and no number a space, so that no two artefacts are the same text.
    return b"%s\0%o %d\0" % (os.fsencode(name), mode, size)


def _check(status: os.stat_result, mode: int | None = None) -> None:
    """Raise ``ValueError`` unless it is the engine's own, under one name only, and of this kind and permissions."""
    if status.st_uid != os.geteuid():
        raise ValueError("the entry is somebody else's")
    if stat.S_ISREG(status.st_mode) and status.st_nlink != 1:
        raise ValueError("a file of the entry has another name elsewhere")
    if mode is not None and status.st_mode != mode:
        raise ValueError("the entry has other permissions than it was given")


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
