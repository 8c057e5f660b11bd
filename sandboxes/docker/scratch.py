"""The size of a mounted tmpfs, changed from outside of whatever shows it: fsopen(2) and its kin (fspick, fsconfig)."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

from sandboxes.docker.profile import SCRATCH
from sandboxes.errors import SetupError

# The same numbers on every architecture.
_SYS_FSCONFIG: Final = 431
_SYS_FSPICK: Final = 433
_CLOEXEC, _EMPTY_PATH = 0x1, 0x8
_SET_STRING, _RECONFIGURE = 1, 7

_libc = ctypes.CDLL(None, use_errno=True)


def resize(root: Path, *, size_bytes: int, inodes: int) -> None:
    """Let each scratch below ``root`` (of a container) hold that much. Raises :class:`SetupError`."""
    for place in SCRATCH:
        try:
            descriptor = os.open(f"{root}{place}", os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _reconfigure(descriptor, {"size": str(size_bytes), "nr_inodes": str(inodes)})
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SetupError(f"the scratch of a container cannot be sized: {error.strerror}") from error


def _reconfigure(mount: int, options: dict[str, str]) -> None:
    context = _call(_SYS_FSPICK, mount, b"", _CLOEXEC | _EMPTY_PATH)
    try:
        for key, value in options.items():
            _call(_SYS_FSCONFIG, context, _SET_STRING, key.encode(), value.encode(), 0)
        _call(_SYS_FSCONFIG, context, _RECONFIGURE, None, None, 0)
    finally:
        os.close(context)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
