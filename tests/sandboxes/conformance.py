"""What a run is in any sandbox: every limit, every ending, and what a program sees.

The classes here are of no sandbox yet: a test file of each imports them and has a fixture ``run`` that runs Python
source, or a command, in the python image.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from sandboxes import (
    MIB,
    Cancellation,
    Command,
    Ending,
    LimitKind,
    Limits,
    OnOutput,
    Outcome,
    Session,
    SetupError,
)

Run = Callable[..., Outcome]
IGNORE_EVERY_SIGNAL: Final = """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
"""
SMALL: Final = Limits(cpu_ms=2000, wall_ms=6000, memory_bytes=64 * MIB)


def runs(session: Callable[[], AbstractContextManager[Session]]) -> Run:
    """Run Python source, or a command, each in what ``session`` gives."""

    def execute(
        source: str | None = None,
        *,
        limits: Limits = SMALL,
        cancel: Cancellation | None = None,
        on_output: OnOutput | None = None,
        **command: object,
    ) -> Outcome:
        if source is not None:
            command["steps"] = (("python3", "-c", source),)
        asked = Command(**command)  # type: ignore[arg-type]  # a table of keywords
        with session() as opened:
            return opened.run(asked, limits, on_output=on_output, cancellation=cancel)

    return execute


class TestEndings:
    def test_success(self, run: Run) -> None:
        outcome = run("print(6 * 7)")
        assert (outcome.ok, outcome.stdout, outcome.stderr) == (True, b"42\n", b"")
        assert outcome.usage.oom_kills == 0
        assert outcome.usage.stdout_bytes == 3

    @pytest.mark.parametrize("code", [1, 3, 126, 137, 255])
    def test_exit_codes_are_kept(self, run: Run, code: int) -> None:
        outcome = run(f"import os; os._exit({code})")
        assert (outcome.ending, outcome.exit_code, outcome.signal, outcome.limit) == (Ending.EXITED, code, None, None)

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGSEGV", "SIGABRT", "SIGKILL", "SIGFPE", "SIGUSR1", "SIGPIPE"])
    def test_signals_are_told_from_exit_codes(self, run: Run, name: str) -> None:
        number = signal.Signals[name].value
        outcome = run(
            f"import os,signal; signal.signal({number}, 0) if {number} != 9 else 0; os.kill(os.getpid(), {number})"
        )
        assert (outcome.ending, outcome.signal, outcome.exit_code) == (Ending.SIGNALLED, number, 128 + number)
        assert outcome.signal_name == name

    def test_cpu_limit_of_a_spinning_program(self, run: Run) -> None:
        outcome = run("print('before', flush=True)\nwhile True: pass", limits=Limits(cpu_ms=300, wall_ms=9000))
        assert (outcome.ending, outcome.limit, outcome.stdout) == (Ending.CPU_LIMIT, LimitKind.CPU_TIME, b"before\n")
        assert outcome.evidence is not None
        assert outcome.evidence.measured >= 300
        assert "cpu" in outcome.evidence.fact

    def test_cpu_time_of_grandchildren_counts(self, run: Run) -> None:
        source = """
import os
for _ in range(2):
    if os.fork() == 0:
        if os.fork(): os._exit(0)
        while True: pass
import time; time.sleep(60)
"""
        outcome = run(source, limits=Limits(cpu_ms=400, wall_ms=9000))
        assert outcome.ending is Ending.CPU_LIMIT

    @pytest.mark.parametrize(
        "source",
        [
            "import time; time.sleep(60)",
            "import os, time; os.close(1); os.close(2); time.sleep(60)",
            "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
            IGNORE_EVERY_SIGNAL + "time.sleep(60)",
        ],
        ids=["sleeps", "closes its output", "stops itself", "ignores every signal"],
    )
    def test_wall_limit(self, run: Run, source: str) -> None:
        outcome = run(source, limits=Limits(wall_ms=400))
        assert (outcome.ending, outcome.limit) == (Ending.WALL_LIMIT, LimitKind.WALL_TIME)
        assert outcome.evidence is not None
        assert outcome.evidence.limit_value == 400

    @pytest.mark.parametrize(
        "source",
        [
            "x = bytearray(500 << 20)",
            "import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, bytes(1 << 20))",
            "for d in ('/dev/shm', '/tmp'): open(d + '/x', 'wb').write(bytes(15 << 20))\nx = bytearray(60 << 20)",
            "import os, time\nif os.fork() == 0:\n    x = bytearray(500 << 20)\ntime.sleep(0.5)\nos._exit(0)",
        ],
        ids=["anonymous", "memory file", "scratch and heap", "in a child while the parent ends well"],
    )
    def test_memory_limit(self, run: Run, source: str) -> None:
        limits = Limits(memory_bytes=64 * MIB, file_size_bytes=1 << 40)
        outcome = run("print('before', flush=True)\n" + source, limits=limits)
        assert (outcome.ending, outcome.limit, outcome.stdout) == (Ending.MEMORY_LIMIT, LimitKind.MEMORY, b"before\n")
        assert outcome.evidence is not None
        assert "oom_kill" in outcome.evidence.fact

    def test_output_limit_counts_both_streams_and_keeps_a_prefix(self, run: Run) -> None:
        source = "import sys\nwhile True:\n    sys.stdout.write('o' * 1000); sys.stderr.write('e' * 1000)"
        outcome = run(source, limits=Limits(output_bytes=MIB, stdout_bytes=100, stderr_bytes=50))
        assert (outcome.ending, outcome.limit) == (Ending.OUTPUT_LIMIT, LimitKind.OUTPUT)
        assert (outcome.stdout, outcome.stderr) == (b"o" * 100, b"e" * 50)
        assert outcome.stdout_truncated
        assert outcome.stderr_truncated
        assert outcome.usage.stdout_bytes + outcome.usage.stderr_bytes > MIB

    def test_output_below_the_cap_is_whole(self, run: Run) -> None:
        limits = Limits(output_bytes=4 * MIB, stdout_bytes=4 * MIB)
        outcome = run("import sys; sys.stdout.write('x' * (3 << 20))", limits=limits)
        assert outcome.ok
        assert outcome.stdout == b"x" * (3 << 20)

    def test_a_burst_beyond_the_cap_is_caught_even_when_the_program_is_done_first(self, run: Run) -> None:
        outcome = run("import os; os.write(1, b'x' * 60000)", limits=Limits(output_bytes=50_000))
        assert outcome.ending is Ending.OUTPUT_LIMIT

    def test_too_many_processes_explain_a_failure(self, run: Run) -> None:
        source = "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)"
        outcome = run(source, limits=Limits(processes=16))
        assert (outcome.ending, outcome.exit_code, outcome.limit) == (Ending.EXITED, 1, LimitKind.PROCESSES)

    def test_exactly_the_allowed_number_of_processes(self, run: Run) -> None:
        source = "import os, time\nfor _ in range(15):\n    if os.fork() == 0: time.sleep(60)\nprint('all')"
        assert run(source, limits=Limits(processes=16)).stdout == b"all\n"

    def test_file_size_limit(self, run: Run) -> None:
        source = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen('f', 'wb').write(bytes(2 << 20))"
        outcome = run(source, limits=Limits(file_size_bytes=MIB))
        assert (outcome.ending, outcome.signal_name, outcome.limit) == (
            Ending.SIGNALLED,
            "SIGXFSZ",
            LimitKind.FILE_SIZE,
        )

    def test_open_files_limit(self, run: Run) -> None:
        source = """
files = []
try:
    while True: files.append(open("/dev/null"))
except OSError as error: print(len(files), error.errno)
"""
        assert run(source, limits=Limits(open_files=64)).stdout == b"61 24\n"

    def test_stack_limit(self, run: Run) -> None:
        source = "import resource; print(resource.getrlimit(resource.RLIMIT_STACK))"
        assert run(source, limits=Limits(stack_bytes=8 * MIB)).stdout == b"(8388608, 8388608)\n"

    @pytest.mark.parametrize("place", ["/box", "/tmp", "/dev/shm"])  # noqa: S108  the places of the jail
    def test_scratch_size_and_inodes(self, run: Run, place: str) -> None:
        limits = Limits(scratch_bytes=2 * MIB, scratch_inodes=64)
        size = (
            f"f = open('{place}/x', 'wb')\ntry: f.write(bytes(3 << 20)); f.flush()\nexcept OSError as e: print(e.errno)"
        )
        inodes = f"""
count = 0
try:
    while True: open("{place}/%d" % count, "w").close(); count += 1
except OSError as error: print(count < 64, error.errno)
"""
        assert run(size, limits=limits).stdout == b"28\n"
        assert run(inodes, limits=limits).stdout == b"True 28\n"

    def test_cancelling(self, run: Run) -> None:
        with Cancellation() as cancellation:
            outcome = run(
                "print('x', flush=True)\nwhile True: pass",
                limits=Limits(cpu_ms=60_000),
                cancel=cancellation,
                on_output=lambda *_: cancellation.cancel(),
            )
            assert cancellation.requested
            assert (outcome.ending, outcome.stdout) == (Ending.CANCELLED, b"x\n")
            assert run("print(1)", cancel=cancellation).ending is Ending.CANCELLED


class TestSteps:
    def test_files_links_environment_and_stdin(self, run: Run, artefact: Path) -> None:
        (artefact / "src/deep").mkdir(parents=True)
        (artefact / "src/deep/data").write_bytes(b"from the artefact")
        outcome = run(
            steps=(("sh", "-c", "cat a/b/file; cat deep/data; cat; echo $WORD; pwd; ls -a"),),
            files={"a/b/file": b"written "},
            links=("deep/data",),
            artefact=str(artefact),
            environment={"WORD": "yes"},
            stdin=b" stdin ",
        )
        assert outcome.stdout == b"written from the artefact stdin yes\n/box\n.\n..\na\ndeep\n"

    def test_steps_run_in_order_until_one_fails(self, run: Run) -> None:
        outcome = run(steps=(("echo", "one"), ("sh", "-c", "echo two; exit 7"), ("echo", "three")))
        assert (outcome.stdout, outcome.exit_code, outcome.step) == (b"one\ntwo\n", 7, 1)

    def test_nothing_of_a_step_lives_on_in_the_next(self, run: Run) -> None:
        spawn = "import os, time\nif os.fork() == 0:\n    time.sleep(0.5); open('/box/late', 'w').close(); os._exit(0)"
        outcome = run(steps=(("python3", "-c", spawn), ("sh", "-c", "sleep 1; ls")))
        assert outcome.stdout == b""

    def test_collected_files_come_back_only_from_a_good_end(self, run: Run) -> None:
        make = "mkdir -p out/d; echo hello > out/d/file; ln -s /etc/passwd out/link"
        good = run(steps=(("sh", "-c", make),), collect="out")
        bad = run(steps=(("sh", "-c", make + "; exit 1"),), collect="out")
        assert good.collected == {"d/file": b"hello\n"}
        assert [line.split(":")[0] for line in good.refused] == ["link"]
        assert bad.collected == {}

    def test_a_program_that_is_not_there_is_our_failure(self, run: Run) -> None:
        with pytest.raises(SetupError, match="exec"):
            run(steps=(("no-such-program",),))

    @pytest.mark.parametrize(
        ("content", "mode"), [(b"no program", 0o555), (b"#!/nowhere\n", 0o555), (b"\x7fELF", 0o444)]
    )
    def test_an_artefact_that_cannot_be_executed_is_its_own_failure(
        self, run: Run, artefact: Path, content: bytes, mode: int
    ) -> None:
        (artefact / "main").write_bytes(content)
        (artefact / "main").chmod(mode)
        outcome = run(steps=(("/app/main",),), artefact=str(artefact))
        assert (outcome.ending, outcome.exit_code) == (Ending.EXITED, 126)
        assert outcome.stderr.endswith(b"\n")

    def test_hostile_paths_never_leave_the_box(self, run: Run) -> None:
        for path in ("../escape", "/etc/escape", "a/../../escape", "a/./b", "", "a//b"):
            with pytest.raises(SetupError, match="files"):
                run(steps=(("true",),), files={path: b"x"})


class TestWhatAProgramSees:
    def test_reopening_its_own_streams(self, run: Run) -> None:
        outcome = run(
            steps=(("sh", "-c", "cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr"),), stdin=b"in "
        )
        assert (outcome.stdout, outcome.stderr) == (b"in out\n", b"err\n")

    def test_it_is_nobody_with_nothing(self, run: Run) -> None:
        source = """
import os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(os.getuid(), os.getgid(), os.getgroups(), os.getpid() != 1, os.getppid() != os.getpid())
capabilities = {status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
print(capabilities, status["NoNewPrivs"], status["Seccomp"])
print(sorted(os.environ.items()))
print(sorted(os.listdir("/proc/self/fd")))
"""
        lines = run(source).stdout.decode().splitlines()
        uid, gid, *more = lines[0].split()
        assert (uid, more) == (gid, ["[]", "True", "True"])
        assert int(uid) > 0
        assert lines[1] == "{'0000000000000000'} 1 2"
        assert (
            lines[2]
            == "[('HOME', '/box'), ('LANG', 'C.UTF-8'), ('PATH', '/usr/local/bin:/usr/bin:/bin'), ('TZ', 'UTC')]"
        )
        assert lines[3] == "['0', '1', '2', '3']"

    def test_only_scratch_is_writable(self, run: Run) -> None:
        source = """
import os
for place in ("/", "/app", "/usr", "/usr/bin", "/etc", "/dev", "/proc", "/.init", "/box", "/tmp", "/dev/shm"):
    try: os.close(os.open(place + "/probe", os.O_CREAT | os.O_WRONLY)); print(place)
    except OSError: pass
"""
        assert run(source).stdout.split() == [b"/box", b"/tmp", b"/dev/shm"]

    def test_init_cannot_be_signalled_or_looked_into(self, run: Run) -> None:
        source = """
import os, signal
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
for name in ("mem", "fd", "environ", "root", "maps"):
    try: os.listdir("/proc/1/" + name) if name == "fd" else open("/proc/1/" + name)
    except OSError as error: print(name, type(error).__name__)
print("alive")
"""
        lines = run(source).stdout.decode().splitlines()
        assert lines[-1] == "alive"
        assert len(lines) == 6

    def test_there_is_no_network_but_its_own_loopback(self, run: Run) -> None:
        source = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname()).close()
# connecting a datagram socket looks up a route and sends nothing
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: probe.connect(("192.0.2.1", 9)); print("route")
except OSError as error: print(error.errno)
"""
        assert run(source).stdout == b"101\n"

    def test_its_input_cannot_be_changed(self, run: Run) -> None:
        source = """
import os
for flags in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
    try: os.open("/proc/self/fd/0", flags); print("open")
    except OSError as error: print(type(error).__name__)
print(open(0).read())
"""
        assert run(source, stdin=b"safe").stdout == b"PermissionError\nPermissionError\nsafe\n"

    def test_an_orphan_does_not_hold_up_the_end_or_write_late(self, run: Run) -> None:
        source = """
import os, time
print("main", flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(1); print("late", flush=True); time.sleep(60)
"""
        outcome = run(source)
        assert (outcome.ok, outcome.stdout) == (True, b"main\n")
        assert outcome.usage.wall_ms < 1000  # the orphan's sleep is not waited for


class TestMeasures:
    def test_cpu_time_agrees_with_the_programs_own(self, run: Run) -> None:
        source = """
import resource, time
def used(): u = resource.getrusage(resource.RUSAGE_SELF); return u.ru_utime + u.ru_stime
while used() < 0.5: pass
print(used() * 1000)
"""
        outcome = run(source)
        own = float(outcome.stdout)
        assert outcome.usage.cpu_ms is not None
        # the group's clock also counts the exec before and the exit after the program's own reading
        assert own - 3 <= outcome.usage.cpu_ms <= own * 1.03 + 60

    def test_wall_time_is_the_programs(self, run: Run) -> None:
        outcome = run("import time; time.sleep(0.5)")
        assert outcome.usage.wall_ms >= 500
        assert outcome.usage.cpu_ms is not None
        assert outcome.usage.cpu_ms < 500

    def test_memory_peak_covers_what_was_used_and_given_back(self, run: Run) -> None:
        base = run("pass").usage.memory_bytes
        peak = run("x = bytearray(b'x') * (40 << 20); del x").usage.memory_bytes
        assert base is not None
        assert peak is not None
        assert 39 * MIB <= peak - base <= 42 * MIB
