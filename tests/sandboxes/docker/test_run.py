"""Real runs in real containers: what every sandbox does, one after the other in one container, and nothing left."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from sandboxes import MIB, Command, Ending, LimitKind, Limits, Outcome, Session, SetupError
from sandboxes.docker import DockerSandbox
from sandboxes.docker.daemon import Daemon
from sandboxes.docker.profile import SLOT_LABEL
from sandboxes.fact import read_fields
from sandboxes.slots import Slot
from tests.sandboxes.conformance import SMALL, Run, TestEndings, TestMeasures, TestSteps, TestWhatAProgramSees, runs

__all__ = ["TestEndings", "TestMeasures", "TestSteps", "TestWhatAProgramSees"]

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def session(docker_sandbox: DockerSandbox, image: Callable[[str], Path]) -> Iterator[Session]:
    """One for all tests here, as if they were one submission."""
    with docker_sandbox.session(image("python")) as opened:
        yield opened


@pytest.fixture
def run(session: Session) -> Run:
    return runs(lambda: nullcontext(session))


def containers(daemon: Daemon, slots: tuple[Slot, ...]) -> list[str]:
    return [found for slot in slots for found in daemon.containers(label=f"{SLOT_LABEL}={slot.number}")]


def processes(slots: tuple[Slot, ...]) -> list[str]:
    """Of the slots' programs."""
    uids = {slot.program_uid for slot in slots}
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(FileNotFoundError):  # it ended meanwhile
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid in uids:
                found.append(name)
    return found


def test_it_says_what_it_is(run: Run, docker_sandbox: DockerSandbox) -> None:
    isolation = run("pass").isolation
    assert isolation == docker_sandbox.isolation
    assert (isolation.backend, isolation.missing) == ("docker", ())
    assert (isolation.seccomp, isolation.separate_uid, isolation.network, isolation.warm) == (True, True, False, False)
    assert set(isolation.namespaces) >= {"mount", "pid", "ipc", "network", "uts", "cgroup"}


def test_the_program_is_the_slots_user_and_called_box(run: Run, docker_sandbox: DockerSandbox) -> None:
    said = run("import getpass, os, socket; print(os.getuid(), getpass.getuser(), socket.gethostname())").stdout.split()
    assert int(said[0]) in {slot.program_uid for slot in docker_sandbox.held_slots}
    assert said[1:] == [b"box", b"box"]


def test_all_of_a_submission_is_in_one_container(run: Run, docker_sandbox: DockerSandbox, docker_address: str) -> None:
    daemon = Daemon.connect(docker_address)
    run("pass")
    (before,) = containers(daemon, docker_sandbox.held_slots)
    run("import time; time.sleep(60)", limits=Limits(wall_ms=100))
    run("pass", limits=Limits(scratch_bytes=300 * MIB, scratch_inodes=70_000))
    assert containers(daemon, docker_sandbox.held_slots) == [before]
    daemon.close()


def test_init_has_four_capabilities_and_is_under_a_filter(
    run: Run, docker_sandbox: DockerSandbox, docker_address: str
) -> None:
    daemon = Daemon.connect(docker_address)
    run("pass")
    (container,) = containers(daemon, docker_sandbox.held_slots)
    daemon.close()
    inside = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and container in (entry / "cgroup").read_text():
                inside.append(read_fields(entry / "status"))
    assert [status["Name"] for status in inside] == ["init"]
    (keeper,) = inside
    four = sum(1 << bit for bit in (5, 6, 7, 8))  # KILL, SETGID, SETUID, SETPCAP
    assert [int(keeper[name], 16) for name in ("CapBnd", "CapEff", "CapPrm")] == [four] * 3
    assert [int(keeper[name], 16) for name in ("CapInh", "CapAmb")] in ([0, 0], [four, 0])
    assert (keeper["NoNewPrivs"], keeper["Seccomp"]) == ("1", "2")


class TestTheNextRun:
    def test_finds_no_file_whatever_was_done_to_it(self, run: Run) -> None:
        plant = """
import os
for place in ("/box", "/tmp", "/dev/shm"):
    os.chdir(place)
    open("file", "w").close(); os.symlink("/etc", "link"); os.mkfifo("pipe"); os.mkdir(".0"); open(".0/x", "w").close()
    os.mkdir("shut"); open("shut/x", "w").close(); os.chmod("shut", 0)
    for _ in range(300):
        os.mkdir("d"); os.chdir("d")
    open("deep", "w").close()
    os.chmod(place, 0)
"""
        look = """
import os
for place in ("/box", "/tmp", "/dev/shm"):
    print(os.listdir(place), oct(os.stat(place).st_mode & 0o7777), os.listxattr(place), os.stat(place).st_mtime)
"""
        assert run(plant).ok
        # what it writes itself, such as compiled modules, comes after
        assert run(look).stdout == b"[] 0o700 [] 0.0\n" * 3

    def test_finds_no_word_on_a_directory(self, run: Run) -> None:
        planted = run("import os\ntry: os.setxattr('/box', 'user.word', b'x')\nexcept OSError as e: print(e.errno)")
        assert planted.ok
        assert run("import os; print(os.listxattr('/box'))").stdout == b"[]\n"

    def test_finds_nobody(self, run: Run) -> None:
        daemon = """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(1000)
        os._exit(0)
"""
        look = """
import os
print({int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid(), os.getppid()})
"""
        assert run(daemon).ok
        assert run(look).stdout == b"set()\n"
        assert run(daemon + "time.sleep(1000)", limits=Limits(wall_ms=300)).ending is Ending.WALL_LIMIT
        assert run(look).stdout == b"set()\n"

    def test_finds_no_listener(self, run: Run) -> None:
        listen = """
import os, socket, time
tcp = socket.create_server(("127.0.0.1", 7777))
unix = socket.socket(socket.AF_UNIX); unix.bind("\\0planted"); unix.listen()
if os.fork() == 0: time.sleep(1000)
"""
        look = """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 7777)), (socket.AF_UNIX, "\\0planted")):
    try: socket.socket(family).connect(address); print("found")
    except OSError as error: print(error.errno)
"""
        assert run(listen).ok
        assert run(look).stdout == b"111\n111\n"

    def test_sees_only_its_own_artefact(self, run: Run, artefact: Path) -> None:
        (artefact / "main").write_bytes(b"mine")
        assert run("print(open('/app/main').read())", artefact=str(artefact)).stdout == b"mine\n"
        assert run("import os; print(os.listdir('/app'))").stdout == b"[]\n"

    def test_is_measured_anew(self, run: Run) -> None:
        assert run("x = bytearray(500 << 20)").ending is Ending.MEMORY_LIMIT
        hungry = run("x = b'x' * (40 << 20)").usage
        modest = run("pass").usage
        assert hungry.memory_bytes is not None
        assert modest.memory_bytes is not None
        assert modest.memory_bytes < 20 * MIB < 40 * MIB < hungry.memory_bytes
        assert (modest.oom_kills, hungry.oom_kills) == (0, 0)

    def test_is_not_blamed_for_processes_that_another_was_refused(self, run: Run) -> None:
        crowd = "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)"
        assert run(crowd, limits=Limits(processes=8)).limit is LimitKind.PROCESSES
        outcome = run("raise SystemExit(1)")
        assert (outcome.exit_code, outcome.limit) == (1, None)


class TestWhatOfTheHostIsShown:
    def test_nothing_of_sys_and_little_of_proc(self, run: Run) -> None:
        source = """
import os
print(os.listdir("/sys"))
shown = []
for name in sorted(os.listdir("/proc")):
    path = "/proc/" + name
    if name.isdigit() or os.path.islink(path): continue
    try: seen = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
    except OSError: continue
    if seen: shown.append(name)
print(shown)
"""
        assert run(source).stdout == b"[]\n['cpuinfo', 'meminfo', 'stat']\n"

    def test_no_name_of_the_hosts_network(self, run: Run) -> None:
        said = run("for name in ('resolv.conf', 'hosts', 'hostname'): print(repr(open('/etc/' + name).read()))").stdout
        assert said == b"''\n'127.0.0.1\\tlocalhost box\\n::1\\tlocalhost box\\n'\n'box\\n'\n"

    def test_the_way_to_the_engine_is_shut(self, run: Run) -> None:
        source = """
import os, socket
try: os.listdir("/.syncode")
except OSError as error: print(error.errno)
try: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect("/.syncode/control")
except OSError as error: print(error.errno)
"""
        assert run(source).stdout == b"13\n13\n"

    def test_calls_that_the_policy_refuses_are_refused(self, run: Run) -> None:
        source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x00020000, 0x40000000):  # a user, a mount and a network namespace
    print(libc.unshare(flags), ctypes.get_errno())
print(libc.syscall(435, 0, 0), ctypes.get_errno())  # clone3
"""
        assert run(source).stdout == b"-1 1\n" * 3 + b"-1 38\n"


def test_a_program_that_takes_process_1_with_it_is_out_of_memory(run: Run) -> None:
    """It makes itself the last to be killed for memory that nobody is charged for by its size."""
    source = """
import os
open("/proc/self/oom_score_adj", "w").write("0")
files = []
while True:
    files.append(os.memfd_create("x"))
    os.write(files[-1], bytes(8 << 20))
"""
    outcome = run(source)
    assert (outcome.ending, outcome.limit) == (Ending.MEMORY_LIMIT, LimitKind.MEMORY)
    assert outcome.evidence is not None
    assert "oom_kill" in outcome.evidence.fact
    assert run("print('next')").stdout == b"next\n"


def test_runs_side_by_side_do_not_meet(docker_sandbox: DockerSandbox, image: Callable[[str], Path]) -> None:
    source = """
import os, time
open("/tmp/mine", "x").close()
time.sleep(0.3)
print(sorted(int(n) for n in os.listdir("/proc") if n.isdigit()) == sorted({1, os.getppid(), os.getpid()}))
"""
    outcomes: list[Outcome] = []
    with docker_sandbox.session(image("python")) as session:
        session.expect(2)

        def go() -> None:
            outcomes.append(session.run(Command(steps=(("python3", "-c", source),)), SMALL))

        threads = [threading.Thread(target=go) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [outcome.stdout for outcome in outcomes] == [b"True\n"] * 3


def test_an_image_that_is_not_there_is_our_failure(docker_sandbox: DockerSandbox, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nothing"):
        docker_sandbox.run(Command(steps=(("true",),)), Limits(), rootfs=tmp_path / "nothing")


class TestNothingIsLeft:
    def test_after_a_session(
        self, docker_sandbox: DockerSandbox, docker_address: str, image: Callable[[str], Path], home: Path
    ) -> None:
        daemon = Daemon.connect(docker_address)
        before = set(containers(daemon, docker_sandbox.held_slots))
        places = set(os.listdir(home / "run/docker"))
        for _ in range(2):
            with docker_sandbox.session(image("python")) as session:
                session.run(Command(steps=(("sleep", "100"),)), Limits(wall_ms=100))
                assert len(containers(daemon, docker_sandbox.held_slots)) == len(before) + 1
        assert set(containers(daemon, docker_sandbox.held_slots)) == before
        assert set(os.listdir(home / "run/docker")) == places
        daemon.close()

    def test_after_the_engine_was_killed(self, docker_address: str, image: Callable[[str], Path], home: Path) -> None:
        code = """
import sys
from pathlib import Path
from sandboxes import Command, Limits
from sandboxes.docker import DockerSandbox
home, rootfs = map(Path, sys.argv[1:3])
sandbox = DockerSandbox.open(home, slots=1, address=sys.argv[3])
source = "import os, signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; os.fork(); time.sleep(1000)"
print(*(slot.number for slot in sandbox.held_slots), flush=True)
sandbox.run(Command(steps=(("python3", "-c", source),)), Limits(wall_ms=1000000), rootfs=rootfs)
"""
        words = [sys.executable, "-c", code, str(home), str(image("python")), docker_address]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as engine:
            assert engine.stdout is not None
            slots = tuple(Slot(int(word)) for word in engine.stdout.readline().split())
            assert slots
            wait_until(lambda: bool(processes(slots)))
            engine.kill()
        wait_until(lambda: not processes(slots))
        daemon = Daemon.connect(docker_address)
        wait_until(lambda: not containers(daemon, slots))
        daemon.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert true()
