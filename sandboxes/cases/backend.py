"""What backends have in common whose sessions run cases in jails: slots, permits, and a pool of what is ready."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from sandboxes.cases.permits import Permits
from sandboxes.cases.pool import Pool
from sandboxes.cases.session import JailSession, WarmJail
from sandboxes.limits import Command, Limits
from sandboxes.observers import Observers
from sandboxes.outcome import Outcome
from sandboxes.sandbox import Cancellation, Permit, Session, WarmImage, WarmState
from sandboxes.slots import Slot, Slots


class PooledBackend(ABC):
    """Runs commands in jails of ``slots``, as many at once as there are ``permits``. A context manager."""

    def __init__(self, slots: Slots, permits: Permits) -> None:
        self._slots = slots
        self._permits = permits
        self._pool: Pool | None = None
        self._executor = ThreadPoolExecutor(permits.count, thread_name_prefix="jail")

    @property
    @abstractmethod
    def observers(self) -> Observers:
        """Who is told what sandboxes cost beside the programs in them, and when they fail."""

    @abstractmethod
    def _start(self, rootfs: Path) -> WarmJail:
        """Another jail. Raises :class:`sandboxes.errors.SandboxError`."""

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        return self._permits.count

    @property
    def held_slots(self) -> tuple[Slot, ...]:
        """The slots of this host that are ours until :meth:`close`."""
        return self._slots.held

    def keep_warm(self, images: Sequence[WarmImage], *, memory_bytes: int) -> None:
        """From now on keep jails of these images ready, as far as ``memory_bytes`` suffice for all of them.

        Returns at once, and :meth:`settle` waits. A later call adds images that are not kept yet; the memory is as the
        first one said. Without it every jail is started when it is needed.
        """
        if self._pool is not None:
            self._pool.keep(images)
        else:
            self._pool = Pool(images, memory_bytes=memory_bytes, permits=self._permits, start=self._start)

    def settle(self) -> None:
        """Wait until what is to be ready is ready, and nothing of earlier sessions is left."""
        if self._pool is not None:
            self._pool.settle()

    @property
    def warm(self) -> tuple[WarmState, ...]:
        """What is ready."""
        return self._pool.state() if self._pool is not None else ()

    def permit(self) -> AbstractContextManager[Permit]:
        """See :meth:`sandboxes.sandbox.Sandbox.permit`."""
        return self._permits.take()

    def session(self, rootfs: Path, *, warm: str | None = None) -> Session:
        """See :meth:`sandboxes.sandbox.Sandbox.session`."""
        return JailSession(
            self._permits,
            obtain=lambda: self._obtain(rootfs, warm),
            dispose=self._dispose,
            executor=self._executor,
            observers=self.observers,
        )

    def run(
        self, command: Command, limits: Limits, *, rootfs: Path, cancellation: Cancellation | None = None
    ) -> Outcome:
        """Run one command in a session of its own."""
        with self.session(rootfs) as session:
            return session.run(command, limits, cancellation=cancellation)

    def _obtain(self, rootfs: Path, warm: str | None) -> WarmJail:
        return (self._pool and self._pool.take(warm)) or self._start(rootfs)

    def _dispose(self, jail: WarmJail) -> None:
        if self._pool is not None:
            self._pool.dispose(jail)
        else:
            jail.close()

    def close(self) -> None:
        """End what is ready and give the slots back. No session may be open."""
        with contextlib.ExitStack() as owned:
            owned.callback(self._slots.close)
            owned.callback(self._executor.shutdown)
            if self._pool is not None:
                owned.callback(self._pool.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
