"""A jail: one agent on one image, in a slot of its own, and the cases that are ready in it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from sandboxes.cgroups import Cgroup, sweep
from sandboxes.errors import SetupError
from sandboxes.limits import Command, Limits, Standby
from sandboxes.nsjail.agent import Agent
from sandboxes.nsjail.case import Case, Host
from sandboxes.nsjail.profile import Shown, render
from sandboxes.slots import Slot, Slots


class Jail:
    """A started jail. It serves one submission; whoever has it uses it from one thread at a time, and closes it."""

    def __init__(self, host: Host, slots: Slots, rootfs: Path, *, shown: Path | None = None) -> None:
        """Start it and wait until its agent is ready; ``shown``: what every case sees at ``/app``.

        Raises :class:`sandboxes.errors.SandboxError`.
        """
        self._host = host
        self._slots = slots
        self._slot = slots.take()
        self._serial = itertools.count(1)
        self._groups: list[Cgroup] = []  # free for another case
        self._ready: list[Case] = []
        self._spent: list[Case] = []
        self._coming: Future[Case] | None = None
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

        Raises :class:`sandboxes.errors.SetupError`.
        """
        self._ready.append(self._make_ready(standby))

    def make_ready_meanwhile(self, standby: Standby, executor: Executor) -> None:
        """The same while the caller does something else; at most one case is on its way at a time."""
        if self._coming is None and not any(case.standby == standby for case in self._ready):
            spent = self._spent[:-1]  # the last one is in use
            del self._spent[:-1]
            self._coming = executor.submit(self._replace, spent, standby)

    def case_for(self, command: Command, limits: Limits) -> tuple[Case, bool]:
        """A case for the command, closed with the jail at the latest, and whether it had been made ahead.

        Raises :class:`sandboxes.errors.SetupError`.
        """
        case, warm = self._take(command, limits)
        self._spent.append(case)
        return case, warm

    def _take(self, command: Command, limits: Limits) -> tuple[Case, bool]:
        self._receive()
        fitting = [case for case in self._ready if case.standby.serves(command, limits)]
        # one with the process that the command asks for before one without
        for case in sorted(fitting, key=lambda case: case.standby.preload is None):
            self._ready.remove(case)
            if case.alive():
                return case, True
            self._end(case)
        return self._make(Standby(limits)), False

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
        """Take the case that was on its way, waiting for it."""
        if self._coming is not None:
            coming, self._coming = self._coming, None
            self._ready.append(coming.result())

    def _replace(self, spent: Sequence[Case], standby: Standby) -> Case:
        for case in spent:
            self._end(case)
        return self._make_ready(standby)

    def _make_ready(self, standby: Standby) -> Case:
        try:
            return self._make(standby)
        except SetupError:
            if standby.preload is None:
                raise
            return self._make(Standby(standby.limits))

    def _make(self, standby: Standby) -> Case:
        assert self._agent is not None  # noqa: S101 - there is one from the constructor to close
        group = self._groups.pop() if self._groups else self._new_group()
        try:
            return Case(self._host, self._agent, self._slot, group, standby=standby)
        except BaseException:
            group.remove()
            raise

    def _new_group(self) -> Cgroup:
        group = Cgroup(self._host.layout, f"{self._slot.name}.{next(self._serial)}")
        group.create()
        return group

    def _end(self, case: Case) -> None:
        """Close a case and keep its control groups for another, if they are as good as new."""
        case.close()
        if case.group.renew():
            self._groups.append(case.group)
        else:
            case.group.remove()
