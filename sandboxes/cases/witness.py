"""Looking from outside, once, at what a program that runs here really is.

Nothing that the program says about itself counts but that it is there. Sources: proc(5), namespaces(7),
user_namespaces(7), capabilities(7), seccomp(2).
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.cases.case import Case
from sandboxes.cases.execution import Execution
from sandboxes.cases.session import WarmJail
from sandboxes.errors import SetupError
from sandboxes.fact import read_fields
from sandboxes.init import build_static, parse_record
from sandboxes.init.protocol import RECORD_BYTES, Failure
from sandboxes.limits import MIB, Command, Limits

# Our words for namespaces, and the kernel's (/proc/<pid>/ns).
NAMESPACES: Final[Mapping[str, str]] = {
    "user": "user",
    "mount": "mnt",
    "pid": "pid",
    "ipc": "ipc",
    "network": "net",
    "uts": "uts",
    "cgroup": "cgroup",
}
_LIMITS: Final = Limits(wall_ms=30_000, memory_bytes=64 * MIB, processes=4, scratch_bytes=MIB, scratch_inodes=16)
_PROC: Final = Path("/proc")
_SIGN_S: Final = 15.0
_FILTERED: Final = 2  # SECCOMP_MODE_FILTER, as /proc/<pid>/status shows it


@dataclass(frozen=True, slots=True)
class Observation:
    """What the host saw of a jailed program.

    ``namespaces``      those that are not the engine's (our words)
    ``ids``             every real, effective, saved and file system user and group id, and supplementary groups, as
                        the host numbers them
    ``capabilities``    all its sets together, as bits
    ``no_new_privs``    whether executing a program can give it nothing any more
    ``filters``         system call filters that it has and its init has not
    ``interfaces``      network interfaces that it could use
    ``writable``        mount points that are mounted for writing
    ``groups``          control group directories of the run that it is in
    """

    namespaces: tuple[str, ...]
    ids: frozenset[int]
    capabilities: int
    no_new_privs: bool
    filters: int
    interfaces: frozenset[str]
    writable: frozenset[str]
    groups: frozenset[Path]


def build_witness(directory: Path) -> Path:
    """The program that is looked at, below ``directory``. Raises :class:`IsolationError`."""
    return build_static(directory, "witness", sources=[Path(__file__).with_name("witness.c")])


def observe(jail: WarmJail, command: Command) -> Observation:
    """Look at a command that writes one byte and stays until the jail is closed. Raises :class:`SetupError`."""
    case = begin(jail, command)
    filters = int(read_fields(_PROC / str(case.pid) / "status")["Seccomp_filters"])
    return look(_child_of(case.pid), case, filters=filters)


def begin(jail: WarmJail, command: Command) -> Case:
    """Have such a command begin; the case that carries it out. Raises :class:`SetupError`."""
    case, _ = jail.take(command, _LIMITS)
    jail.give_back(case)  # which closes it with the jail
    Execution(case, command, _LIMITS, processor=None, warm=False).begin()
    _await_sign(case)
    return case


def _await_sign(case: Case) -> None:
    """Wait until the program has written something."""
    poll = select.poll()
    for descriptor in (case.stdout.descriptor, case.control.fileno()):
        poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + _SIGN_S
    while not case.stdout.written_bytes:
        ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if not ready:
            raise SetupError(f"the program gave no sign of life within {_SIGN_S:.0f} s")
        if case.stdout.descriptor in ready:
            if case.stdout.read():
                continue
            poll.unregister(case.stdout.descriptor)  # it has left without a sign: init has the last word
        if case.control.fileno() not in ready:
            continue
        data = case.control.recv(RECORD_BYTES)
        record = parse_record(data) if data else None
        raise SetupError(record.text if isinstance(record, Failure) else "the program ended before it was looked at")


def _child_of(parent: int) -> int:
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and read_fields(entry / "status").get("PPid") == str(parent):
            return int(entry.name)
    raise SetupError(f"process {parent} has no child to look at")


def look(pid: int, case: Case, *, filters: int = 0) -> Observation:
    """What process ``pid`` of the host, which ``case`` is about, is; ``filters``: so many are not its own."""
    process = _PROC / str(pid)
    status = read_fields(process / "status")
    numbers = " ".join(status[name] for name in ("Uid", "Gid", "Groups")).split()
    capabilities = 0
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        capabilities |= int(status[name], 16)
    own = int(status["Seccomp_filters"]) - filters
    interfaces = (process / "net/dev").read_text().splitlines()[2:]
    mounts = (line.split() for line in (process / "mountinfo").read_text().splitlines())
    return Observation(
        namespaces=tuple(name for name, kernels in NAMESPACES.items() if _differs(process, kernels)),
        ids=frozenset(map(int, numbers)),
        capabilities=capabilities,
        no_new_privs=status["NoNewPrivs"] == "1",
        filters=own if int(status["Seccomp"]) == _FILTERED else 0,
        interfaces=frozenset(line.split(":")[0].strip() for line in interfaces),
        writable=frozenset(mount[4] for mount in mounts if "rw" in mount[5].split(",")),
        groups=frozenset(
            directory for directory in case.host.layout.directories if pid in case.group.processes_in(directory)
        ),
    )


def _differs(process: Path, namespace: str) -> bool:
    return os.stat(process / "ns" / namespace).st_ino != os.stat(_PROC / "self/ns" / namespace).st_ino
