"""The control groups of a container, which the Docker engine has made: what cases in it are limited and measured by.

Their counts go on from case to case, so each case is told what was added since it began.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from sandboxes.cgroups import Cgroup, Layout
from sandboxes.docker.profile import IDLE_MEMORY_BYTES, IDLE_PROCESSES
from sandboxes.errors import SetupError

# A kernel in user space has threads of the host for its own work, and some for each thread of a program.
_KERNEL_PROCESSES: Final = 512
_OF_OURS: Final = 1  # the container's process 1, beside the case's init, which the limit allows for already


class ContainerGroup(Cgroup):
    """The groups called ``name`` in ``layout``, for one case after the other. Never made or removed by us.

    ``kernel``: a kernel of the container's own is in them too. What it takes while nothing runs comes on top of a
    case's memory limit and off what it used; and of processes it has more than the programs on it.
    """

    def __init__(self, layout: Layout, name: str, *, kernel: bool = False) -> None:
        super().__init__(layout, name)
        self._kernel = kernel
        self._kernel_bytes: int | None = None
        self._kills_before = 0
        self._refused_before = 0
        self._peak_before_bytes: int | None = None  # where it cannot be set back
        self._last: dict[str, float | int | None] = {}

    def relax(self) -> None:
        """Give it what starting a process in it takes. Raises :class:`SetupError`."""
        self._kernel_bytes = None
        processes = IDLE_PROCESSES + (_KERNEL_PROCESSES if self._kernel else 0)
        super().limit(memory_bytes=IDLE_MEMORY_BYTES, processes=processes)

    @override
    def attach(self, pid: int) -> None:
        """The engine has started it in there. Raises :class:`SetupError` if it is not."""
        if pid not in self.processes():
            raise SetupError(f"process {pid} is not in the container's control group")

    @override
    def limit(self, *, memory_bytes: int, processes: int) -> None:
        """See :meth:`Cgroup.limit`."""
        if self._kernel:
            if self._kernel_bytes is None:
                self._kernel_bytes = self.memory_bytes() or 0
            super().limit(memory_bytes=memory_bytes + self._kernel_bytes, processes=_KERNEL_PROCESSES + 4 * processes)
        else:
            super().limit(memory_bytes=memory_bytes, processes=processes + _OF_OURS)

    @override
    def begin(self, *, processor: int | None = None) -> None:
        """Count from here. Raises :class:`SetupError`."""
        super().begin(processor=processor)
        self._last.clear()
        try:
            self._kills_before = super().oom_kills() or 0
            self._refused_before = super().refused_processes() or 0
            self._peak_before_bytes = None
            if memory := self._layout.memory:
                try:
                    self._put(memory.directory, self._layout.memory_accounting, 0)
                except OSError:  # v2 before Linux 6.12
                    self._peak_before_bytes = super().memory_peak_bytes()
        except OSError as error:
            raise SetupError(f"control group {self._name} cannot be read: {error}") from error

    @override
    def renew(self) -> bool:
        """It always is as good as new, because everything is counted from :meth:`begin`."""
        return True

    @override
    def cpu_ms(self) -> float | None:
        """See :meth:`Cgroup.cpu_ms`."""
        return self._remembered("cpu", super().cpu_ms)

    @override
    def memory_peak_bytes(self) -> int | None:
        """Highest memory charged since it began; ``None`` where the kernel cannot tell that from what was before."""
        peak = self._remembered("peak", super().memory_peak_bytes)
        before = self._peak_before_bytes
        if peak is None or (before is not None and peak <= before):
            return None
        return max(int(peak) - (self._kernel_bytes or 0), 0)

    @override
    def oom_kills(self) -> int | None:
        """See :meth:`Cgroup.oom_kills`."""
        kills = self._remembered("kills", super().oom_kills)
        if kills is None:
            return None
        return int(kills) - self._kills_before

    def note(self) -> None:
        """Remember what is counted now: the container may go in a moment, and its groups with it."""
        with contextlib.suppress(OSError):
            for count in (self.oom_kills, self.cpu_ms, self.memory_peak_bytes, self.refused_processes):
                count()

    @override
    def refused_processes(self) -> int | None:
        """See :meth:`Cgroup.refused_processes`."""
        refused = self._remembered("refused", super().refused_processes)
        return None if refused is None else int(refused) - self._refused_before

    @override
    def kill(self) -> bool:
        """Nothing: with everything in the group its process 1 would go, and with it the container."""
        return False

    @override
    def create(self) -> None:
        """The Docker engine has done it."""

    @override
    def remove(self) -> None:
        """Let go of its files: the Docker engine removes it with the container."""
        self._close_files()

    def _remembered(self, what: str, read: Callable[[], float | int | None]) -> float | int | None:
        """What is read now, or was read last where the groups are gone."""
        try:
            now = read()
        except OSError:
            if what not in self._last:
                raise
            now = None
        if now is not None or what not in self._last:
            self._last[what] = now
        return self._last[what]
