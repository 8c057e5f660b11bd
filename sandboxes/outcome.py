"""How a jailed command ended, with the evidence, and what it used."""

from __future__ import annotations

import signal as signals
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LimitKind(StrEnum):
    """Which ceiling ended a program (the wire's names)."""

    CPU_TIME = "cpu_time"
    WALL_TIME = "wall_time"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    FILE_SIZE = "file_size"


class Ending(StrEnum):
    """How a run ended, decided from the kernel's record. Closed: there is no "unknown" and no default."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    OUTPUT_LIMIT = "output_limit"
    MEMORY_LIMIT = "memory_limit"
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why we say that a limit decided: its value, what was measured, and the fact we read it from.

    ``limit_value`` and ``measured`` share ``unit`` (``ms``, ``bytes`` or ``processes``). ``fact`` names the
    kernel's record, for instance ``memory.oom_control: oom_kill 1``.
    """

    limit: LimitKind
    limit_value: int
    measured: int
    unit: str
    fact: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used. ``None`` means that this host cannot measure it, never that it was nothing.

    ``wall_ms``         from the program's start to its end, monotonic clock
    ``cpu_ms``          user + system time of every process of the run
    ``memory_bytes``    peak of the whole tree, from the run's cgroup
    ``oom_kills``       times the kernel's memory limiter killed in this run
    ``stdout_bytes``    bytes written, counted up to the hard cap
    ``stderr_bytes``    the same for stderr
    """

    wall_ms: float
    cpu_ms: float | None
    memory_bytes: int | None
    oom_kills: int | None
    stdout_bytes: int
    stderr_bytes: int


@dataclass(frozen=True, slots=True)
class Isolation:
    """Which isolation a run really had. ``missing`` names required layers this host lacked (degraded runs only)."""

    backend: str
    cgroup: str
    memory_accounting: str
    seccomp: bool
    namespaces: tuple[str, ...]
    separate_uid: bool
    network: bool
    warm: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, before any checking. Complete when constructed.

    ``exit_code``   exit status of the program, ``128 + n`` when signal ``n`` ended it (also ours)
    ``signal``      number of that signal, or ``None``
    ``step``        index of the step that ended the command
    ``limit``       the limit that decided or explains the ending (a process or file-size limit ends a program only
                    indirectly: ``ending`` is then EXITED or SIGNALLED); ``None`` if none did
    ``evidence``    present whenever ``limit`` is
    ``ended_ns``    when the program ended, on the monotonic clock that all runs of this host share
    ``collected``   files of the collected directory, relative path -> content; empty unless the command asked and
                    ended by itself with an exit code after which it wanted them
    ``refused``     files of that directory that were not taken out, as ``path: reason``
    """

    ending: Ending
    exit_code: int | None
    signal: int | None
    step: int
    limit: LimitKind | None
    evidence: Evidence | None
    usage: Usage
    stdout: bytes
    stderr: bytes
    isolation: Isolation
    ended_ns: int = 0
    collected: Mapping[str, bytes] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True iff the program ended by itself with status 0 inside every limit."""
        return self.ending is Ending.EXITED and self.exit_code == 0

    @property
    def stdout_truncated(self) -> bool:
        """True iff more was written to stdout than was kept."""
        return self.usage.stdout_bytes > len(self.stdout)

    @property
    def stderr_truncated(self) -> bool:
        """True iff more was written to stderr than was kept."""
        return self.usage.stderr_bytes > len(self.stderr)

    @property
    def signal_name(self) -> str | None:
        """``SIGSEGV`` and the like; ``None`` when no signal ended the program."""
        if self.signal is None:
            return None
        try:
            return signals.Signals(self.signal).name
        except ValueError:
            return f"SIG{self.signal}"
