"""Cloning a directory of the host as a mount of its own, to be shown in a jail: mount_setattr(2) and its kin."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

from sandboxes.errors import SetupError

# The same numbers on every architecture.
_SYS_OPEN_TREE: Final = 428
_SYS_MOUNT_SETATTR: Final = 442
_OPEN_TREE_CLONE: Final = 1
_AT_FDCWD: Final = -100
_AT_EMPTY_PATH: Final = 0x1000
_READ_ONLY: Final = 0x1 | 0x2 | 0x4  # MOUNT_ATTR_RDONLY, NOSUID, NODEV
_PRIVATE: Final = 1 << 18  # MS_PRIVATE

_libc = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd"))


def clone_tree(directory: Path) -> int:
    """A descriptor of a mount that shows ``directory`` and nothing mounted below it, read-only for whoever gets it.

    The mount is nowhere yet, and gone with its last descriptor unless somebody puts it somewhere. Raises
    :class:`SetupError`.
    """
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC
    tree: int = _libc.syscall(_SYS_OPEN_TREE, _AT_FDCWD, os.fsencode(directory), ctypes.c_uint(flags))
    if tree < 0:
        raise _refused(directory)
    attributes = _Attributes(set=_READ_ONLY, propagation=_PRIVATE)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    if _libc.syscall(_SYS_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, ctypes.byref(attributes), size) < 0:
        error = _refused(directory)
        os.close(tree)
        raise error
    return tree


def _refused(directory: Path) -> SetupError:
    return SetupError(f"{directory} cannot be shown in a jail: {os.strerror(ctypes.get_errno())}")
