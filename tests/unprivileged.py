"""Doing something as a user who is not root, in a process of its own."""

from __future__ import annotations

import ctypes
import os
import pickle
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

UID: Final = 64_999  # nobody's on any host, so that every process of it is ours
GID: Final = 64_998
GROUP: Final = 64_997  # a supplementary one
PROJECT: Final = Path(__file__).parents[1]
_CLONE_NEWNS: Final = 0x2_0000
_MS_BIND: Final = 0x1000
_MS_REC_PRIVATE: Final = 0x4000 | 0x4_0000


def unprivileged(action: Callable[[], T]) -> T:
    """What ``action`` returns for a user without any right; what it raises is raised here. Needs root."""
    with tempfile.TemporaryFile() as answer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads; the child touches none
            child = os.fork()
        if child == 0:
            result: object = None
            try:
                _let_everybody_reach(PROJECT, Path(sys.prefix), Path(sys.base_prefix))
                os.setgroups([GROUP])
                os.setgid(GID)
                os.setuid(UID)
                result = (action(), None)
            except BaseException as error:  # noqa: BLE001 - it is raised on the other side
                result = (None, error)
            finally:
                pickle.dump(result, answer)
                answer.flush()
                os._exit(0)
        os.waitpid(child, 0)
        answer.seek(0)
        value, raised = pickle.load(answer)  # noqa: S301 - our own child's
    if raised is not None:
        raise raised
    returned: T = value
    return returned


def _let_everybody_reach(*places: Path) -> None:
    """Open the way to what the tests are made of, which may lie in somebody's private home, for this process only.

    A directory on the way that is closed is covered, in a mount namespace of our own, by one with nothing in it but
    these places.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, target: Path, kind: str, flags: int, data: str = "") -> None:
        if libc.mount(source.encode(), bytes(target), kind.encode(), flags, data.encode()) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))

    if libc.unshare(_CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "no mount namespace")
    mount("none", Path("/"), "none", _MS_REC_PRIVATE)
    held = {place: os.open(place, os.O_PATH | os.O_DIRECTORY) for place in places}
    for place, descriptor in held.items():
        closed = next((above for above in reversed(place.parents) if not above.stat().st_mode & stat.S_IXOTH), None)
        if closed is not None:
            mount("none", closed, "tmpfs", 0, "mode=755")
        if not place.exists():
            place.mkdir(parents=True)
            mount(f"/proc/self/fd/{descriptor}", place, "none", _MS_BIND)
        os.close(descriptor)
