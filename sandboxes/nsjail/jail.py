"""A jail: one agent on one image, in a slot of its own, and the cases that are ready in it."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.cases.case import Case, Host
from sandboxes.cgroups import Cgroup, sweep
from sandboxes.errors import SetupError
from sandboxes.limits import Command, Limits, Standby
from sandboxes.nsjail.agent import Agent
from sandboxes.nsjail.profile import PROGRAM_ID, Shown, render
from sandboxes.observers import Stage
from sandboxes.slots import Slot, Slots, User

_PROGRAM: Final = User(PROGRAM_ID, PROGRAM_ID)


@dataclass(frozen=True, slots=True)
class JailHost(Host):
    """And what every jail of it shares: the binary, an empty directory, and the text of the policy."""

    nsjail: Path
    empty: Path
    template: str


class Jail:
    """A started jail. It serves one submission; whoever has it closes it, when nothing runs in it any more.

    Cases may be taken and given back by several threads; at most one thread at a time may have new ones made.
    """

    def __init__(self, host: JailHost, slots: Slots, rootfs: Path, *, shown: Path | None = None) -> None:
        """Start it and wait until its agent is ready; ``shown``: what every case sees at ``/app``.

        Raises :class:`sandboxes.errors.SandboxError`.
        """
        self._host = host
        self._slots = slots
        self._slot = slots.take()
        self._serial = itertools.count(1)
        self._lock = threading.Lock()  # of the lists; nothing that takes time is done under it
        self._groups: list[Cgroup] = []  # free for another case
        self._ready: list[Case] = []
        self._spent: list[Case] = []
        self._coming: Future[None] | None = None
        self._agent: Agent | None = None
        try:
            sweep(host.layout, self._slot.name)  # nothing, unless an earlier jail could not be cleared away
            profile = render(host.template, Shown(rootfs, host.init, app=shown or host.empty), self._slot)
            self._agent = Agent(host.nsjail, profile.encode())
            self._agent.await_hello()
        except BaseException:
            self.close()
            raise

    @property
    def slot(self) -> Slot:
        """Its place on the host."""
        return self._slot

    def make_ready(self, standby: Standby) -> None:
        """Have one more case ready, for ``standby``; without its preload where that does not get ready.

        What is spent is cleared away first. Raises :class:`sandboxes.errors.SetupError`.
        """
        with self._lock:
            spent, self._spent = self._spent, []
        for case in spent:
            self._clear_away(case)
        case = self._make_ready(standby)
        with self._lock:
            self._ready.append(case)

    def make_ready_meanwhile(self, standby: Standby, executor: Executor) -> None:
        """The same while the caller does something else; at most one case is on its way at a time."""
        with self._lock:
            on_its_way = self._coming is not None and not self._coming.done()
            if not on_its_way and not any(case.standby == standby for case in self._ready):
                self._coming = executor.submit(self.make_ready, standby)

    def take_ready(self, command: Command, limits: Limits) -> Case | None:
        """A case that was made ahead and serves the command; ``None``: there is none."""
        with self._lock:
            fitting = [case for case in self._ready if case.standby.serves(command, limits)]
            # one with the process that the command asks for before one without
            for case in sorted(fitting, key=lambda case: case.standby.preload is None):
                self._ready.remove(case)
                if case.alive():
                    return case
                self._spent.append(case)
        return None

    def take(self, command: Command, limits: Limits) -> tuple[Case, bool]:
        """A case for the command, and whether it had been made ahead. What is on its way is waited for.

        Raises :class:`sandboxes.errors.SetupError`.
        """
        with contextlib.suppress(SetupError):  # what could not be made ahead may yet be made now
            self._receive()
        case = self.take_ready(command, limits)
        return (case, True) if case else (self._make(Standby(limits, piped=command.piped)), False)

    def give_back(self, case: Case) -> None:
        """``case`` is spent."""
        with self._lock:
            self._spent.append(case)

    def memory_bytes(self) -> int:
        """What the cases that are ready use."""
        return sum(case.group.memory_bytes() or 0 for case in self._ready)

    def alive(self) -> bool:
        """Whether the cases that are ready still wait as they should."""
        return all(case.alive() for case in self._ready)

    def close(self) -> None:
        """End it with everything in it and give its slot back.

        Raises :class:`sandboxes.errors.SetupError` when control groups cannot be removed.
        """
        with contextlib.ExitStack() as owned:
            owned.callback(self._tell_destroyed, time.monotonic())
            owned.callback(self._slots.give_back, self._slot)
            if self._agent is not None:
                owned.callback(self._agent.close)
            with contextlib.suppress(Exception):
                self._receive()
            for group in self._groups:
                owned.callback(group.remove)
            for case in (*self._ready, *self._spent):
                owned.callback(case.group.remove)
                owned.callback(case.close)
            self._groups.clear()
            self._ready.clear()
            self._spent.clear()

    def _receive(self) -> None:
        """Wait for the case that is on its way."""
        with self._lock:
            coming, self._coming = self._coming, None
        if coming is not None:
            coming.result()

    def _make_ready(self, standby: Standby) -> Case:
        try:
            return self._make(standby)
        except SetupError:
            if standby.preload is None:
                raise
            return self._make(Standby(standby.limits, piped=standby.piped))

    def _make(self, standby: Standby) -> Case:
        assert self._agent is not None  # noqa: S101 - there is one from the constructor to close
        with self._lock:
            group = self._groups.pop() if self._groups else None
        if group is None:
            group = Cgroup(self._host.layout, f"{self._slot.name}.{next(self._serial)}")
            group.create()
        try:
            return Case(self._host, self._agent, self._slot, group, standby=standby, program=_PROGRAM)
        except BaseException:
            group.remove()
            raise

    def _clear_away(self, case: Case) -> None:
        """Close a case and keep its control groups for another, if they are as good as new."""
        began = time.monotonic()
        case.close()
        renewed = case.group.renew()
        if not renewed:
            case.group.remove()
        self._tell_destroyed(began)
        if renewed:
            with self._lock:
                self._groups.append(case.group)

    def _tell_destroyed(self, began: float) -> None:
        self._host.observers.spent(Stage.DESTROY, time.monotonic() - began)
