"""The engine's own control groups: one per case, in every hierarchy that the host's layout names."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import time
from pathlib import Path
from typing import Final

from sandboxes.cgroups.files import fields, words, write, write_if_there
from sandboxes.cgroups.layout import Layout, Place
from sandboxes.errors import SetupError

_REMOVE_WITHIN_S: Final = 5.0


class Cgroup:
    """The control groups of one run, named alike in every hierarchy; the ``with`` that owns them removes them."""

    def __init__(self, layout: Layout, name: str) -> None:
        self._layout = layout
        self._name = name
        self._cpu_before_us = 0
        self._oom: int | None = None

    def create(self) -> None:
        """Make the directories, with a small share of the processors: what waits must not slow what runs.

        Raises :class:`SetupError`, leaving nothing behind.
        """
        layout, name = self._layout, self._name
        made: list[Path] = []
        try:
            for directory in layout.directories:
                (directory / name).mkdir()
                made.append(directory / name)
            if (pin := self._at(layout.pin)) and layout.pin and layout.pin.version == 1:
                write(pin / "cpuset.mems", (pin.parent / "cpuset.mems").read_text())
                write(pin / "cpuset.cpus", (pin.parent / "cpuset.cpus").read_text())
                # without it every change of processors has the kernel work out its scheduling domains anew
                write(pin / "cpuset.sched_load_balance", 0)
            if memory := self._at(layout.memory):
                write_if_there(memory / "memory.oom.group", 1)
            self._share(least=True)
        except OSError as error:
            for path in made:
                path.rmdir()
            raise SetupError(f"control group {name} cannot be made: {error}") from error

    def attach(self, pid: int) -> None:
        """Move one process in. Raises :class:`SetupError`."""
        try:
            for directory in self._layout.directories:
                write(directory / self._name / "cgroup.procs", pid)
        except OSError as error:
            raise SetupError(f"process {pid} cannot be moved into control group {self._name}: {error}") from error

    def limit(self, *, memory_bytes: int, processes: int) -> None:
        """Set the limits. Raises :class:`SetupError`, also when more memory is in use than that."""
        layout = self._layout
        try:
            if memory := self._at(layout.memory):
                if layout.memory and layout.memory.version == 2:
                    write(memory / "memory.max", memory_bytes)
                    write_if_there(memory / "memory.swap.max", 0)
                else:
                    # memory and swap together: no swap beyond the limit (the file is missing without swap support).
                    # Either must stay below the other at every moment, so one of the two orders fails.
                    with contextlib.suppress(OSError):
                        write_if_there(memory / "memory.memsw.limit_in_bytes", memory_bytes)
                    write(memory / "memory.limit_in_bytes", memory_bytes)
                    write_if_there(memory / "memory.memsw.limit_in_bytes", memory_bytes)
            if pids := self._at(layout.processes):
                write(pids / "pids.max", processes)
        except OSError as error:
            raise SetupError(f"control group {self._name} cannot be limited: {error}") from error

    def begin(self, *, processor: int | None = None) -> None:
        """Give it its full share, on ``processor`` alone if there is one, and count CPU time from here.

        Raises :class:`SetupError`.
        """
        try:
            if processor is not None and (pin := self._at(self._layout.pin)):
                write(pin / "cpuset.cpus", processor)
            self._share(least=False)
        except OSError as error:
            raise SetupError(f"control group {self._name} cannot begin: {error}") from error
        self._cpu_before_us = self._cpu_total_us()

    def _share(self, *, least: bool) -> None:
        if share := self._at(self._layout.share):
            if self._layout.share and self._layout.share.version == 2:
                write(share / "cpu.weight", 6 if least else 100)
            else:
                write(share / "cpu.shares", 64 if least else 1024)

    def watch_oom(self) -> tuple[int, int] | None:
        """A descriptor and the epoll events it shows when the memory limiter acts; closed with the cgroup."""
        memory = self._at(self._layout.memory)
        if memory is None or self._layout.memory is None:
            return None
        if self._layout.memory.version == 2:
            self._oom = os.open(memory / "memory.events", os.O_RDONLY | os.O_CLOEXEC)
            return self._oom, select.EPOLLPRI
        self._oom = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        control = os.open(memory / "memory.oom_control", os.O_RDONLY | os.O_CLOEXEC)
        try:
            write(memory / "cgroup.event_control", f"{self._oom} {control}")
        finally:
            os.close(control)
        return self._oom, select.EPOLLIN

    def cpu_ms(self) -> float | None:
        """CPU time since :meth:`begin`, of living and dead processes together."""
        return None if self._layout.cpu is None else (self._cpu_total_us() - self._cpu_before_us) / 1000

    def memory_peak_bytes(self) -> int | None:
        """Highest memory charged so far. ``None`` also on v2 kernels before 5.19, which keep no peak."""
        memory = self._at(self._layout.memory)
        if memory is None:
            return None
        try:
            return int((memory / self._layout.memory_accounting).read_text())
        except FileNotFoundError:
            return None

    def memory_bytes(self) -> int | None:
        """Memory charged now."""
        memory = self._at(self._layout.memory)
        if memory is None or self._layout.memory is None:
            return None
        name = "memory.current" if self._layout.memory.version == 2 else "memory.usage_in_bytes"
        return int((memory / name).read_text())

    def oom_kills(self) -> int | None:
        """Processes killed by the memory limiter in this group."""
        memory = self._at(self._layout.memory)
        if memory is None or self._layout.memory is None:
            return None
        name = "memory.events" if self._layout.memory.version == 2 else "memory.oom_control"
        return fields(memory / name).get("oom_kill", 0)

    @property
    def oom_fact(self) -> str:
        """The kernel's file and field behind :meth:`oom_kills`."""
        version = self._layout.memory.version if self._layout.memory else 0
        return "memory.events: oom_kill" if version == 2 else "memory.oom_control: oom_kill"

    def refused_processes(self) -> int | None:
        """How often a new process or thread was refused (``pids.events: max``)."""
        pids = self._at(self._layout.processes)
        return None if pids is None else fields(pids / "pids.events").get("max", 0)

    def kill(self) -> bool:
        """Kill every process in the group at a stroke; ``False`` where the kernel cannot (v1 alone)."""
        tree = self._at(self._layout.kill)
        if tree is None:
            return False
        with contextlib.suppress(FileNotFoundError):
            write(tree / "cgroup.kill", 1)
            return True
        return False

    def processes(self) -> set[int]:
        """Ids of all processes in the group, in any hierarchy."""
        return {pid for directory in self._layout.directories for pid in self.processes_in(directory)}

    def processes_in(self, directory: Path) -> set[int]:
        """The same in the hierarchy whose ``directory`` of ours that is."""
        with contextlib.suppress(FileNotFoundError):
            return {int(word) for word in words(directory / self._name / "cgroup.procs")}
        return set()

    def remove(self) -> None:
        """Remove the directories, waiting a little for processes that are still dying. Raises :class:`SetupError`."""
        if self._oom is not None:
            os.close(self._oom)
            self._oom = None
        deadline = time.monotonic() + _REMOVE_WITHIN_S
        for directory in self._layout.directories:
            while True:
                try:
                    (directory / self._name).rmdir()
                except FileNotFoundError:
                    break
                except OSError as error:
                    if error.errno != errno.EBUSY or time.monotonic() > deadline:
                        raise SetupError(f"control group {self._name} cannot be removed: {error}") from error
                    self._wait_for_change()
                else:
                    break

    def _wait_for_change(self) -> None:
        """Sleep until the v2 tree reports a change of population, 10 ms at most (dying takes an RCU grace period)."""
        tree = self._at(self._layout.kill)
        if tree is None:
            time.sleep(0.001)
            return
        with contextlib.suppress(FileNotFoundError), open(tree / "cgroup.events", "rb") as events:
            events.read()
            poll = select.poll()
            poll.register(events, select.POLLPRI)
            poll.poll(10)

    def __enter__(self) -> Cgroup:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def _at(self, place: Place | None) -> Path | None:
        return None if place is None else place.directory / self._name

    def _cpu_total_us(self) -> int:
        cpu = self._at(self._layout.cpu)
        if cpu is None or self._layout.cpu is None:
            return 0
        if self._layout.cpu.version == 2:
            return fields(cpu / "cpu.stat")["usage_usec"]
        return int((cpu / "cpuacct.usage").read_text()) // 1000


def left_of(layout: Layout, slot: str) -> list[Path]:
    """The directories of all groups of ``slot`` that are there."""
    return [
        directory / name
        for directory in layout.directories
        for name in sorted(os.listdir(directory))
        if name.split(".")[0] == slot
    ]


def sweep(layout: Layout, slot: str) -> bool:
    """Kill and remove what a dead engine left of the groups of ``slot``; whether there was anything."""
    found = {path.name for path in left_of(layout, slot)}
    for name in found:
        group = Cgroup(layout, name)
        if not group.kill():
            for pid in group.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
        group.remove()
    return bool(found)
