"""The cache's directory, shared by all engines of a host: who uses what, what fits, what goes first.

::

    <directory>/
    ├── entries/<digest>/   finished entries; a directory's mtime is the last time it was of use
    ├── making/<bytes>-…/   entries half made, and such as only their maker uses
    └── used                bytes that all of them count for; its lock is held by whoever makes room

Whoever makes or uses a directory holds a shared lock on it, whoever removes it an exclusive one. The kernel gives a
lock back when its process ends, however it ends: what a dead engine left in ``making`` is known by being free.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.cache.entry import read_record

_DIGITS: Final = 20
# How much is cleared in addition whenever there is no room: looking through all entries should be rare.
_HEADROOM: Final = 16
_WRITABLE_BY_OTHERS: Final = 0o022
_SEARCHABLE: Final = 0o111


class Lease:
    """A directory that nobody removes until :meth:`close`."""

    def __init__(self, path: Path, how: int = fcntl.LOCK_SH) -> None:
        """Lock the directory at ``path``. Raises ``OSError`` when there is none, or when it is being removed."""
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(self._descriptor), os.lstat(path)):
                raise FileNotFoundError(path)
        except OSError:
            self.close()
            raise

    def rename(self, path: Path) -> None:
        """Give it another name. Raises ``OSError`` when something that is not empty has that name."""
        self.path.rename(path)
        self.path = path

    def touch(self) -> None:
        """Note that it was of use now."""
        with contextlib.suppress(OSError):
            os.utime(self._descriptor)

    def close(self) -> None:
        """Give the lock back."""
        try:
            # By word: a process that is just being started may hold a copy of the descriptor for a moment longer.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            os.close(self._descriptor)


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    """An entry that may have to go; the one that was of no use for longest sorts first."""

    used_ns: int
    path: Path
    charge_bytes: int


class Shelf:
    """Takes care that entries, all together, never count for more than ``limit_bytes``.

    Safe to use from several threads and processes. A directory that cannot be used is as good as an empty one into
    which nothing fits.
    """

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        """Make the directories and clear away what dead engines left half made."""
        directory = directory.absolute()
        self.limit_bytes = limit_bytes
        self._entries = directory / "entries"
        self._making = directory / "making"
        self._used = directory / "used"
        try:
            for path in (directory.parent, directory, self._entries, self._making):
                path.mkdir(exist_ok=True, parents=True)
                _protect(path)
            if any(self._making.iterdir()):
                with self._ledger():
                    self._sweep()
        except OSError:
            self._usable = False
        else:
            self._usable = True

    def find(self, name: str) -> Lease | None:
        """The entry of this name, locked; ``None`` if there is none that can be used."""
        if not self._usable:
            return None
        path = self._entries / name
        try:
            return Lease(path)
        except OSError:
            if not path.is_dir() or path.is_symlink():
                with contextlib.suppress(OSError):
                    path.unlink()  # whatever this is, no entry
            return None

    def make(self, charge_bytes: int) -> Lease | None:
        """A fresh directory for an entry, locked; ``None`` if there is no room for it."""
        if not self._usable or charge_bytes > self.limit_bytes:
            return None
        try:
            with self._ledger() as ledger:
                used = ledger.read()
                if used is None or used + charge_bytes > self.limit_bytes:
                    used = self._make_room(charge_bytes)
                    ledger.write(used)
                if used + charge_bytes > self.limit_bytes:
                    return None
                # Counted first: who dies in between leaves a count that is too high, and then all is counted anew.
                ledger.write(used + charge_bytes)
                return Lease(Path(tempfile.mkdtemp(prefix=f"{charge_bytes}-", dir=self._making)))
        except OSError:
            return None

    def place(self, lease: Lease, name: str) -> bool:
        """Make what was made an entry for all to find; false if there is one of that name already."""
        try:
            lease.rename(self._entries / name)
        except OSError:
            return False
        return True

    def remove(self, lease: Lease) -> None:
        """Give a lease back and remove what it is for, unless somebody else uses it."""
        lease.close()
        self._remove(lease.path)

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[_Ledger]:
        descriptor = os.open(self._used, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield _Ledger(descriptor)
        finally:
            os.close(descriptor)

    def _make_room(self, charge_bytes: int) -> int:
        """Remove what was of no use for longest until so much fits; what is left counts for so many bytes."""
        used = self._sweep()
        candidates = sorted(self._candidates())
        used += sum(candidate.charge_bytes for candidate in candidates)
        if used + charge_bytes <= self.limit_bytes:
            return used
        goal = self.limit_bytes - self.limit_bytes // _HEADROOM - charge_bytes
        for candidate in candidates:
            if used <= max(goal, 0):
                break
            if self._remove(candidate.path):
                used -= candidate.charge_bytes
        return used

    def _candidates(self) -> Iterator[_Candidate]:
        for path in self._entries.iterdir():
            try:
                yield _Candidate(os.lstat(path).st_mtime_ns, path, read_record(path).charge_bytes)
            except (ValueError, OSError):
                self._remove(path)

    def _sweep(self) -> int:
        """Remove what dead engines were making; what living ones are making counts for so many bytes."""
        used = 0
        for path in self._making.iterdir():
            charge = re.match(r"[0-9]+(?=-)", path.name)
            if not self._remove(path) and charge:
                used += int(charge[0])
        return used

    def _remove(self, path: Path) -> bool:
        """Remove a directory that nobody uses; whether it is gone."""
        try:
            lease = Lease(path, fcntl.LOCK_EX)
        except OSError:
            return False
        try:
            lease.rename(self._making / f"removing-{secrets.token_hex(8)}")
            shutil.rmtree(lease.path, ignore_errors=True)
        except OSError:
            return False
        finally:
            lease.close()
        return True


class _Ledger:
    """A number in an open file whose lock is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> int | None:
        """The number; ``None`` if there is none."""
        text = os.pread(self._descriptor, _DIGITS, 0)
        return int(text) if len(text) == _DIGITS and text.isdigit() else None

    def write(self, number: int) -> None:
        """Replace the number."""
        os.pwrite(self._descriptor, b"%0*d" % (_DIGITS, number), 0)


def _protect(path: Path) -> None:
    """Let nobody else write there, and users of jails find their way through.

    Raises ``OSError``, also when the directory is somebody else's.
    """
    status = path.stat()
    if status.st_uid != os.geteuid():
        raise PermissionError(f"{path} is somebody else's")
    mode = stat.S_IMODE(status.st_mode)
    wanted = (mode | _SEARCHABLE) & ~_WRITABLE_BY_OTHERS
    if mode != wanted:
        path.chmod(wanted)
