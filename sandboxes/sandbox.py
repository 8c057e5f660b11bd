"""The seam between judging and running: what every backend offers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from sandboxes.limits import Command, Limits
from sandboxes.outcome import Outcome


class Cancellation:
    """A request to stop, made once from any thread and seen by every run that was given it.

    Runs wait on :attr:`fd` (an eventfd that becomes readable and stays so), so a cancel is seen at once.
    """

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def cancel(self) -> None:
        """Ask every holder to stop. Calling it again changes nothing."""
        os.eventfd_write(self.fd, 1)

    @property
    def requested(self) -> bool:
        """Whether :meth:`cancel` was called."""
        try:
            count = os.eventfd_read(self.fd)
        except BlockingIOError:
            return False
        os.eventfd_write(self.fd, count)
        return True

    def close(self) -> None:
        """Give the descriptor back. No run may still hold this token."""
        os.close(self.fd)

    def __enter__(self) -> Cancellation:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Sandbox(Protocol):
    """Runs commands in jails. Safe to call from several threads; each call takes one slot of the host."""

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        ...

    def run(
        self, command: Command, limits: Limits, *, rootfs: Path, cancellation: Cancellation | None = None
    ) -> Outcome:
        """Run ``command`` in a fresh jail on the image at ``rootfs``; block until everything of it is gone.

        Raises :class:`sandboxes.errors.SandboxError` when we failed. A program that fails is an outcome.
        """
        ...
