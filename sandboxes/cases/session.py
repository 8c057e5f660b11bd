"""One submission's jails: every run of a session happens in one of them, and nobody else's ever does."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from sandboxes.cases.case import Case
from sandboxes.cases.execution import Execution, Told
from sandboxes.cases.permits import Permits
from sandboxes.errors import NotBegunError
from sandboxes.limits import Command, Limits, Standby
from sandboxes.observers import Observers
from sandboxes.outcome import Outcome
from sandboxes.relay import Relay
from sandboxes.sandbox import Cancellation, OnOutput, Permit


class WarmJail(Protocol):
    """What sessions and pools need of a jail, whatever it is made of; :class:`sandboxes.nsjail.jail.Jail` says more."""

    def make_ready(self, standby: Standby) -> None:
        """Have one more case ready."""
        ...

    def make_ready_meanwhile(self, standby: Standby, executor: Executor) -> None:
        """The same while the caller does something else."""
        ...

    def take_ready(self, command: Command, limits: Limits) -> Case | None:
        """A case that was made ahead and serves the command."""
        ...

    def take(self, command: Command, limits: Limits) -> tuple[Case, bool]:
        """A case for the command, and whether it had been made ahead."""
        ...

    def give_back(self, case: Case) -> None:
        """``case`` is spent."""
        ...

    def memory_bytes(self) -> int:
        """What the cases that are ready use."""
        ...

    def alive(self) -> bool:
        """Whether they still wait as they should."""
        ...

    def close(self) -> None:
        """End it with everything in it."""
        ...


Obtain = Callable[[], WarmJail]
Dispose = Callable[[WarmJail], None]


class JailSession:
    """See :class:`sandboxes.sandbox.Session`. ``obtain`` gives a jail that is its own, ``dispose`` ends one."""

    def __init__(
        self, permits: Permits, *, obtain: Obtain, dispose: Dispose, executor: Executor, observers: Observers
    ) -> None:
        self._permits = permits
        self._obtain = obtain
        self._dispose = dispose
        self._executor = executor
        self._observers = observers
        self._lock = threading.Lock()
        self._users: dict[WarmJail, int] = {}  # how many runs go on in each
        self._broken: set[WarmJail] = set()
        self._coming: list[Future[WarmJail]] = []
        self._ahead_s = 0.0  # what the jail that is there already took, of which no run has told yet

    def expect(self, runs: int) -> None:
        """See :meth:`sandboxes.sandbox.Session.expect`."""
        with self._lock:
            missing = min(runs, self._permits.count) - max(len(self._users) + len(self._coming), 1)
            self._coming += [self._executor.submit(self._obtain) for _ in range(missing)]
            alone = not self._users
        if alone:  # the first is needed now
            began = time.monotonic()
            with self._observers.of_failures():
                jail = self._obtain()
            with self._lock:
                self._users[jail] = 0
                self._ahead_s += time.monotonic() - began

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
        """See :meth:`sandboxes.sandbox.Session.run`."""
        try:
            with self._observers.of_failures(), _held(permit, self._permits) as held:
                begin = partial(
                    self._run,
                    command,
                    limits,
                    held.processor,
                    since=self._since(),
                    told=Told(on_output, relay),
                    cancellation=cancellation,
                )
                try:
                    return begin(more=more)
                except _AheadError:  # it is thrown away
                    return begin(more=False)
        finally:
            _hang_up(command, relay)

    def _since(self) -> float:
        """When the preparation of a run that is prepared from now on may be said to have begun (monotonic, s)."""
        with self._lock:
            ahead_s, self._ahead_s = self._ahead_s, 0.0
        return time.monotonic() - ahead_s

    def _run(
        self,
        command: Command,
        limits: Limits,
        processor: int | None,
        *,
        more: bool,
        since: float,
        told: Told,
        cancellation: Cancellation | None,
    ) -> Outcome:
        with self._case(command, limits) as (jail, case, warm):
            if more:
                standby = Standby(limits, command.preload, command.environment, command.piped)
                jail.make_ready_meanwhile(standby, self._executor)
            try:
                return Execution(case, command, limits, processor, warm, told).carry_out(cancellation, since=since)
            except NotBegunError as error:
                if warm:
                    raise _AheadError(str(error)) from error
                raise

    @contextlib.contextmanager
    def _case(self, command: Command, limits: Limits) -> Iterator[tuple[WarmJail, Case, bool]]:
        """A case in one of our jails. A jail in which something failed is not used again."""
        jail, case = self._take_ready(command, limits)
        try:
            warm = case is not None
            if case is None:
                case, warm = jail.take(command, limits)
            try:
                yield jail, case, warm
            finally:
                jail.give_back(case)
        except BaseException:
            with self._lock:
                self._broken.add(jail)
            raise
        finally:
            self._leave(jail)

    def _leave(self, jail: WarmJail) -> None:
        with self._lock:
            self._users[jail] -= 1
            over = jail in self._broken and not self._users[jail]
            if over:
                self._broken.remove(jail)
                del self._users[jail]
        if over:
            self._dispose(jail)

    def _take_ready(self, command: Command, limits: Limits) -> tuple[WarmJail, Case | None]:
        """A jail and a case that is ready in it; without one, a jail in which nothing else goes on."""
        with self._lock:
            sound = self._users.keys() - self._broken
            for jail in sound:
                if case := jail.take_ready(command, limits):
                    self._users[jail] += 1
                    return jail, case
            free = next((jail for jail in sound if not self._users[jail]), None)
            if free is not None:
                self._users[free] = 1
                return free, None
            coming = self._coming.pop(0) if self._coming else None
        jail = coming.result() if coming else self._obtain()
        with self._lock:
            self._users[jail] = 1
        return jail, None

    def close(self) -> None:
        """See :meth:`sandboxes.sandbox.Session.close`."""
        for coming in self._coming:
            with contextlib.suppress(Exception):
                self._users[coming.result()] = 0
        self._coming.clear()
        while self._users:
            self._dispose(self._users.popitem()[0])

    def __enter__(self) -> JailSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class CallerSession:
    """A session of an engine without root, which may not show a jail anything once it is started.

    Each run has a jail of its own, started when it is needed: ``start`` takes the image and what ``/app`` shows.
    """

    def __init__(
        self, rootfs: Path, permits: Permits, *, start: Callable[[Path, Path | None], WarmJail], observers: Observers
    ) -> None:
        self._rootfs = rootfs
        self._permits = permits
        self._start = start
        self._observers = observers

    def expect(self, runs: int) -> None:
        """Nothing is made ready."""

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
        """See :meth:`sandboxes.sandbox.Session.run`."""
        del more
        artefact = command.artefact and Path(command.artefact)
        try:
            with self._observers.of_failures(), _held(permit, self._permits) as held:
                since = time.monotonic()
                jail = self._start(self._rootfs, artefact or None)
                try:
                    case, warm = jail.take(command, limits)
                    jail.give_back(case)  # which closes it with the jail
                    shown = replace(command, artefact=None)
                    execution = Execution(case, shown, limits, held.processor, warm, Told(on_output, relay))
                    return execution.carry_out(cancellation, since=since)
                finally:
                    jail.close()
        finally:
            _hang_up(command, relay)

    def close(self) -> None:
        """Nothing is left."""

    def __enter__(self) -> CallerSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _held(permit: Permit | None, permits: Permits) -> AbstractContextManager[Permit]:
    return permits.take() if permit is None else contextlib.nullcontext(permit)


def _hang_up(command: Command, relay: Relay | None) -> None:
    """Whatever became of the run: nothing more is written by it, and nothing read."""
    if relay is not None:
        relay.end()
    if isinstance(command.stdin, Relay):
        command.stdin.release()


class _AheadError(NotBegunError):
    """What was made ready ahead had gone bad."""
