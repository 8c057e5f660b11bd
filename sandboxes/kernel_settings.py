"""Settings of the kernel that close ways to or between runs, or keep quotas of the host large enough.

Sources: the kernel's ``admin-guide/sysctl``, core(5), vsock(7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.fact import Fact, Severity, graded, read_number, read_text


@dataclass(frozen=True, slots=True)
class Wish:
    """A setting, in words and as a test; ``best`` is the value to set. ``absent``: the grade where there is none."""

    name: str
    wanted: str
    fine: Callable[[int], bool]
    best: int
    otherwise: Severity = Severity.WARN
    absent: Severity = Severity.WARN


def at_least(least: int) -> Callable[[int], bool]:
    """Build the test of a :class:`Wish`."""
    return lambda value: value >= least


SYSCTLS: Final = (
    Wish("fs.protected_symlinks", "1", at_least(1), 1),
    Wish("fs.protected_hardlinks", "1", at_least(1), 1),
    Wish("kernel.unprivileged_bpf_disabled", "1 or 2", at_least(1), 1, absent=Severity.OK),
    Wish("kernel.io_uring_disabled", "2", at_least(2), 2),
    Wish("kernel.perf_event_paranoid", "2 or more", at_least(2), 2, absent=Severity.OK),
    Wish("kernel.kptr_restrict", "1 or 2", at_least(1), 1),
    Wish("dev.tty.legacy_tiocsti", "0", lambda value: value == 0, 0),
    Wish("kernel.yama.ptrace_scope", "1 or more", at_least(1), 1),
    Wish("kernel.randomize_va_space", "2", at_least(2), 2),
    Wish("kernel.pid_max", "65536 or more", at_least(65_536), 4_194_304),
    Wish("fs.aio-max-nr", "65536 or more", at_least(65_536), 65_536, absent=Severity.OK),
    Wish("fs.inotify.max_user_instances", "128 or more", at_least(128), 128, absent=Severity.OK),
    # 2 refuses address space that is only reserved, which is how Go, Java and Node.js start
    Wish("vm.overcommit_memory", "0 or 1", lambda value: value != 2, 0),
    # 2 panics also when one control group is out of memory: any program could stop the host
    Wish("vm.panic_on_oom", "0 or 1", lambda value: value != 2, 0, Severity.FAIL),
)


def kernel_settings(proc: Path, dev: Path, *, x32: bool) -> tuple[Fact, ...]:
    """Every setting with what is wanted of it. ``x32``: whether the kernel knows that ABI."""
    return (
        _core_pattern(proc),
        *(_sysctl(proc, wish) for wish in SYSCTLS),
        _x32(x32=x32),
        _vsock(dev),
    )


def _core_pattern(proc: Path) -> Fact:
    pattern = read_text(proc / "sys/kernel/core_pattern") or ""
    # init sets RLIMIT_CORE to 1, which a "|program" heeds; a socket ("@") is newer and makes no such promise
    otherwise = Severity.FAIL if pattern.startswith("@") else Severity.WARN
    return Fact(
        "kernel.core_pattern",
        pattern or "empty",
        "a file name: a handler runs as root on the host, and only the run's own limit keeps crashes away from it",
        graded(not pattern.startswith(("|", "@")), otherwise),
        "sysctl -w kernel.core_pattern=core",
    )


def _sysctl(proc: Path, wish: Wish) -> Fact:
    value = read_number(proc / "sys" / wish.name.replace(".", "/"))
    severity = wish.absent if value is None else graded(wish.fine(value), wish.otherwise)
    remedy = f"sysctl -w {wish.name}={wish.best}"
    if value is None:
        remedy = "nothing to set: this kernel does not have it"
    return Fact(wish.name, "not there" if value is None else str(value), wish.wanted, severity, remedy)


def _x32(*, x32: bool) -> Fact:
    return Fact(
        "x32 calls",
        "on" if x32 else "off",
        "off: a second way into the kernel that nobody uses",
        graded(not x32, Severity.WARN),
        "boot with syscall.x32=n",
    )


def _vsock(dev: Path) -> Fact:
    there = (dev / "vsock").exists()
    return Fact(
        "/dev/vsock",
        "there" if there else "not there",
        "not there: no network namespace keeps vsock from the hypervisor, only the system call filter does",
        graded(not there, Severity.WARN),
        "unload and blacklist the modules vsock and vhost_vsock",
    )
