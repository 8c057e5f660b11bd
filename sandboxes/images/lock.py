"""One builder per image at a time, recognisable as living from outside."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_POLL_S: Final = 0.1


def try_lock(path: Path) -> int | None:
    """Take the lock at ``path`` and give its descriptor, or ``None`` while somebody lives who holds it.

    The lock belongs to the open file: a child that inherits the descriptor holds it too, so it is free only when the
    builder and every tool it started are gone. Closing the descriptor gives it back.
    """
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(fd, path):
                return fd
        except BlockingIOError:
            os.close(fd)
            return None
        except OSError:
            os.close(fd)
            raise
        os.close(fd)


@contextmanager
def held(path: Path, *, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the lock at ``path``, waiting for it; gives its descriptor.

    ``on_wait`` is called once per poll while another builder holds it, and may raise to give up.
    """
    while (fd := try_lock(path)) is None:
        on_wait()
        time.sleep(_POLL_S)
    try:
        yield fd
    finally:
        os.close(fd)


def _is_at(fd: int, path: Path) -> bool:
    """Whether the locked file still has its name: whoever removes it does so holding it."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
