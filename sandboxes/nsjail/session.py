"""One submission's jails: every run of a session happens in one of them, and nobody else's ever does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

from sandboxes.errors import SetupError
from sandboxes.limits import Command, Limits, Standby
from sandboxes.nsjail.execution import Execution
from sandboxes.nsjail.jail import Jail
from sandboxes.nsjail.permits import Permits
from sandboxes.outcome import Outcome
from sandboxes.sandbox import Cancellation

Obtain = Callable[[], Jail]
Dispose = Callable[[Jail], None]


class NsjailSession:
    """See :class:`sandboxes.sandbox.Session`. ``obtain`` gives a jail that is its own, ``dispose`` ends one."""

    def __init__(self, permits: Permits, *, obtain: Obtain, dispose: Dispose, executor: Executor) -> None:
        self._permits = permits
        self._obtain = obtain
        self._dispose = dispose
        self._executor = executor
        self._lock = threading.Lock()
        self._idle: list[Jail] = []
        self._coming: list[Future[Jail]] = []
        self._jails = 0

    def expect(self, runs: int) -> None:
        """See :meth:`sandboxes.sandbox.Session.expect`."""
        with self._lock:
            # the first is had when it is needed, which is now or as soon as there is a permit
            missing = min(runs, self._permits.count) - max(self._jails, 1)
            for _ in range(missing):
                self._coming.append(self._executor.submit(self._obtain))
                self._jails += 1

    def run(
        self, command: Command, limits: Limits, *, more: bool = False, cancellation: Cancellation | None = None
    ) -> Outcome:
        """See :meth:`sandboxes.sandbox.Session.run`."""
        try:
            with self._permits.take() as processor:
                try:
                    return self._run(command, limits, processor, more=more, cancellation=cancellation)
                except _AheadError:
                    # what was made ready ahead had gone bad: it is thrown away, and the program has not begun
                    return self._run(command, limits, processor, more=False, cancellation=cancellation)
        except (OSError, ValueError) as error:
            raise SetupError(f"the run could not be carried out: {error}") from error

    def _run(
        self,
        command: Command,
        limits: Limits,
        processor: int | None,
        *,
        more: bool,
        cancellation: Cancellation | None,
    ) -> Outcome:
        with self._jail() as jail:
            case, warm = jail.case_for(command, limits)
            if more:
                standby = Standby(limits, command.preload, command.environment)
                jail.make_ready_meanwhile(standby, self._executor)
            try:
                return Execution(case, command, limits, processor, warm).carry_out(cancellation)
            except SetupError as error:
                if warm:
                    raise _AheadError(str(error)) from error
                raise

    @contextlib.contextmanager
    def _jail(self) -> Iterator[Jail]:
        """A jail that nobody else uses meanwhile; one in which something failed is not used again."""
        jail = self._take()
        try:
            yield jail
        except BaseException:
            with self._lock:
                self._jails -= 1
            self._dispose(jail)
            raise
        with self._lock:
            self._idle.append(jail)

    def _take(self) -> Jail:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            coming = self._coming.pop(0) if self._coming else None
            if coming is None:
                self._jails += 1
        try:
            return coming.result() if coming else self._obtain()
        except BaseException:
            with self._lock:
                self._jails -= 1
            raise

    def close(self) -> None:
        """See :meth:`sandboxes.sandbox.Session.close`."""
        for coming in self._coming:
            with contextlib.suppress(Exception):
                self._idle.append(coming.result())
        self._coming.clear()
        while self._idle:
            self._dispose(self._idle.pop())

    def __enter__(self) -> NsjailSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class CallerSession:
    """A session of an engine without root, which may not show a jail anything once it is started.

    Each run has a jail of its own, started when it is needed: ``start`` takes the image and what ``/app`` shows.
    """

    def __init__(self, rootfs: Path, permits: Permits, *, start: Callable[[Path, Path | None], Jail]) -> None:
        self._rootfs = rootfs
        self._permits = permits
        self._start = start

    def expect(self, runs: int) -> None:
        """Nothing is made ready."""

    def run(
        self, command: Command, limits: Limits, *, more: bool = False, cancellation: Cancellation | None = None
    ) -> Outcome:
        """See :meth:`sandboxes.sandbox.Session.run`."""
        del more
        artefact = command.artefact and Path(command.artefact)
        try:
            with self._permits.take() as processor:
                jail = self._start(self._rootfs, artefact or None)
                try:
                    case, warm = jail.case_for(command, limits)
                    execution = Execution(case, replace(command, artefact=None), limits, processor, warm)
                    return execution.carry_out(cancellation)
                finally:
                    jail.close()
        except (OSError, ValueError) as error:
            raise SetupError(f"the run could not be carried out: {error}") from error

    def close(self) -> None:
        """Nothing is left."""

    def __enter__(self) -> CallerSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _AheadError(SetupError):
    """A case that had been made ahead could not carry out its command."""
