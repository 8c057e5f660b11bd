"""How a run ended, decided from its record: every rule and every precedence."""

from __future__ import annotations

import dataclasses
import signal

import pytest

from sandboxes import Ending, LimitKind, Limits, SetupError
from sandboxes.decision import Record, decide

LIMITS = Limits(cpu_ms=1000, wall_ms=3000, memory_bytes=1 << 20, output_bytes=100)
GOOD = Record(
    exit_code=0,
    signal=None,
    killed_for=None,
    wall_ms=10.0,
    cpu_ms=9.0,
    cpu_fact="cpu.stat: usage_usec",
    memory_bytes=1000,
    oom_kills=0,
    oom_fact="memory.events: oom_kill",
    output_bytes=5,
    refused_processes=0,
)
EVERYTHING = dataclasses.replace(GOOD, output_bytes=101, oom_kills=1, cpu_ms=1001.0, wall_ms=3001.0, exit_code=None)


class TestDecide:
    def test_a_program_that_ends_well_has_no_limit(self) -> None:
        decision = decide(GOOD, LIMITS)
        assert (decision.ending, decision.exit_code, decision.limit, decision.evidence) == (
            Ending.EXITED,
            0,
            None,
            None,
        )

    @pytest.mark.parametrize("code", [1, 137, 255])
    def test_an_exit_code_is_an_exit_code_whatever_it_looks_like(self, code: int) -> None:
        decision = decide(dataclasses.replace(GOOD, exit_code=code), LIMITS)
        assert (decision.ending, decision.exit_code, decision.signal) == (Ending.EXITED, code, None)

    def test_a_signal_is_a_signal(self) -> None:
        decision = decide(dataclasses.replace(GOOD, exit_code=139, signal=signal.SIGSEGV), LIMITS)
        assert (decision.ending, decision.signal, decision.limit) == (Ending.SIGNALLED, signal.SIGSEGV, None)

    def test_precedence_peels_off_in_order(self) -> None:
        record = dataclasses.replace(EVERYTHING, killed_for=Ending.CANCELLED)
        order = []
        for change in (
            {"killed_for": None},
            {"output_bytes": 5},
            {"oom_kills": 0},
            {"cpu_ms": 9.0},
            {"wall_ms": 10.0, "exit_code": 0},
        ):
            order.append(decide(record, LIMITS).ending)
            record = dataclasses.replace(record, **change)
        order.append(decide(record, LIMITS).ending)
        assert order == [
            Ending.CANCELLED,
            Ending.OUTPUT_LIMIT,
            Ending.MEMORY_LIMIT,
            Ending.CPU_LIMIT,
            Ending.WALL_LIMIT,
            Ending.EXITED,
        ]

    def test_time_that_dying_took_is_not_what_it_died_for(self) -> None:
        record = dataclasses.replace(EVERYTHING, output_bytes=5, oom_kills=0, killed_for=Ending.WALL_LIMIT)
        decision = decide(record, LIMITS)
        assert (decision.ending, decision.limit) == (Ending.WALL_LIMIT, LimitKind.WALL_TIME)

    def test_memory_is_decided_by_the_counter_even_when_the_program_exits_well(self) -> None:
        decision = decide(dataclasses.replace(GOOD, oom_kills=2), LIMITS)
        assert decision.ending is Ending.MEMORY_LIMIT
        assert decision.evidence is not None
        assert decision.evidence.fact == "memory.events: oom_kill 2"
        assert decision.evidence.limit_value == LIMITS.memory_bytes

    def test_no_status_and_no_limit_is_our_failure(self) -> None:
        with pytest.raises(SetupError, match="status record"):
            decide(dataclasses.replace(GOOD, exit_code=None), LIMITS)

    def test_a_killed_run_without_status_reports_the_signal_we_sent(self) -> None:
        record = dataclasses.replace(GOOD, exit_code=None, killed_for=Ending.WALL_LIMIT, wall_ms=3002.0)
        decision = decide(record, LIMITS)
        assert (decision.exit_code, decision.signal, decision.limit) == (137, signal.SIGKILL, LimitKind.WALL_TIME)

    def test_a_refused_process_explains_a_failure_but_not_a_success(self) -> None:
        failed = decide(dataclasses.replace(GOOD, exit_code=1, refused_processes=4), LIMITS)
        fine = decide(dataclasses.replace(GOOD, refused_processes=4), LIMITS)
        assert failed.limit is LimitKind.PROCESSES
        assert failed.evidence is not None
        assert failed.evidence.fact == "pids.events: max 4"
        assert fine.limit is None

    def test_the_file_size_signal_names_its_limit(self) -> None:
        decision = decide(dataclasses.replace(GOOD, exit_code=153, signal=signal.SIGXFSZ), LIMITS)
        assert (decision.ending, decision.limit) == (Ending.SIGNALLED, LimitKind.FILE_SIZE)

    @pytest.mark.parametrize("killed_for", [None, *(e for e in Ending if e not in (Ending.EXITED, Ending.SIGNALLED))])
    def test_limit_and_evidence_come_together(self, killed_for: Ending | None) -> None:
        decision = decide(dataclasses.replace(GOOD, killed_for=killed_for, oom_kills=0), LIMITS)
        assert (decision.limit is None) == (decision.evidence is None)
