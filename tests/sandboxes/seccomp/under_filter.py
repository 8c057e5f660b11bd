"""Installs the seccomp filter in the file ``argv[1]`` and becomes the program ``argv[2:]``."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2


class FilterProgram(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(program: bytes) -> None:
    """Raises ``OSError`` when the kernel does not take it."""
    libc = ctypes.CDLL(None, use_errno=True)
    described = FilterProgram(len(program) // 8, program)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0),
    ):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    install(Path(sys.argv[1]).read_bytes())
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming the program is its purpose
