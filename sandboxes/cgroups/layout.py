"""Where a host offers what runs need of control groups: v1, v2 and hybrid.

A run needs of the kernel, each of which any hierarchy may offer: a memory limit with peak and OOM counter, a limit on
processes, the CPU time of everything in it, its own fair share of the processors however many processes it has, a
processor of its own, and (v2 only) killing it at a stroke. Sources: kernel documents ``admin-guide/cgroup-v1`` and
``admin-guide/cgroup-v2``.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.cgroups.files import words, write, write_if_there
from sandboxes.errors import SetupError

OURS: Final = "syncode"
_ENGINE: Final = "syncode-engine"
_MOST_WEIGHT: Final = 10_000
_CONTROLLERS: Final = frozenset({"memory", "pids", "cpu", "cpuset"})


@dataclass(frozen=True, slots=True)
class Place:
    """A controller and the directory, of ours, in whose children it is used. ``version`` is 1 or 2."""

    directory: Path
    version: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where this host offers what runs need; ``None`` where it does not.

    ``cpu`` is any hierarchy that counts CPU time (v2 counts it without a controller), ``share`` the one whose groups
    the scheduler treats alike, ``pin`` the one that keeps a group on some processors. ``kill`` is the v2 tree.
    """

    memory: Place | None
    processes: Place | None
    cpu: Place | None
    share: Place | None
    pin: Place | None
    kill: Place | None

    @property
    def kind(self) -> str:
        """``v1``, ``v2``, ``hybrid`` or ``none``."""
        versions = {place.version for place in self._places if place}
        return {frozenset(): "none", frozenset({1}): "v1", frozenset({2}): "v2"}.get(frozenset(versions), "hybrid")

    @property
    def missing(self) -> tuple[str, ...]:
        """What a safe run needs and this host does not offer."""
        needed = {
            "memory limit": self.memory,
            "process limit": self.processes,
            "CPU accounting": self.cpu,
            "CPU share": self.share,
        }
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
        return tuple(dict.fromkeys(place.directory for place in self._places if place))

    @property
    def _places(self) -> tuple[Place | None, ...]:
        return (self.memory, self.processes, self.cpu, self.share, self.pin, self.kill)


def detect(mountinfo: str = "/proc/self/mountinfo") -> Layout:
    """Find the hierarchies and make our directory where it is used; one we may not write to is not there for us."""
    mounts: dict[str, Path] = {}
    tree: Place | None = None
    for filesystem, mount, options in _mounts(mountinfo):
        if filesystem == "cgroup":
            mounts |= dict.fromkeys(options & {*_CONTROLLERS, "cpuacct"}, mount)
        elif tree is None:
            with contextlib.suppress(OSError):
                tree = Place(_prepare_v2(mount), 2)
    offered = words(tree.directory / "cgroup.subtree_control") if tree else set()

    def place_of(controller: str) -> Place | None:
        if controller in offered:
            return tree
        with contextlib.suppress(OSError, KeyError):
            return Place(_prepare_v1(mounts[controller]), 1)
        return None

    return Layout(
        memory=place_of("memory"),
        processes=place_of("pids"),
        cpu=tree or place_of("cpuacct"),
        share=place_of("cpu"),
        pin=place_of("cpuset"),
        kill=tree,
    )


def layout_of(pid: int, *, proc: Path = Path("/proc")) -> tuple[Layout, str]:
    """Where the groups of a process are that somebody else made, such as a container's, and their common name.

    ``directory`` of each place is the one they are in; one that we may not write to is not there for us. A hierarchy in
    which the process is in no group of that name is not there either. Raises :class:`SetupError` if it is in none.
    """
    try:
        lines = (proc / str(pid) / "cgroup").read_text().splitlines()
    except OSError as error:
        raise SetupError(f"the control groups of process {pid} cannot be read: {error.strerror}") from error
    paths: dict[str, str] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    name = Path(paths.get("memory") or paths.get("", "/")).name
    if not name:
        raise SetupError(f"process {pid} is in no control group of its own")
    v1: dict[str, Path] = {}
    tree: Path | None = None
    for filesystem, mount, options in _mounts(str(proc / "self/mountinfo")):
        if filesystem == "cgroup2":
            tree = tree or _writable_parent(mount, paths.get("", "/"), name)
            continue
        for controller in options & {*_CONTROLLERS, "cpuacct"}:
            if parent := _writable_parent(mount, paths.get(controller, "/"), name):
                v1[controller] = parent
    offered = words(tree / name / "cgroup.controllers") if tree else set()

    def place_of(controller: str) -> Place | None:
        if tree and controller in offered:
            return Place(tree, 2)
        return Place(v1[controller], 1) if controller in v1 else None

    whole = Place(tree, 2) if tree else None
    return (
        Layout(
            memory=place_of("memory"),
            processes=place_of("pids"),
            cpu=whole or place_of("cpuacct"),
            share=place_of("cpu"),
            pin=place_of("cpuset"),
            kill=whole,
        ),
        name,
    )


def _writable_parent(mount: Path, path: str, name: str) -> Path | None:
    group = mount / path.lstrip("/")
    there = group.name == name and os.access(group / "cgroup.procs", os.W_OK)
    return group.parent if there else None


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
    for name in ("cpuset.mems", "cpuset.cpus"):  # empty in a new group, and then nothing may enter it
        if (mount / name).exists():
            write(directory / name, (mount / name).read_text())
    if not os.access(directory / "cgroup.procs", os.W_OK):
        raise PermissionError(errno.EACCES, "not writable", str(directory))
    # All runs together would weigh as much as one process beside them: on each processor one of ours should.
    write_if_there(directory / "cpu.shares", 1024 * (os.cpu_count() or 1))
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
    for group in (mount, directory):
        for controller in sorted(_CONTROLLERS & words(group / "cgroup.controllers")):
            if controller in words(group / "cgroup.subtree_control"):
                continue
            try:
                write(group / "cgroup.subtree_control", f"+{controller}")
            except OSError as error:
                if error.errno != errno.EBUSY or group is not mount:
                    raise
                _move_into_leaf(mount)
                write(group / "cgroup.subtree_control", f"+{controller}")
    write_if_there(directory / "cpu.weight", min(100 * (os.cpu_count() or 1), _MOST_WEIGHT))
    return directory


def _move_into_leaf(mount: Path) -> None:
    leaf = mount / _ENGINE
    leaf.mkdir(exist_ok=True)
    for pid in words(mount / "cgroup.procs"):
        with contextlib.suppress(ProcessLookupError):
            write(leaf / "cgroup.procs", pid)
