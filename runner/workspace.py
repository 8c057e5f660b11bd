"""Directories where engines of this host keep what is needed while they live, and the sweep of dead ones."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandboxes import SetupError

_PREFIX: Final = "engine-"
_NOT_OURS: Final = (BlockingIOError, FileNotFoundError, NotADirectoryError)  # held, gone, or never made by us


class Workspace:
    """A fresh directory below ``parent``, locked for as long as this process lives, removed by :meth:`close`.

    The kernel frees the lock when the process dies, however it dies; the next one to start removes what it left.
    Users of jails must be able to search the directory: it is named unguessably, but open to all.
    """

    def __init__(self, parent: Path) -> None:
        """Sweep, then make the directory. Raises :class:`SetupError` when the disk refuses."""
        try:
            parent.mkdir(parents=True, exist_ok=True)
            # Nobody makes or sweeps meanwhile: a directory is never seen before it is locked.
            with _locked(parent, fcntl.LOCK_EX):
                sweep(parent)
                self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
                self.path.chmod(0o711)
                self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise SetupError(f"no working directory can be made below {parent}: {error.strerror}") from error

    def close(self) -> None:
        """Remove the directory and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep(parent: Path) -> None:
    """Remove the directories below ``parent`` whose engine is dead."""
    for entry in parent.iterdir():
        if not entry.name.startswith(_PREFIX):
            continue
        with contextlib.suppress(*_NOT_OURS), _locked(entry, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(entry, ignore_errors=True)


@contextlib.contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
