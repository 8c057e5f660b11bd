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
from sandboxes.cgroups.layout import Layout
from sandboxes.errors import SetupError

_REMOVE_WITHIN_S: Final = 5.0
_FILE_BYTES: Final = 4096
# v2 counts what sockets hold towards the memory limit. v1 counts it apart, and only where it is limited; else a program
# may keep in its own loopback whatever it likes, until no socket of the host gets any.
_SOCKETS_BYTES: Final = 16 << 20
# What the kernel still counts of a group in which nothing is any more: what each processor has charged ahead, mostly.
_REMAINS_BYTES: Final = 512 << 10


class Cgroup:
    """The control groups of one case, named alike in every hierarchy; the ``with`` that owns them removes them.

    Its files stay open while it lives: each is used for case after case (:meth:`renew`).
    """

    def __init__(self, layout: Layout, name: str) -> None:
        self._layout = layout
        self._name = name
        self._cpu_before_us = 0
        self._oom: int | None = None
        self._open: dict[str, int] = {}
        self._written: dict[str, object] = {}

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
            if (pin := layout.pin) and pin.version == 1:
                for file in ("cpuset.mems", "cpuset.cpus"):
                    write(pin.directory / name / file, (pin.directory / file).read_text())
                # without it every change of processors has the kernel work out its scheduling domains anew
                write(pin.directory / name / "cpuset.sched_load_balance", 0)
            if layout.memory:
                write_if_there(layout.memory.directory / name / "memory.oom.group", 1)
            self._share(least=True)
        except OSError as error:
            self._close_files()
            for path in made:
                path.rmdir()
            raise SetupError(f"control group {name} cannot be made: {error}") from error

    def attach(self, pid: int) -> None:
        """Move one process in. Raises :class:`SetupError`."""
        try:
            for directory in self._layout.directories:
                self._put(directory, "cgroup.procs", pid)
        except OSError as error:
            raise SetupError(f"process {pid} cannot be moved into control group {self._name}: {error}") from error

    def limit(self, *, memory_bytes: int, processes: int) -> None:
        """Set the limits. Raises :class:`SetupError`, also when more memory is in use than that."""
        layout = self._layout
        try:
            if (memory := layout.memory) and memory.version == 2:
                self._set(memory.directory, "memory.max", memory_bytes)
                self._set_if_there(memory.directory, "memory.swap.max", 0)
            elif memory:
                # memory and swap together: no swap beyond the limit (the file is missing without swap support). Either
                # must stay below the other at every moment, so one of the two orders fails.
                with contextlib.suppress(OSError):
                    self._set_if_there(memory.directory, "memory.memsw.limit_in_bytes", memory_bytes)
                self._set(memory.directory, "memory.limit_in_bytes", memory_bytes)
                self._set_if_there(memory.directory, "memory.memsw.limit_in_bytes", memory_bytes)
                self._set_if_there(memory.directory, "memory.kmem.tcp.limit_in_bytes", _SOCKETS_BYTES)
            if layout.processes:
                self._set(layout.processes.directory, "pids.max", processes)
        except OSError as error:
            raise SetupError(f"control group {self._name} cannot be limited: {error}") from error

    def begin(self, *, processor: int | None = None) -> None:
        """Give it its full share, on ``processor`` alone if there is one, and count CPU time from here.

        Raises :class:`SetupError`.
        """
        try:
            if processor is not None and self._layout.pin:
                self._set(self._layout.pin.directory, "cpuset.cpus", processor)
            self._share(least=False)
        except OSError as error:
            raise SetupError(f"control group {self._name} cannot begin: {error}") from error
        self._cpu_before_us = self._cpu_total_us()

    def renew(self) -> bool:
        """Make it as good as new for another case; false if it cannot be. Nothing may be in it any more.

        It cannot where a count of the last case remains: of kills and refusals, which the kernel never takes back, and
        of memory that is still charged to it, such as files that only that case had read.
        """
        try:
            if self.oom_kills() or self.refused_processes() or (self.memory_bytes() or 0) > _REMAINS_BYTES:
                return False
            if memory := self._layout.memory:
                self._put(memory.directory, self._layout.memory_accounting, 0)  # v2: since Linux 6.12
            self._share(least=True)
        except OSError:
            return False
        return True

    def watch_oom(self) -> tuple[int, int] | None:
        """A descriptor and the epoll events it shows when the memory limiter acts; closed with the cgroup."""
        memory = self._layout.memory
        if memory is None:
            return None
        if memory.version == 2:
            return self._file(memory.directory, "memory.events", os.O_RDONLY), select.EPOLLPRI
        if self._oom is None:
            self._oom = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            control = self._file(memory.directory, "memory.oom_control", os.O_RDONLY)
            self._put(memory.directory, "cgroup.event_control", f"{self._oom} {control}")
        return self._oom, select.EPOLLIN

    def cpu_ms(self) -> float | None:
        """CPU time since :meth:`begin`, of living and dead processes together."""
        return None if self._layout.cpu is None else (self._cpu_total_us() - self._cpu_before_us) / 1000

    def memory_peak_bytes(self) -> int | None:
        """Highest memory charged so far. ``None`` also on v2 kernels before 5.19, which keep no peak."""
        if self._layout.memory is None:
            return None
        try:
            return int(self._get(self._layout.memory.directory, self._layout.memory_accounting))
        except FileNotFoundError:
            return None

    def memory_bytes(self) -> int | None:
        """Memory charged now."""
        memory = self._layout.memory
        if memory is None:
            return None
        return int(self._get(memory.directory, "memory.current" if memory.version == 2 else "memory.usage_in_bytes"))

    def oom_kills(self) -> int | None:
        """Processes killed by the memory limiter in this group."""
        memory = self._layout.memory
        if memory is None:
            return None
        name = "memory.events" if memory.version == 2 else "memory.oom_control"
        return fields(self._get(memory.directory, name)).get("oom_kill", 0)

    @property
    def oom_fact(self) -> str:
        """The kernel's file and field behind :meth:`oom_kills`."""
        version = self._layout.memory.version if self._layout.memory else 0
        return "memory.events: oom_kill" if version == 2 else "memory.oom_control: oom_kill"

    def refused_processes(self) -> int | None:
        """How often a new process or thread was refused (``pids.events: max``)."""
        pids = self._layout.processes
        return None if pids is None else fields(self._get(pids.directory, "pids.events")).get("max", 0)

    def kill(self) -> bool:
        """Kill every process in the group at a stroke; ``False`` where the kernel cannot (v1 alone)."""
        if self._layout.kill is None:
            return False
        with contextlib.suppress(OSError):
            self._put(self._layout.kill.directory, "cgroup.kill", 1)
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
        self._close_files()
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
        if self._layout.kill is None:
            time.sleep(0.001)
            return
        events_file = self._layout.kill.directory / self._name / "cgroup.events"
        with contextlib.suppress(FileNotFoundError), open(events_file, "rb") as events:
            events.read()
            poll = select.poll()
            poll.register(events, select.POLLPRI)
            poll.poll(10)

    def __enter__(self) -> Cgroup:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def _share(self, *, least: bool) -> None:
        share = self._layout.share
        if share and share.version == 2:
            self._set(share.directory, "cpu.weight", 6 if least else 100)
        elif share:
            self._set(share.directory, "cpu.shares", 64 if least else 1024)

    def _cpu_total_us(self) -> int:
        cpu = self._layout.cpu
        if cpu is None:
            return 0
        if cpu.version == 2:
            return fields(self._get(cpu.directory, "cpu.stat"))["usage_usec"]
        return int(self._get(cpu.directory, "cpuacct.usage")) // 1000

    def _get(self, directory: Path, name: str) -> str:
        flags = os.O_RDWR if name == "memory.peak" else os.O_RDONLY  # it is reset for the descriptor that asks
        return os.pread(self._file(directory, name, flags), _FILE_BYTES, 0).decode()

    def _put(self, directory: Path, name: str, value: object) -> None:
        flags = os.O_RDWR if name == "memory.peak" else os.O_WRONLY
        os.pwrite(self._file(directory, name, flags), str(value).encode(), 0)

    def _set(self, directory: Path, name: str, value: object) -> None:
        """Write a setting, unless that is what was written last."""
        if self._written.get(name) != value:
            self._put(directory, name, value)
            self._written[name] = value

    def _set_if_there(self, directory: Path, name: str, value: object) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._set(directory, name, value)

    def _file(self, directory: Path, name: str, flags: int) -> int:
        path = f"{directory}/{self._name}/{name}"
        descriptor = self._open.get(f"{flags} {path}")
        if descriptor is None:
            descriptor = self._open[f"{flags} {path}"] = os.open(path, flags | os.O_CLOEXEC)
        return descriptor

    def _close_files(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()
        if self._oom is not None:
            os.close(self._oom)
            self._oom = None


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
