"""A part of a sandbox's slots: jobs that nobody waits for never take all of them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandboxes import Cancellation, Command, Limits, OnOutput, Outcome, Permit, Relay, Sandbox, Session, SetupError

_LOOK_S: Final = 0.05


class SandboxShare:
    """See :class:`sandboxes.Sandbox`. At most ``slots`` of the sandbox's runs go on at once through this share."""

    def __init__(self, sandbox: Sandbox, slots: int) -> None:
        self._sandbox = sandbox
        self._slots = slots
        self._turns = threading.Semaphore(slots)

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        return self._slots

    @contextlib.contextmanager
    def permit(self) -> Iterator[Permit]:
        """See :meth:`sandboxes.Sandbox.permit`."""
        with self._turns, self._sandbox.permit() as permit:
            yield permit

    def session(self, rootfs: Path, *, warm: str | None = None) -> Session:
        """See :meth:`sandboxes.Sandbox.session`."""
        return _SharedSession(self._sandbox.session(rootfs, warm=warm), self._turns, self._slots)


class _SharedSession:
    """See :class:`sandboxes.Session`. A run waits for its turn before it takes a slot, unless it is cancelled first."""

    def __init__(self, session: Session, turns: threading.Semaphore, slots: int) -> None:
        self._session = session
        self._turns = turns
        self._slots = slots

    def expect(self, runs: int) -> None:
        """See :meth:`sandboxes.Session.expect`."""
        self._session.expect(min(runs, self._slots))

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
        """See :meth:`sandboxes.Session.run`."""
        turn = self._turn(cancellation) if permit is None else contextlib.nullcontext()
        with turn:
            return self._session.run(
                command,
                limits,
                more=more,
                on_output=on_output,
                relay=relay,
                permit=permit,
                cancellation=cancellation,
            )

    @contextlib.contextmanager
    def _turn(self, cancellation: Cancellation | None) -> Iterator[None]:
        while not self._turns.acquire(timeout=_LOOK_S):
            if cancellation is not None and cancellation.requested:
                raise SetupError("cancelled before it was this run's turn")
        try:
            yield
        finally:
            self._turns.release()

    def close(self) -> None:
        """See :meth:`sandboxes.Session.close`."""
        self._session.close()

    def __enter__(self) -> _SharedSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
