"""Jails that are ready ahead of need: the same results, one submission each, and nothing left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandboxes import MIB, Command, Ending, Limits, Outcome, Standby, WarmImage, WarmState, cgroups
from sandboxes.cases.session import WarmJail
from sandboxes.fact import read_fields
from sandboxes.nsjail import NsjailSandbox
from sandboxes.slots import Slot

LIMITS = Limits(cpu_ms=4000, wall_ms=20_000, memory_bytes=64 * MIB)
# Waits for its arguments as a preload does, and becomes `python3 -c SOURCE ARGUMENT...`.
PRELOAD = (
    "python3",
    "-c",
    """
import os, sys
os.write(3, b'!')
words = os.fdopen(3, 'rb').read().decode().split('\\0')[:-1]
if not words: sys.exit(1)
sys.argv = ['-c', *words[3:]]
exec(words[2])
""",
)
ABOUT = """
import os, resource, sys
print(sys.argv, os.getcwd(), sys.stdin.read(), os.environ.get('GIVEN'), os.listdir('/app'))
print([resource.getrlimit(which) for which in (resource.RLIMIT_STACK, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)])
print(sorted(os.listdir('/proc/self/fd')), os.getpid(), os.getppid(), os.getuid(), sorted(os.listdir('/box')))
"""

Open = Callable[..., NsjailSandbox]


@pytest.fixture
def rootfs(image: Callable[[str], Path]) -> Path:
    return image("python")


@pytest.fixture
def warmed(home: Path, rootfs: Path) -> Iterator[Open]:
    """Open a sandbox that keeps jails for ``standbys`` warm, and wait until they are there."""
    with contextlib.ExitStack() as opened:

        def open_warm(
            *standbys: Standby, slots: int = 1, jails: int = 1, memory_bytes: int = 512 * MIB
        ) -> NsjailSandbox:
            sandbox = opened.enter_context(NsjailSandbox.open(home, slots=slots))
            sandbox.keep_warm([WarmImage("python", rootfs, standbys, jails)], memory_bytes=memory_bytes)
            sandbox.settle()
            return sandbox

        yield open_warm


def python(source: str, *arguments: str, **more: object) -> Command:
    return Command(steps=(("python3", "-c", source, *arguments),), **more)  # type: ignore[arg-type]  # keywords


def run(sandbox: NsjailSandbox, rootfs: Path, command: Command, limits: Limits = LIMITS) -> Outcome:
    with sandbox.session(rootfs, warm="python") as session:
        return session.run(command, limits)


def state(sandbox: NsjailSandbox) -> WarmState:
    sandbox.settle()
    (only,) = sandbox.warm
    return only


def processes(slots: tuple[Slot, ...]) -> list[int]:
    ours = {uid for slot in slots for uid in (slot.init_uid, slot.program_uid)}
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid in ours:
                found += [int(entry.name)] * (read_fields(entry / "status")["State"][0] != "Z")
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def groups(slots: tuple[Slot, ...]) -> list[Path]:
    layout = cgroups.detect()
    return [group for slot in slots for group in cgroups.left_of(layout, slot.name)]


def watched(sandbox: NsjailSandbox) -> list[WarmJail]:
    """All jails that the sandbox is done with, from now on; each is held, so that none is taken for another."""
    used_up: list[WarmJail] = []
    dispose = sandbox._dispose

    def disposed(jail: WarmJail) -> None:
        used_up.append(jail)
        dispose(jail)

    sandbox._dispose = disposed  # type: ignore[method-assign]  # to look, not to change what it does
    return used_up


class TestResults:
    @pytest.mark.parametrize("preload", [None, PRELOAD])
    def test_are_those_of_the_cold_path(
        self, warmed: Open, sandbox: NsjailSandbox, rootfs: Path, preload: tuple[str, ...] | None
    ) -> None:
        given = {"GIVEN": "word"}
        command = python(
            ABOUT,
            "one",
            "two words",
            stdin=b"input",
            environment=given,
            links=("linked",),
            artefact="/usr/share",
            preload=preload,
        )
        warm = warmed(Standby(LIMITS, preload, given))
        cold = run(sandbox, rootfs, command)
        outcome = run(warm, rootfs, command)
        assert (cold.isolation.warm, outcome.isolation.warm) == (False, True)
        assert (outcome.stdout, outcome.stderr, outcome.exit_code) == (cold.stdout, cold.stderr, 0)
        assert outcome.isolation.missing == ()
        assert state(warm).hits == 1

    @pytest.mark.parametrize(
        ("source", "ending"),
        [
            ("import sys; sys.exit(3)", Ending.EXITED),
            ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", Ending.SIGNALLED),
            ("while True: pass", Ending.CPU_LIMIT),
            ("import time; time.sleep(60)", Ending.WALL_LIMIT),
            ("x = bytearray(500 << 20)", Ending.MEMORY_LIMIT),
            ("while True: print('x' * 99999)", Ending.OUTPUT_LIMIT),
        ],
    )
    def test_of_a_preloaded_process_are_decided_alike(
        self, warmed: Open, sandbox: NsjailSandbox, rootfs: Path, source: str, ending: Ending
    ) -> None:
        limits = Limits(cpu_ms=300, wall_ms=1500, memory_bytes=64 * MIB, output_bytes=MIB)
        command = python(source, preload=PRELOAD)
        cold, outcome = (
            run(sandbox, rootfs, command, limits),
            run(warmed(Standby(LIMITS, PRELOAD)), rootfs, command, limits),
        )
        assert (outcome.ending, outcome.isolation.warm) == (ending, True)
        assert (outcome.exit_code, outcome.signal, outcome.limit) == (cold.exit_code, cold.signal, cold.limit)

    def test_lower_limits_than_it_was_started_with_hold_for_a_preloaded_process(
        self, warmed: Open, rootfs: Path
    ) -> None:
        limits = Limits(stack_bytes=8 * MIB, file_size_bytes=MIB, open_files=32, processes=5, memory_bytes=32 * MIB)
        source = """
import os, resource, signal
for which in resource.RLIMIT_STACK, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE: print(*resource.getrlimit(which))
alive = 1
try:
    while alive < 99:
        if os.fork() == 0: signal.pause()
        alive += 1
except OSError: print(alive)
"""
        outcome = run(warmed(Standby(Limits(), PRELOAD)), rootfs, python(source, preload=PRELOAD), limits)
        assert outcome.isolation.warm
        assert outcome.stdout.decode().split() == [str(n) for n in (8 * MIB,) * 2 + (MIB,) * 2 + (32,) * 2 + (5,)]

    def test_the_time_it_waited_is_not_the_programs(self, warmed: Open, rootfs: Path) -> None:
        busy = (*PRELOAD[:2], "import time\nwhile time.process_time() < 0.5: pass\n" + PRELOAD[2])
        warm = warmed(Standby(LIMITS, busy))
        usage = run(warm, rootfs, python("print(1)", preload=busy)).usage
        assert usage.cpu_ms is not None
        assert usage.cpu_ms < 400
        assert usage.wall_ms < 400

    @pytest.mark.parametrize(
        "standby",
        [
            Standby(LIMITS, PRELOAD, {"OTHER": "x"}),
            Standby(LIMITS, (*PRELOAD[:2], f"# not asked for\n{PRELOAD[2]}")),
            Standby(Limits(stack_bytes=MIB), PRELOAD),
            Standby(Limits(scratch_bytes=MIB), PRELOAD),
        ],
    )
    def test_what_was_made_ready_for_something_else_is_not_used(
        self, warmed: Open, rootfs: Path, standby: Standby
    ) -> None:
        outcome = run(warmed(standby), rootfs, python("print('mine')", preload=PRELOAD))
        assert (outcome.stdout, outcome.isolation.warm) == (b"mine\n", False)


class TestFailures:
    def test_a_preloaded_process_that_is_gone_is_made_up_for(self, warmed: Open, rootfs: Path) -> None:
        gone = ("python3", "-c", "print('noise')")
        outcome = run(warmed(Standby(LIMITS, gone)), rootfs, python("print('well')", preload=gone))
        assert (outcome.stdout, outcome.exit_code) == (b"well\n", 0)

    def test_one_that_goes_while_it_waits_is_made_up_for(self, warmed: Open, rootfs: Path) -> None:
        fleeting = ("python3", "-c", "import os; os.write(3, b'!'); print('noise')")
        warm = warmed(Standby(LIMITS, fleeting))
        wait_until(lambda: len(processes(warm.held_slots)) == 2)  # the agent and the case's process 1
        outcome = run(warm, rootfs, python("print('well')", preload=fleeting))
        assert (outcome.stdout, outcome.exit_code, outcome.isolation.warm) == (b"well\n", 0, False)

    def test_a_preload_that_does_not_exist_is_made_up_for(self, warmed: Open, rootfs: Path) -> None:
        nowhere = ("no-such-program",)
        outcome = run(warmed(Standby(LIMITS, nowhere)), rootfs, python("print('well')", preload=nowhere))
        assert outcome.stdout == b"well\n"

    def test_waiting_jails_that_were_killed_are_replaced(self, warmed: Open, rootfs: Path) -> None:
        warm = warmed(Standby(LIMITS, PRELOAD))
        for pid in processes(warm.held_slots):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes(warm.held_slots))
        outcome = run(warm, rootfs, python("print('well')", preload=PRELOAD))
        assert (outcome.stdout, outcome.isolation.warm) == (b"well\n", False)
        assert (state(warm).ready, state(warm).misses) == (1, 1)
        assert run(warm, rootfs, python("print('warm')", preload=PRELOAD)).isolation.warm

    def test_an_image_that_is_not_there_is_tried_again_later_and_stops_nobody(
        self, home: Path, rootfs: Path, tmp_path: Path
    ) -> None:
        with NsjailSandbox.open(home, slots=1) as opened:
            images = [
                WarmImage("nothing", tmp_path / "nothing", (Standby(LIMITS),)),
                WarmImage("python", rootfs, (Standby(LIMITS),)),
            ]
            opened.keep_warm(images, memory_bytes=512 * MIB)
            opened.settle()
            assert [found.ready for found in opened.warm] == [0, 1]


class TestSessions:
    def test_a_jail_serves_one_submission(self, warmed: Open, rootfs: Path) -> None:
        warm = warmed(Standby(LIMITS))
        used_up = watched(warm)
        for _ in range(3):
            warm.settle()
            with warm.session(rootfs, warm="python") as session:
                assert session.run(python("print(1)"), LIMITS).stdout == b"1\n"
        assert len(set(used_up)) == len(used_up) == 3
        assert state(warm).hits == 3

    def test_runs_of_one_submission_share_a_jail_and_nothing_in_it(self, warmed: Open, rootfs: Path) -> None:
        # A connection that the listening side has ended keeps its port for a minute, whoever asks for it.
        source = """
import os, socket
print(os.stat('/proc/self/ns/user').st_ino)
print(os.getpid(), [name for name in os.listdir('/proc') if name.isdigit()])
for place in '/box', '/tmp', '/dev/shm': print(os.listdir(place)); open(place + '/left', 'w').close()
listener = socket.socket()
listener.bind(('127.0.0.1', 7777))
listener.listen()
client = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
accepted.close(); client.recv(1); client.close()
if os.fork() == 0: os.setsid(); import time; time.sleep(60)
"""
        with warmed(Standby(LIMITS)).session(rootfs, warm="python") as session:
            outcomes = [session.run(python(source), LIMITS, more=True) for _ in range(3)]
        lines = [outcome.stdout.decode().splitlines() for outcome in outcomes]
        assert [outcome.exit_code for outcome in outcomes] == [0] * 3, outcomes
        assert len({line[0] for line in lines}) == 1
        assert all(line[1:] == ["2 ['2']"] + ["[]"] * 3 for line in lines)

    def test_the_next_run_is_made_ready_during_this_one(self, warmed: Open, rootfs: Path) -> None:
        with warmed(Standby(Limits(scratch_bytes=MIB))).session(rootfs, warm="python") as session:
            warm = [session.run(python("print(1)", preload=PRELOAD), LIMITS, more=True) for _ in range(4)]
        assert [outcome.isolation.warm for outcome in warm] == [False, True, True, True]
        assert [outcome.stdout for outcome in warm] == [b"1\n"] * 4

    def test_two_at_a_time_never_meet(self, warmed: Open, rootfs: Path) -> None:
        warm = warmed(Standby(LIMITS), slots=2, jails=2)
        used_up = watched(warm)

        def go() -> None:
            for _ in range(3):
                assert run(warm, rootfs, python("import time; time.sleep(0.1)")).ok

        threads = [threading.Thread(target=go) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(used_up)) == len(used_up) == 9

    def test_what_is_expected_is_started_meanwhile(self, home: Path, rootfs: Path) -> None:
        with NsjailSandbox.open(home, slots=2) as opened, opened.session(rootfs) as session:
            session.expect(50)
            session.expect(2)
            outcomes = [session.run(python("print(1)"), LIMITS) for _ in range(3)]
            assert len(opened.held_slots) == 2
        assert [outcome.stdout for outcome in outcomes] == [b"1\n"] * 3


class TestMemory:
    def test_the_least_wanted_waits_no_more_when_it_does_not_suffice(self, home: Path, rootfs: Path) -> None:
        hungry = (*PRELOAD[:2], "x = bytearray(30 << 20)\n" + PRELOAD[2])
        images = [WarmImage(name, rootfs, (Standby(LIMITS, hungry),)) for name in ("first", "second", "third")]
        with NsjailSandbox.open(home, slots=1) as opened:
            opened.keep_warm(images, memory_bytes=80 * MIB)
            opened.settle()
            assert [found.ready for found in opened.warm] == [1, 1, 0]
            with opened.session(rootfs, warm="third") as session:
                assert not session.run(python("print(1)", preload=hungry), LIMITS).isolation.warm
            opened.settle()
            assert [found.ready for found in opened.warm] == [1, 0, 1]


class TestNothingIsLeft:
    def test_after_closing(self, home: Path, rootfs: Path) -> None:
        descriptors = len(os.listdir("/proc/self/fd"))
        with NsjailSandbox.open(home, slots=2) as opened:
            opened.keep_warm(
                [WarmImage("python", rootfs, (Standby(LIMITS, PRELOAD), Standby(LIMITS)), 2)], memory_bytes=512 * MIB
            )
            run(opened, rootfs, python("print(1)"))
            opened.settle()
            slots = opened.held_slots
            assert processes(slots)
            assert groups(slots)
        assert (processes(slots), groups(slots)) == ([], [])
        assert len(os.listdir("/proc/self/fd")) == descriptors

    def test_of_a_submission_once_it_has_settled(self, warmed: Open, rootfs: Path) -> None:
        warm = warmed(Standby(LIMITS, PRELOAD))
        for _ in range(3):  # two jails take turns, in slots that are never given back
            run(warm, rootfs, python("print(1)", preload=PRELOAD))
            warm.settle()
        assert len(processes(warm.held_slots)) == 3  # the agent, the case's process 1, what is preloaded
        before = len(groups(warm.held_slots)), len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            run(warm, rootfs, python("import os\nfor _ in range(5): os.fork()", preload=PRELOAD))
            warm.settle()
        assert len(processes(warm.held_slots)) == 3
        assert (len(groups(warm.held_slots)), len(os.listdir("/proc/self/fd"))) == before

    def test_when_the_engine_is_killed_what_waited_is_gone_at_once(self, home: Path, rootfs: Path) -> None:
        code = """
import sys, time
from pathlib import Path
from sandboxes import Limits, Standby, WarmImage
from sandboxes.fact import read_fields
from sandboxes.nsjail import NsjailSandbox
from sandboxes.nsjail.jail import Jail
home, rootfs = map(Path, sys.argv[1:])
opened = NsjailSandbox.open(home, slots=1)
standby = Standby(Limits(), ('sh', '-c', 'echo >&3; exec sleep 1000'))
opened.keep_warm([WarmImage('x', rootfs, (standby,), 2)], memory_bytes=1 << 30)
opened.settle()
print(*(slot.number for slot in opened.held_slots), flush=True)
time.sleep(1000)
"""
        with subprocess.Popen([sys.executable, "-c", code, str(home), str(rootfs)], stdout=subprocess.PIPE) as engine:
            assert engine.stdout is not None
            slots = tuple(Slot(int(word)) for word in engine.stdout.readline().split())
            assert len(slots) == 2
            assert processes(slots)
            engine.kill()
        wait_until(lambda: not processes(slots))
        NsjailSandbox.open(home, slots=1).close()  # sweeps
        assert groups(slots) == []
