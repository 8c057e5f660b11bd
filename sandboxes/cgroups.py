"""The engine's own control groups: one per slot, on v1, v2 and hybrid hosts.

A run needs four things of the kernel, each of which any hierarchy may offer: a memory limit with peak and OOM
counter, a limit on processes, the CPU time of everything in it, and (v2 only) killing it at a stroke. The layout says
once per host where each is found; a :class:`Cgroup` is the set of directories of one run. Sources: kernel documents
``admin-guide/cgroup-v1`` and ``admin-guide/cgroup-v2``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.errors import SetupError

OURS: Final = "syncode"
_ENGINE: Final = "syncode-engine"
_REMOVE_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """A controller and the directory, of ours, in whose children it is used. ``version`` is 1 or 2."""

    directory: Path
    version: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where this host offers what runs need; ``None`` where it does not.

    ``cpu`` is any hierarchy that counts CPU time (v2 counts it without a controller). ``kill`` is the v2 tree.
    """

    memory: Place | None
    processes: Place | None
    cpu: Place | None
    kill: Place | None

    @property
    def kind(self) -> str:
        """``v1``, ``v2``, ``hybrid`` or ``none``."""
        versions = {place.version for place in (self.memory, self.processes, self.cpu, self.kill) if place}
        return {frozenset(): "none", frozenset({1}): "v1", frozenset({2}): "v2"}.get(frozenset(versions), "hybrid")

    @property
    def missing(self) -> tuple[str, ...]:
        """What a safe run needs and this host does not offer."""
        needed = {"memory limit": self.memory, "process limit": self.processes, "CPU accounting": self.cpu}
        return tuple(name for name, place in needed.items() if place is None)

    @property
    def memory_accounting(self) -> str:
        """The file that peak memory is read from."""
        if self.memory is None:
            return "none"
        return "memory.peak" if self.memory.version == 2 else "memory.max_usage_in_bytes"

    @property
    def cpu_fact(self) -> str:
        """The kernel's file and field that CPU time is read from."""
        if self.cpu is None:
            return "wait4: ru_utime + ru_stime"
        return "cpu.stat: usage_usec" if self.cpu.version == 2 else "cpuacct.usage"

    @property
    def directories(self) -> tuple[Path, ...]:
        """Each directory of ours once."""
        places = (self.memory, self.processes, self.cpu, self.kill)
        return tuple(dict.fromkeys(place.directory for place in places if place))


def detect(mountinfo: str = "/proc/self/mountinfo") -> Layout:
    """Find the hierarchies and make our directory in each; a hierarchy we may not write to is not there for us."""
    v1: dict[str, Place] = {}
    v2: Place | None = None
    for filesystem, mount, options in _mounts(mountinfo):
        try:
            if filesystem == "cgroup2":
                v2 = v2 or Place(_prepare_v2(mount), 2)
            elif filesystem == "cgroup":
                place = None
                for controller in options & {"memory", "pids", "cpuacct"}:
                    place = place or Place(_prepare_v1(mount), 1)
                    v1.setdefault(controller, place)
        except OSError:
            continue
    offered = _words(v2.directory / "cgroup.subtree_control") if v2 else set()

    def place_of(controller: str) -> Place | None:
        return v2 if controller in offered else v1.get(controller)

    return Layout(memory=place_of("memory"), processes=place_of("pids"), cpu=v2 or v1.get("cpuacct"), kill=v2)


class Cgroup:
    """The control groups of one run, named alike in every hierarchy; the ``with`` that owns them removes them."""

    def __init__(self, layout: Layout, name: str) -> None:
        self._layout = layout
        self._name = name
        self._cpu_before_us = 0
        self._oom: int | None = None

    def create(self, *, memory_bytes: int, processes: int) -> None:
        """Make the directories and set the limits. Raises :class:`SetupError`, leaving nothing behind."""
        layout, name = self._layout, self._name
        made: list[Path] = []
        try:
            for directory in layout.directories:
                (directory / name).mkdir()
                made.append(directory / name)
            if memory := self._at(layout.memory):
                if layout.memory and layout.memory.version == 2:
                    _write(memory / "memory.max", memory_bytes)
                    _write_if_there(memory / "memory.swap.max", 0)
                    _write_if_there(memory / "memory.oom.group", 1)
                else:
                    _write(memory / "memory.limit_in_bytes", memory_bytes)
                    # memory and swap together: no swap beyond the limit (the file is missing without swap support)
                    _write_if_there(memory / "memory.memsw.limit_in_bytes", memory_bytes)
            if pids := self._at(layout.processes):
                _write(pids / "pids.max", processes)
        except OSError as error:
            for path in made:
                path.rmdir()
            raise SetupError(f"control group {name} cannot be made: {error}") from error

    def attach(self, pid: int) -> None:
        """Move one process in and begin counting. Raises :class:`SetupError`."""
        try:
            for directory in self._layout.directories:
                _write(directory / self._name / "cgroup.procs", pid)
        except OSError as error:
            raise SetupError(f"process {pid} cannot be moved into control group {self._name}: {error}") from error
        self._cpu_before_us = self._cpu_total_us()

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
            _write(memory / "cgroup.event_control", f"{self._oom} {control}")
        finally:
            os.close(control)
        return self._oom, select.EPOLLIN

    def cpu_ms(self) -> float | None:
        """CPU time since :meth:`attach`, of living and dead processes together."""
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

    def oom_kills(self) -> int | None:
        """Processes killed by the memory limiter in this group."""
        memory = self._at(self._layout.memory)
        if memory is None or self._layout.memory is None:
            return None
        name = "memory.events" if self._layout.memory.version == 2 else "memory.oom_control"
        return _fields(memory / name).get("oom_kill", 0)

    @property
    def oom_fact(self) -> str:
        """The kernel's file and field behind :meth:`oom_kills`."""
        version = self._layout.memory.version if self._layout.memory else 0
        return "memory.events: oom_kill" if version == 2 else "memory.oom_control: oom_kill"

    def refused_processes(self) -> int | None:
        """How often a new process or thread was refused (``pids.events: max``)."""
        pids = self._at(self._layout.processes)
        return None if pids is None else _fields(pids / "pids.events").get("max", 0)

    def kill(self) -> bool:
        """Kill every process in the group at a stroke; ``False`` where the kernel cannot (v1 alone)."""
        tree = self._at(self._layout.kill)
        if tree is None:
            return False
        with contextlib.suppress(FileNotFoundError):
            _write(tree / "cgroup.kill", 1)
            return True
        return False

    def processes(self) -> set[int]:
        """Ids of all processes in the group, in any hierarchy."""
        found: set[int] = set()
        for directory in self._layout.directories:
            with contextlib.suppress(FileNotFoundError):
                found |= {int(word) for word in _words(directory / self._name / "cgroup.procs")}
        return found

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
            return _fields(cpu / "cpu.stat")["usage_usec"]
        return int((cpu / "cpuacct.usage").read_text()) // 1000


def sweep(layout: Layout, name: str) -> bool:
    """Kill and remove what a dead engine left in the slot ``name``; whether there was anything."""
    if not any((directory / name).exists() for directory in layout.directories):
        return False
    group = Cgroup(layout, name)
    if not group.kill():
        for pid in group.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
    group.remove()
    return True


def _mounts(mountinfo: str) -> Iterator[tuple[str, Path, set[str]]]:
    """File system, mount point and super options of each mounted control group hierarchy."""
    for line in Path(mountinfo).read_text().splitlines():
        before, _, after = line.partition(" - ")
        filesystem, _, options = after.split(" ", 2)
        if filesystem in {"cgroup", "cgroup2"}:
            yield filesystem, Path(before.split(" ")[4]), set(options.split(","))


def _prepare_v1(mount: Path) -> Path:
    directory = mount / OURS
    directory.mkdir(exist_ok=True)
    if not os.access(directory / "cgroup.procs", os.W_OK):
        raise PermissionError(errno.EACCES, "not writable", str(directory))
    return directory


def _prepare_v2(mount: Path) -> Path:
    """Our directory in the v2 tree, with the controllers it can have switched on for its children.

    A tree whose root is a container's holds processes itself, and a group with processes cannot hand controllers
    down; they move into a leaf beside ours first.
    """
    directory = mount / OURS
    directory.mkdir(exist_ok=True)
    if not os.access(directory / "cgroup.procs", os.W_OK):
        raise PermissionError(errno.EACCES, "not writable", str(directory))
    wanted = {"memory", "pids"}
    for group in (mount, directory):
        for controller in sorted(wanted & _words(group / "cgroup.controllers")):
            if controller in _words(group / "cgroup.subtree_control"):
                continue
            try:
                _write(group / "cgroup.subtree_control", f"+{controller}")
            except OSError as error:
                if error.errno != errno.EBUSY or group is not mount:
                    raise
                _move_into_leaf(mount)
                _write(group / "cgroup.subtree_control", f"+{controller}")
    return directory


def _move_into_leaf(mount: Path) -> None:
    leaf = mount / _ENGINE
    leaf.mkdir(exist_ok=True)
    for pid in _words(mount / "cgroup.procs"):
        with contextlib.suppress(ProcessLookupError):
            _write(leaf / "cgroup.procs", pid)


def _words(path: Path) -> set[str]:
    return set(path.read_text().split())


def _fields(path: Path) -> dict[str, int]:
    return {
        key: int(value) for key, value in (line.split() for line in path.read_text().splitlines()) if value.isdigit()
    }


def _write(path: Path, value: object) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _write_if_there(path: Path, value: object) -> None:
    with contextlib.suppress(FileNotFoundError):
        _write(path, value)
