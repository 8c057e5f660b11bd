"""What one jailed command is allowed, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sandboxes.relay import Relay

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one run. Every one is enforced; none can be left out.

    ``cpu_ms``             user + system time of all processes together
    ``wall_ms``            from the program's start
    ``memory_bytes``       whole process tree, tmpfs and kernel memory included; swap is never allowed
    ``processes``          processes and threads alive at once
    ``open_files``         descriptors per process
    ``file_size_bytes``    largest file (RLIMIT_FSIZE; exceeding it is SIGXFSZ)
    ``stack_bytes``        main thread's stack (RLIMIT_STACK)
    ``output_bytes``       stdout and stderr together; above it the program is killed
    ``stdout_bytes``       how much of stdout is kept; the rest is counted and dropped
    ``stderr_bytes``       how much of stderr is kept
    ``scratch_bytes``      size of each writable tmpfs (``/box``, ``/tmp``, ``/dev/shm``)
    ``scratch_inodes``     files and directories in each of them

    Raises ``ValueError`` for a limit that is not positive.
    """

    cpu_ms: int = 10_000
    wall_ms: int = 30_000
    memory_bytes: int = 256 * MIB
    processes: int = 128
    open_files: int = 256
    file_size_bytes: int = 16 * MIB
    stack_bytes: int = 256 * MIB
    output_bytes: int = 16 * MIB
    stdout_bytes: int = 1 * MIB
    stderr_bytes: int = 1 * MIB
    scratch_bytes: int = 64 * MIB
    scratch_inodes: int = 4096

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, is {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Command:
    """One step inside a jail: argument vectors run one after the other in ``/box``, stopping at the first failure.

    ``steps``         one or more argument vectors; ``argv[0]`` is looked up in the jail's PATH
    ``stdin``         what the program reads, or where it comes from while it is being written; each step begins at the
                      same descriptor, so only one step should read
    ``environment``   added to the fixed minimal environment (PATH, HOME, LANG, TZ)
    ``files``         relative path -> content, written into ``/box`` before the first step
    ``artefact``      host directory to show read-only at ``/app``; ``None``: nothing there
    ``links``         relative paths that ``/box`` shows as symbolic links to ``/app/src/<path>``
    ``collect``       name of a directory in ``/box`` whose files are wanted afterwards; ``None``: nothing
    ``collect_after`` exit codes after which they are
    ``collect_bytes`` most that may be collected, all files together
    ``preload``       argument vector of a process that, started ahead, can become the last step; ``None``: none can.
                      Whether it is used is the sandbox's choice and changes nothing but the time it takes
    """

    steps: tuple[tuple[str, ...], ...]
    stdin: bytes | Relay = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    artefact: str | None = None
    links: tuple[str, ...] = ()
    collect: str | None = None
    collect_after: tuple[int, ...] = (0,)
    collect_bytes: int = 64 * MIB
    preload: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not self.steps or not all(self.steps):
            raise ValueError("a command needs at least one step, and each step a program")

    @property
    def piped(self) -> bool:
        """Whether what it reads comes while it runs."""
        return isinstance(self.stdin, Relay)


@dataclass(frozen=True, slots=True)
class Standby:
    """What is known of a run before it is asked for, so that it can be made ready ahead.

    ``preload``, ``environment`` and ``piped`` as in :class:`Command`; ``limits``: those the run is expected to have.
    """

    limits: Limits
    preload: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    piped: bool = False

    def serves(self, command: Command, limits: Limits) -> bool:
        """Whether what was made ready for this can carry out ``command`` as if it had been made for it.

        The size of scratch is fixed when it is made; what a preloaded process was started with can only be lowered
        afterwards. All other limits are set when the run begins.
        """
        if self.piped is not command.piped:
            return False
        if (self.limits.scratch_bytes, self.limits.scratch_inodes) != (limits.scratch_bytes, limits.scratch_inodes):
            return False
        if self.preload is None:
            return True
        if (self.preload, dict(self.environment)) != (command.preload, dict(command.environment)):
            return False
        started = (self.limits.stack_bytes, self.limits.file_size_bytes, self.limits.open_files)
        wanted = (limits.stack_bytes, limits.file_size_bytes, limits.open_files)
        return all(had >= now for had, now in zip(started, wanted, strict=True))
