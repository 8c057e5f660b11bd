"""Programs that use up what they can: processes, memory, scratch space, descriptors, output, time."""

from __future__ import annotations

from typing import Final

import pytest

from judge import ProblemLimits, Verdict
from sandboxes import MIB, LimitKind, cgroups
from tests.abuse.harness import MODEST, Abuse, Abuser
from tests.abuse.trial import probe

ACCEPTED: Final = (Verdict.ACCEPTED,)
RUNTIME_ERROR: Final = (Verdict.RUNTIME_ERROR,)
TIME: Final = (Verdict.TIME_LIMIT_EXCEEDED,)
MEMORY: Final = (Verdict.MEMORY_LIMIT_EXCEEDED,)
OUTPUT: Final = (Verdict.OUTPUT_LIMIT_EXCEEDED,)

# More than all scratch together.
ROOMY: Final = ProblemLimits(cpu_ms=2000, memory_mib=300, output_mib=1)
TIGHT: Final = ProblemLimits(cpu_ms=2000, memory_mib=32, output_mib=1)
# For a hundred interpreters.
CROWDED: Final = ProblemLimits(cpu_ms=5000, memory_mib=1024, output_mib=1)
# A program that is killed for its CPU time is run a second time, so this is spent twice.
HASTY: Final = ProblemLimits(cpu_ms=300, memory_mib=64, output_mib=1)
# The wall limit is 1.2 s.
SLEEPY: Final = ProblemLimits(cpu_ms=100, memory_mib=64, output_mib=1)


def contained(program: str, *args: str, limits: ProblemLimits = MODEST, stdin: bytes = b"") -> Abuse:
    """It goes on after it was refused what it wanted, and ends well."""
    return Abuse(program, ACCEPTED, args=args, limits=limits, stdin=stdin)


def out_of_memory(program: str, *args: str, limits: ProblemLimits = MODEST) -> Abuse:
    return Abuse(program, MEMORY, (LimitKind.MEMORY,), args=args, limits=limits)


def out_of_cpu_time(program: str, *args: str, limits: ProblemLimits = HASTY) -> Abuse:
    return Abuse(program, TIME, (LimitKind.CPU_TIME,), args=args, limits=limits)


def out_of_wall_time(program: str, *args: str, limits: ProblemLimits = SLEEPY) -> Abuse:
    return Abuse(program, TIME, (LimitKind.WALL_TIME,), args=args, limits=limits)


def flood(program: str, *args: str) -> Abuse:
    return Abuse(program, OUTPUT, (LimitKind.OUTPUT,), args=args)


def failed(program: str, *args: str, named: LimitKind | None, limits: ProblemLimits = MODEST) -> Abuse:
    return Abuse(program, RUNTIME_ERROR, (named,), args=args, limits=limits)


PROGRAMS: Final = (
    contained("1-fork_bomb.c"),
    out_of_cpu_time("1-fork_storm.c"),
    failed("1-fork_tree.py", named=LimitKind.PROCESSES, limits=CROWDED),
    contained("1-spawn.js"),
    contained("2-threads.c"),
    failed("2-threads.java", named=LimitKind.PROCESSES),
    failed("2-threads.go", named=LimitKind.PROCESSES),
    out_of_memory("3-memory.c", "heap"),
    out_of_memory("3-memory.c", "stack"),
    out_of_memory("3-memory.c", "shared"),
    out_of_memory("3-memory.c", "children"),
    out_of_memory("3-memory.py"),
    out_of_memory("3-buffers.js"),
    out_of_memory("4-child_is_killed.py"),
    contained("5-fill.c", "box", limits=ROOMY),
    contained("5-fill.c", "tmp", limits=ROOMY),
    contained("5-fill.c", "dev/shm", limits=ROOMY),
    contained("5-fill.py", limits=ROOMY),
    out_of_memory("5-fill.c", "dev/shm", "box"),
    out_of_memory("6-memory_files.c", "memfd"),
    out_of_memory("6-memory_files.c", "posix"),
    contained("6-sysv.c"),
    out_of_memory("7-kernel_memory.c", "sockets"),
    contained("7-kernel_memory.c", "names"),
    probe("7-loopback.c", "streams", limits=TIGHT),
    probe("7-loopback.c", "datagrams", limits=TIGHT),
    probe("7-locks.c"),
    contained("7-flight.c", "devices"),
    contained("7-flight.c", "rings"),
    contained("8-inodes.c", "files"),
    contained("8-inodes.c", "directories"),
    contained("8-inodes.c", "links"),
    contained("8-inodes.c", "symlinks"),
    contained("8-inodes.c", "fifos"),
    contained("8-deep.py"),
    contained("9-everywhere.py"),
    contained("10-descriptors.c"),
    contained("10-descriptors.py", limits=ROOMY),
    flood("11-flood.c", "stdout"),
    flood("11-flood.c", "stderr"),
    flood("11-flood.c", "line"),
    flood("11-flood.c", "bytes"),
    flood("11-flood.c", "reopened"),
    flood("11-flood.c", "children"),
    flood("11-flood.js"),
    Abuse(
        "11-burst.c",
        ACCEPTED,
        limits=ProblemLimits(cpu_ms=2000, memory_mib=64, output_mib=2),
        answer=b"x" * MIB,
    ),
    contained("12-stdin.c", "unread", stdin=bytes(8 * MIB)),
    contained("12-stdin.c", "closed", stdin=bytes(8 * MIB)),
    contained("12-stdin.c", "one_byte", stdin=bytes(8 * MIB)),
    out_of_wall_time("13-wait.c", "asleep"),
    out_of_wall_time("13-wait.c", "closed"),
    out_of_wall_time("13-wait.c", "blocked"),
    out_of_wall_time("13-wait.py"),
    out_of_cpu_time("14-orphans.c", "stay"),
    contained("14-orphans.c", "leave"),
    out_of_cpu_time("15-threads.c"),
    out_of_cpu_time("15-goroutines.go"),
    out_of_cpu_time("15-short_lived.c"),
    out_of_cpu_time("17-deaf.c", "count"),
    out_of_cpu_time("17-deaf.py"),
    out_of_wall_time("17-deaf.c", "sleep"),
    out_of_wall_time("18-stop.c", "itself"),
    out_of_wall_time("18-stop.c", "parent"),
    out_of_wall_time("18-stop.c", "all"),
    contained("19-core.c", "child"),
    failed("21-sparse.c", "killed", named=LimitKind.FILE_SIZE),
    contained("21-sparse.c", "written"),
    contained("21-sparse.c", "allocated"),
    contained("21-sparse.c", "cut"),
    Abuse("21-zeroes.c", (Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR)),
)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_nothing_is_used_up(abuse: Abuser, program: Abuse) -> None:
    abuse(program)


def test_pipes_of_one_run_are_not_counted_in_the_next(abuse: Abuser) -> None:
    """The kernel counts the pages of pipes for each user of the host, and slots keep their users."""
    abuse(Abuse("7-kernel_memory.c", ACCEPTED + MEMORY, (None, LimitKind.MEMORY), args=("pipes",)))
    abuse(contained("7-pipe_room.py"))


def test_no_core_is_dumped(abuse: Abuser) -> None:
    found = abuse(failed("19-core.c", "itself", named=None))
    assert (found.case.signal, found.case.exit_code, found.lines) == ("SIGABRT", 134, [])


def test_a_child_that_the_kernel_killed_decides_although_its_parent_ended_well(abuse: Abuser) -> None:
    case = abuse(out_of_memory("4-child_is_killed.c")).case
    assert case.evidence is not None
    assert "oom_kill" in case.evidence.fact


def test_a_daemon_is_not_waited_for_and_does_not_write_late(abuse: Abuser) -> None:
    case = abuse(contained("20-daemon.c")).case
    assert case.stdout_bytes == len(b"contained\n")
    assert case.wall_ms is not None
    assert case.limits is not None
    assert case.wall_ms < case.limits.wall_ms


def test_floods_are_cut_and_counted(abuse: Abuser) -> None:
    case = abuse(flood("11-flood.c", "both")).case
    assert case.limits is not None
    # what is in the pipes when it is killed is counted too, and is not more than they hold
    assert case.limits.output_bytes < case.stdout_bytes + case.stderr_bytes < 2 * case.limits.output_bytes


def test_higher_priorities_and_other_processors_are_refused(abuse: Abuser) -> None:
    (line,) = abuse(out_of_cpu_time("16-affinity.c")).lines
    if cgroups.detect().pin is None:  # only the count of time holds on such a host
        assert line.startswith("counting on ")
    else:
        assert line == "counting on 1"
