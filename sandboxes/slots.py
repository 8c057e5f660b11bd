"""Slots: places for jails on this host, and whose user ids each may use."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.errors import IsolationError

# Between the 16-bit ids of people and services and the subordinate ids that distributions hand out (100000 and up).
FIRST_UID: Final = 70_000
IDS_PER_SLOT: Final = 2
MOST_SLOTS: Final = 256
# One place per host whatever home an engine of root uses: slots, and the control groups named after them, are the
# host's. Without root there are neither ids nor groups to share out, and the place is below the home.
RUNTIME: Final = Path("/run/syncode")


@dataclass(frozen=True, slots=True)
class User:
    """Whom the host takes a process for: its user id and its group id."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one jail, and whom the host takes what is in it for.

    ``caller``  ``None``: two users of the slot's own, one for the trusted init and one for the program. No two slots of
                a host share an id, so that quotas per user are never shared between jails. Else whoever started an
                engine that is not root, and may be nobody else: init and program alike are that user
    """

    number: int
    caller: User | None = None

    @property
    def name(self) -> str:
        """What the names of its cgroups begin with."""
        return f"slot-{self.number}"

    @property
    def init(self) -> User:
        """Whom the host takes init for."""
        return self.caller or _nobody_else(IDS_PER_SLOT * self.number)

    @property
    def program(self) -> User:
        """Whom the host takes the program for."""
        return self.caller or _nobody_else(IDS_PER_SLOT * self.number + 1)

    @property
    def init_uid(self) -> int:
        """Host user id of init."""
        return self.init.uid

    @property
    def program_uid(self) -> int:
        """Host user id of the program."""
        return self.program.uid


def _nobody_else(offset: int) -> User:
    return User(FIRST_UID + offset, FIRST_UID + offset)


class Slots:
    """The slots of one engine process: numbers no other engine on this host holds, locked for its lifetime.

    Locks are ``flock`` on files below ``directory``; the kernel frees them when the process dies, however it dies.
    ``caller``: see :class:`Slot`.
    """

    def __init__(self, directory: Path, count: int, *, caller: User | None = None) -> None:
        """Take the ``count`` lowest free slots. Raises :class:`IsolationError` when there are not that many."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self.caller = caller
        self._count = count
        self._locks: dict[int, int] = {}
        self._free: deque[Slot] = deque()
        while len(self._locks) < count:
            slot = self._lock_another()
            if slot is None:
                self.close()
                raise IsolationError(f"fewer than {count} of the {MOST_SLOTS} slots of this host are free")
            self._free.append(slot)

    @property
    def held(self) -> tuple[Slot, ...]:
        """All that are locked now, free or taken."""
        return tuple(map(self._slot, tuple(self._locks)))  # a copy: other threads take and give back

    def take(self) -> Slot:
        """A slot that is the caller's until it is given back; one more of the host's where none of ours is free.

        Never waits: whoever holds a jail may be waiting for something else. Raises :class:`IsolationError`.
        """
        with contextlib.suppress(IndexError):
            return self._free.popleft()
        slot = self._lock_another()
        if slot is None:
            raise IsolationError(f"all {MOST_SLOTS} slots of this host are taken")
        return slot

    def give_back(self, slot: Slot) -> None:
        """``slot`` is free again, nothing of it is left; what was taken beyond our count goes to the host."""
        if len(self._locks) > self._count and (lock := self._locks.pop(slot.number, None)) is not None:
            os.close(lock)
        else:
            self._free.appendleft(slot)

    def _lock_another(self) -> Slot | None:
        for number in range(MOST_SLOTS):
            if number not in self._locks and (lock := _try_lock(self._directory / str(number))) is not None:
                self._locks[number] = lock
                return self._slot(number)
        return None

    def abandoned(self) -> Iterator[Slot]:
        """Every slot that was used on this host and that only we can be using now: ours, and those nobody holds.

        While a slot of nobody is handed out it is locked, so that no other engine takes it meanwhile.
        """
        for entry in sorted(self._directory.iterdir()):
            if not entry.name.isdigit():
                continue
            number = int(entry.name)
            if number in self._locks:
                yield self._slot(number)
                continue
            lock = _try_lock(entry)
            if lock is not None:
                try:
                    yield self._slot(number)
                finally:
                    os.close(lock)

    def close(self) -> None:
        """Give all slots back. No run may be going on."""
        for lock in self._locks.values():
            os.close(lock)
        self._locks.clear()

    def _slot(self, number: int) -> Slot:
        return Slot(number, self.caller)


def _try_lock(path: Path) -> int | None:
    """Lock ``path``; the descriptor that holds the lock, or ``None`` if another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
