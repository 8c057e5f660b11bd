"""What must not be in an image, whoever built it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sandboxes.images.seal import DEVICE_POINTS, ETC_STUB, MOUNT_POINTS, USR_LINKS
from sandboxes.images.tree import Entry, walk

# Secrets, or facts about the machine that built the image.
_ETC_FORBIDDEN: Final = (
    "gshadow",
    "gshadow-",
    "machine-id",
    "mtab",
    "resolv.conf",
    "shadow",
    "shadow-",
    "ssh",
    "sudoers",
)


def audit(rootfs: Path) -> tuple[str, ...]:
    """Every violation found, one sentence each that begins with the path in the image; empty when it is clean.

    Raises ``OSError`` when the tree cannot be read.
    """
    if not rootfs.is_dir():
        return ("/: there is no tree",)
    entries = (problem for entry in walk(rootfs) for problem in _entry(entry))
    return (*_layout(rootfs), *_points(rootfs), *_etc(rootfs / "etc"), *entries)


def _layout(rootfs: Path) -> Iterator[str]:
    known = {"usr", "etc", *USR_LINKS, *(point.partition("/")[0] for point in MOUNT_POINTS)}
    yield from (f"/{name}: has no place in an image" for name in sorted(os.listdir(rootfs)) if name not in known)
    for name in ("usr", "etc", *MOUNT_POINTS):
        if not _is(stat.S_ISDIR, rootfs / name):
            yield f"/{name}: must be a directory"
    for name in USR_LINKS:
        path = rootfs / name
        present = os.path.lexists(path)
        if (present or name in {"bin", "lib"}) and not (path.is_symlink() and os.readlink(path) == f"usr/{name}"):
            yield f"/{name}: must be a link to usr/{name}"


def _points(rootfs: Path) -> Iterator[str]:
    known = {*MOUNT_POINTS, *DEVICE_POINTS}
    for point in MOUNT_POINTS:
        if _is(stat.S_ISDIR, rootfs / point):
            for name in sorted(os.listdir(rootfs / point)):
                if f"{point}/{name}" not in known:
                    yield f"/{point}/{name}: a mount point must be empty"
    for point in DEVICE_POINTS:
        path = rootfs / point
        if not _is(stat.S_ISREG, path) or path.stat().st_size:
            yield f"/{point}: must be an empty file"


def _etc(etc: Path) -> Iterator[str]:
    for name in _ETC_FORBIDDEN:
        if os.path.lexists(etc / name):
            yield f"/etc/{name}: must not be there"
    for name, content in ETC_STUB.items():
        path = etc / name
        if not _is(stat.S_ISREG, path) or path.read_bytes() != content.encode():
            yield f"/etc/{name}: must be the stub that every image has"


def _entry(entry: Entry) -> Iterator[str]:
    mode = entry.status.st_mode
    if stat.S_ISLNK(mode):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        yield f"/{entry.path}: is a {_kind(mode)}"
        return
    if mode & stat.S_ISUID:
        yield f"/{entry.path}: has the set-user-id bit"
    if mode & stat.S_ISGID:
        yield f"/{entry.path}: has the set-group-id bit"
    if mode & stat.S_IWOTH:
        yield f"/{entry.path}: can be written by everybody"
    readable = 0o005 if stat.S_ISDIR(mode) else 0o004
    if mode & readable != readable:
        yield f"/{entry.path}: cannot be read by everybody"
    if entry.status.st_uid not in {0, os.geteuid()}:
        yield f"/{entry.path}: belongs to user {entry.status.st_uid}"
    if "security.capability" in os.listxattr(entry.full, follow_symlinks=False):
        yield f"/{entry.path}: has file capabilities"


def _is(kind: Callable[[int], bool], path: Path) -> bool:
    """Whether there is something at ``path`` that is itself (no link to one) of this kind."""
    try:
        return kind(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _kind(mode: int) -> str:
    if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
        return "device node"
    return "FIFO" if stat.S_ISFIFO(mode) else "socket"
