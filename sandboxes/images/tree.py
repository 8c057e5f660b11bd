"""A directory tree as one number: what an image holds, so that a changed one is noticed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree; ``path`` is relative to the tree, ``status`` is of the name itself (links not followed)."""

    path: str
    full: str
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Measure:
    """``digest`` covers relative path, kind, mode and content of every entry; times and owners do not count.

    ``size_bytes`` counts each regular file once, whatever its number of names.
    """

    digest: str
    size_bytes: int
    entries: int


def walk(root: Path) -> Iterator[Entry]:
    """Every entry below ``root`` (itself not included), parents first, in the order of their names' bytes.

    A directory may be emptied or removed by the caller while it is the current entry.
    """
    yield from _walk(str(root), "")


def _walk(directory: str, prefix: str) -> Iterator[Entry]:
    for name in sorted(os.listdir(directory), key=os.fsencode):
        full = f"{directory}/{name}"
        status = os.lstat(full)
        yield Entry(prefix + name, full, status)
        if stat.S_ISDIR(status.st_mode) and os.path.lexists(full):
            yield from _walk(full, f"{prefix}{name}/")


def measure(root: Path) -> Measure:
    """Read the whole tree. Raises ``OSError``."""
    whole = hashlib.sha256()
    contents: dict[tuple[int, int], bytes] = {}
    size_bytes = entries = 0
    for entry in walk(root):
        entries += 1
        mode = entry.status.st_mode
        identity = (entry.status.st_dev, entry.status.st_ino)
        content = b""
        if stat.S_ISREG(mode):
            if identity not in contents:
                contents[identity] = _content(entry.full)
                size_bytes += entry.status.st_size
            content = contents[identity]
        elif stat.S_ISLNK(mode):
            content = hashlib.sha256(os.fsencode(os.readlink(entry.full))).digest()
            mode = stat.S_IFLNK  # a link's own mode means nothing
        whole.update(f"{mode:o}\0".encode() + os.fsencode(entry.path) + b"\0" + content)
    return Measure(whole.hexdigest(), size_bytes, entries)


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").digest()  # type: ignore[arg-type,unused-ignore] # raw files do
