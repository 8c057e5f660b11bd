"""Opening the backend as a user who is not root: only where that was asked for, and saying what is missing then."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes import Command, Ending, Isolation, IsolationError, LimitKind, Limits, Outcome, cgroups
from sandboxes.nsjail import NsjailSandbox
from sandboxes.slots import User
from tests.unprivileged import GID, GROUP, UID, unprivileged

MISSING = ("user id of its own", "memory limit", "process limit", "CPU accounting", "CPU share")
Run = Callable[..., Outcome]


@pytest.fixture
def own_home(fresh_home: Path, sandbox: NsjailSandbox) -> Path:
    """A home of that user. ``sandbox`` shows that the host can isolate."""
    assert sandbox.isolation.missing == ()
    os.chown(fresh_home, UID, GID)
    fresh_home.chmod(0o700)  # the user's own: nobody else needs to reach it
    return fresh_home


@pytest.fixture
def run(own_home: Path, image: Callable[[str], Path]) -> Run:
    """Run a script of the python image as that user, with degraded isolation."""
    rootfs = image("python")

    def execute(source: str, *, limits: Limits, **command: object) -> Outcome:
        asked = Command(steps=(("python3", "-c", source),), **command)  # type: ignore[arg-type]  # keywords

        def act() -> Outcome:
            with NsjailSandbox.open(own_home, slots=1, allow_degraded=True) as opened:
                return opened.run(asked, limits, rootfs=rootfs)

        return unprivileged(act)

    return execute


def processes() -> list[str]:
    """Every process of that user."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            if entry.name.isdigit() and entry.stat().st_uid == UID:
                found.append(entry.name)
    return found


def test_without_root_it_refuses_in_one_sentence_that_names_the_setting(own_home: Path) -> None:
    with pytest.raises(IsolationError) as raised:
        unprivileged(lambda: NsjailSandbox.open(own_home, slots=1).close())
    said = str(raised.value)
    assert said.startswith(
        f"runs need root, for control groups and user ids of their own; this process is user {UID}: start it as root"
    )
    assert "SYNCODE_ALLOW_DEGRADED_ISOLATION" in said
    assert "\n" not in said


def test_what_is_not_there_is_named_and_all_else_is_there(own_home: Path) -> None:
    def act() -> tuple[Isolation, set[User], str]:
        with NsjailSandbox.open(own_home, slots=2, allow_degraded=True) as opened:
            return opened.isolation, {slot.program for slot in opened.held_slots}, cgroups.detect().kind

    isolation, users, groups = unprivileged(act)
    assert isolation.missing == MISSING
    assert isolation.namespaces == ("user", "mount", "pid", "ipc", "network", "uts", "cgroup")
    assert (isolation.seccomp, isolation.separate_uid, isolation.network) == (True, False, False)
    assert (isolation.cgroup, isolation.memory_accounting, groups) == ("none", "none", "none")
    assert users == {User(UID, GID)}


def test_a_program_is_its_caller_and_has_no_right(run: Run) -> None:
    source = """
import os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(os.getuid(), os.getgid(), {status[n].strip() for n in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")})
for name in ("uid", "gid"): print(*open(f"/proc/self/{name}_map").read().split())
print(len(os.getgroups()), status["NoNewPrivs"], status["Seccomp"])
try: os.setgroups([])
except OSError as error: print(error.errno)
"""
    outcome = run(source, limits=Limits())
    assert outcome.stdout.decode().splitlines() == [
        "1000 1000 {'0000000000000000'}",
        f"1000 {UID} 1",
        f"1000 {GID} 1",
        "1 1 2",  # a supplementary group of the caller cannot be given back
        "1",
    ]
    assert outcome.isolation.missing == MISSING
    assert GROUP not in (UID, GID)


def test_init_is_out_of_reach_although_it_is_the_same_user(run: Run) -> None:
    source = """
import os, signal
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
print(sorted(name for name in os.listdir("/proc") if name.isdigit()) == [str(os.getpid())])
for name in ("mem", "fd", "environ", "root", "maps"):
    try: os.open("/proc/1/" + name, os.O_RDONLY); print(name)
    except OSError: pass
for place in ("/", "/app", "/usr", "/etc", "/dev", "/proc", "/.init", "/box", "/tmp", "/dev/shm"):
    try: os.close(os.open(place + "/probe", os.O_CREAT | os.O_WRONLY)); print(place)
    except OSError: pass
os.chmod("/proc/self/fd/0", 0o666)  # it is the owner of its input, which is sealed all the same
try: os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"x")
except OSError as error: print(error.errno)
"""
    outcome = run(source, limits=Limits(), stdin=b"input")
    assert outcome.ok
    assert outcome.stdout.split() == [b"True", b"/box", b"/tmp", b"/dev/shm", b"1"]


@pytest.mark.parametrize(
    ("source", "limits", "ending", "limit"),
    [
        ("import time; time.sleep(60)", Limits(wall_ms=400), Ending.WALL_LIMIT, LimitKind.WALL_TIME),
        ("while True: pass", Limits(cpu_ms=100, wall_ms=60_000), Ending.CPU_LIMIT, LimitKind.CPU_TIME),
        ("while True: print('x' * 9999)", Limits(output_bytes=1 << 20), Ending.OUTPUT_LIMIT, LimitKind.OUTPUT),
    ],
    ids=["wall", "cpu", "output"],
)
def test_limits_that_need_no_root_hold(run: Run, source: str, limits: Limits, ending: Ending, limit: LimitKind) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    fork = "import os, time\nif os.fork() == 0: time.sleep(60)\n"
    outcome = run(fork + source, limits=limits)
    assert (outcome.ending, outcome.limit) == (ending, limit)
    assert outcome.isolation.missing == MISSING
    assert (processes(), Path("/proc/self/mountinfo").read_text()) == ([], mounts)


def test_processes_are_counted_by_the_kernel(run: Run) -> None:
    source = """
import os, time
alive = 1
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        alive += 1
except OSError as error: print(alive, error.errno)
"""
    assert run(source, limits=Limits(processes=16)).stdout == b"16 11\n"


def test_when_its_engine_is_killed_the_run_ends(own_home: Path, image: Callable[[str], Path]) -> None:
    rootfs = image("python")

    def act() -> None:
        with NsjailSandbox.open(own_home, slots=1, allow_degraded=True) as opened:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            opened.run(Command(steps=(("sleep", "60"),)), Limits(), rootfs=rootfs)

    with pytest.raises(EOFError):
        unprivileged(act)
    deadline = time.monotonic() + 20
    while processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes() == []
