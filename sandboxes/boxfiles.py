"""Taking files out of a box that a program has written, without trusting anything in it.

Every file is opened beneath the box by descriptor (``openat2``: no links, no other mounts, no way up), must be a
regular file with one name, and is read up to a cap. The jail must be dead by then.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandboxes.errors import OutputFileError

MOST_FILES: Final = 4096
MOST_DEPTH: Final = 16
# Whoever stores the files has directories of its own above them, and the kernel takes paths of 4095 bytes.
MOST_PATH_BYTES: Final = 1024
_SHOWN_CHARACTERS: Final = 100

_SYS_OPENAT2: Final = 437  # the same number on every architecture
_BENEATH: Final = 0x08 | 0x04 | 0x02 | 0x01  # RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV
_libc = ctypes.CDLL(None, use_errno=True)


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came out: ``files`` (relative path -> content, sorted) and ``refused`` (``path: reason``) of the rest."""

    files: Mapping[str, bytes]
    refused: tuple[str, ...]


def collect(box: int, directory: str, *, most_bytes: int) -> Harvest:
    """All files below ``directory`` of the box behind descriptor ``box``. A missing directory is an empty harvest.

    Refused one by one: what is neither plainly a file nor a directory, has a name that is not UTF-8 or a path that is
    too long, lies too deep, or does not fit into what is left of ``most_bytes``. After too many names the walk stops,
    saying so.
    """
    files: dict[str, bytes] = {}
    refused: list[str] = []
    left = most_bytes
    pending = [""]
    seen = 0
    while pending:
        below = pending.pop()
        try:
            names = _list(box, f"{directory}/{below}" if below else directory)
        except OSError as error:
            if below or not isinstance(error, FileNotFoundError):
                refused.append(f"{shown(below or directory)}: cannot be opened ({error.strerror})")
            continue
        for name in names:
            path = f"{below}/{name}" if below else name
            seen += 1
            if seen > MOST_FILES:
                refused.append(f"{directory}: holds more than {MOST_FILES} names")
                pending.clear()
                break
            try:
                content = _read(box, f"{directory}/{path}", left)
            except OutputFileError as error:
                refused.append(f"{shown(path)}: {error.reason}")
                continue
            if content is not None:
                files[path] = content
                left -= len(content)
            elif path.count("/") < MOST_DEPTH:
                pending.append(path)
            else:
                refused.append(f"{shown(path)}: lies deeper than {MOST_DEPTH} directories")
    return Harvest(files=dict(sorted(files.items())), refused=tuple(refused))


def _list(box: int, where: str) -> list[str]:
    descriptor = _open_beneath(box, where, os.O_DIRECTORY)
    try:
        return sorted(os.listdir(descriptor))
    finally:
        os.close(descriptor)


def _read(box: int, where: str, left: int) -> bytes | None:
    """Content of a regular file, ``None`` for a directory. Raises :class:`OutputFileError`."""
    check_path(where)
    try:
        descriptor = _open_beneath(box, where, os.O_NONBLOCK)
    except OSError as error:
        raise OutputFileError(where, f"cannot be opened ({error.strerror})") from error
    try:
        about = os.fstat(descriptor)
        if stat.S_ISDIR(about.st_mode):
            return None
        if not stat.S_ISREG(about.st_mode):
            raise OutputFileError(where, "is not a regular file")
        if about.st_nlink != 1:
            raise OutputFileError(where, "has more than one name")
        if about.st_size > left:
            raise OutputFileError(where, "is larger than what may be taken out")
        content = bytearray()
        while chunk := os.read(descriptor, min(1 << 20, about.st_size - len(content))):
            content += chunk
        return bytes(content)
    finally:
        os.close(descriptor)


def shown(path: str) -> str:
    """A path that a program chose, as part of one line of text: no control characters, and not all of a long one."""
    text = ascii(path)[1:-1]
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def check_path(path: str) -> None:
    """Raise :class:`OutputFileError` for a path that nobody could store."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise OutputFileError(path, "has a name that is not UTF-8") from None
    if size > MOST_PATH_BYTES:
        raise OutputFileError(path, f"has a path of more than {MOST_PATH_BYTES} bytes")


def _open_beneath(directory: int, path: str, flags: int) -> int:
    how = _OpenHow(os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY | flags, 0, _BENEATH)
    descriptor: int = _libc.syscall(_SYS_OPENAT2, directory, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), path)
    return descriptor
