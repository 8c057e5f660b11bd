"""The seam between judging and running: what every backend offers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sandboxes.limits import Command, Limits, Standby
from sandboxes.observers import Observers
from sandboxes.outcome import Isolation, Outcome
from sandboxes.relay import Relay
from sandboxes.slots import Slot


class OutputStream(StrEnum):
    """The two streams that a program writes to."""

    STDOUT = "stdout"
    STDERR = "stderr"


OnOutput = Callable[[OutputStream, bytes], None]
"""Told what a program writes as it is read, as far as it is kept; called in the thread that runs it, so be quick."""


class Cancellation:
    """A request to stop, made once from any thread and seen by every run that was given it.

    Runs wait on :attr:`fd` (an eventfd that becomes readable and stays so), so a cancel is seen at once. With a
    ``parent``, cancelling that cancels this too; not the other way round.
    """

    def __init__(self, parent: Cancellation | None = None) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._lock = threading.Lock()
        self._requested = False
        self._children: set[Cancellation] = set()
        self._parent = parent
        if parent is not None:
            parent.adopt(self)

    def cancel(self) -> None:
        """Ask every holder to stop. Calling it again changes nothing."""
        with self._lock:
            if self._requested:
                return
            self._requested = True
            os.eventfd_write(self.fd, 1)
            children = tuple(self._children)
        for child in children:
            child.cancel()

    @property
    def requested(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._requested

    def close(self) -> None:
        """Give the descriptor back. No run may still hold this token."""
        if self._parent is not None:
            self._parent.forget(self)
        with self._lock:
            self._requested = True  # from now on a cancel has nobody to tell
            os.close(self.fd)

    def adopt(self, child: Cancellation) -> None:
        """From now on cancel ``child`` too, at once if this was cancelled already."""
        with self._lock:
            self._children.add(child)
            requested = self._requested
        if requested:
            child.cancel()

    def forget(self, child: Cancellation) -> None:
        """``child`` is closed."""
        with self._lock:
            self._children.discard(child)

    def __enter__(self) -> Cancellation:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to run now, among so many of a sandbox. Runs of one permit go on side by side on its ``processor``.

    ``processor``: ``None``: any
    """

    processor: int | None


@dataclass(frozen=True, slots=True)
class WarmImage:
    """What to keep ready: ``jails`` at a time on the image at ``rootfs``, in each a case for each of ``standbys``.

    ``name`` is what a session asks for; several may be of the same image.
    """

    name: str
    rootfs: Path
    standbys: tuple[Standby, ...]
    jails: int = 1


@dataclass(frozen=True, slots=True)
class WarmState:
    """What is ready under a name. ``hits``/``misses``: how often it was asked for and was, or was not, there."""

    name: str
    ready: int
    wanted: int
    hits: int
    misses: int
    memory_bytes: int


class Session(Protocol):
    """The runs of one submission on one image. A context manager; its methods may be called from several threads."""

    def expect(self, runs: int) -> None:
        """Runs will be asked for now, so many side by side: what they need is made ready, all but the first meanwhile.

        Raises :class:`sandboxes.errors.SandboxError`.
        """
        ...

    def run(
        self,
        command: Command,
        limits: Limits,
        *,
        more: bool = False,
        on_output: OnOutput | None = None,
        relay: Relay | None = None,
        permit: Permit | None = None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        """Run ``command``, sharing nothing with the runs before it; block until everything of it is gone.

        ``more``: another run like this one will follow. ``relay``: where all that it writes to stdout goes meanwhile,
        and its end when nothing more can come. ``permit``: one that is held already; else the run waits for one.
        Raises :class:`sandboxes.errors.SandboxError` when we failed. A program that fails is an outcome.
        """
        ...

    def close(self) -> None:
        """The submission is over. No run may be going on."""
        ...

    def __enter__(self) -> Session: ...

    def __exit__(self, *exception: object) -> None: ...


class Sandbox(Protocol):
    """Runs commands in jails. Safe to call from several threads."""

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        ...

    def permit(self) -> AbstractContextManager[Permit]:
        """Wait for leave to run and hold it."""
        ...

    def session(self, rootfs: Path, *, warm: str | None = None) -> Session:
        """A session for one submission on the image at ``rootfs``, with what is kept ready under the name ``warm``."""
        ...


class Backend(Sandbox, Protocol):
    """A sandbox with what whoever has opened it can ask of it. A context manager that leaves nothing behind."""

    @property
    def isolation(self) -> Isolation:
        """What every run gets, as seen when it was opened."""
        ...

    @property
    def held_slots(self) -> tuple[Slot, ...]:
        """The slots of this host that are its own until :meth:`close`."""
        ...

    @property
    def observers(self) -> Observers:
        """Who is told what it costs beside the programs in it, and when it fails."""
        ...

    @property
    def warm(self) -> tuple[WarmState, ...]:
        """What is ready."""
        ...

    def keep_warm(self, images: Sequence[WarmImage], *, memory_bytes: int) -> None:
        """From now on keep these images ready, as far as ``memory_bytes`` suffice for all; returns at once."""
        ...

    def settle(self) -> None:
        """Wait until what is to be ready is ready, and nothing of earlier sessions is left."""
        ...

    def run(
        self, command: Command, limits: Limits, *, rootfs: Path, cancellation: Cancellation | None = None
    ) -> Outcome:
        """Run one command in a session of its own. Raises :class:`sandboxes.errors.SandboxError`."""
        ...

    def close(self) -> None:
        """End what is ready and give everything back. No session may be open."""
        ...

    def __enter__(self) -> Backend: ...

    def __exit__(self, *exception: object) -> None: ...
