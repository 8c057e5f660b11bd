"""Verdicts of runs and of submissions, and the sentences that go with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from judge import Verdict, overall, reason, run_verdict, verdict_text
from judge.verdict import quantity
from sandboxes import Ending, Evidence, LimitKind, Outcome

AC, WA, RTE, TLE = Verdict.ACCEPTED, Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR, Verdict.TIME_LIMIT_EXCEEDED
INTERNAL, CANCELLED, SKIPPED = Verdict.INTERNAL_ERROR, Verdict.CANCELLED, Verdict.SKIPPED


class TestRunVerdict:
    @pytest.mark.parametrize(
        ("ending", "exit_code", "verdict"),
        [
            (Ending.EXITED, 0, AC),
            (Ending.EXITED, 1, RTE),
            (Ending.EXITED, 137, RTE),
            (Ending.SIGNALLED, 139, RTE),
            (Ending.OUTPUT_LIMIT, 137, Verdict.OUTPUT_LIMIT_EXCEEDED),
            (Ending.MEMORY_LIMIT, 137, Verdict.MEMORY_LIMIT_EXCEEDED),
            (Ending.MEMORY_LIMIT, 0, Verdict.MEMORY_LIMIT_EXCEEDED),
            (Ending.CPU_LIMIT, 137, TLE),
            (Ending.CPU_LIMIT, 0, TLE),
            (Ending.WALL_LIMIT, 137, TLE),
            (Ending.CANCELLED, 137, CANCELLED),
        ],
    )
    def test_the_ending_decides_and_not_the_exit_code(
        self, make_outcome: Callable[..., Outcome], ending: Ending, exit_code: int, verdict: Verdict
    ) -> None:
        assert run_verdict(make_outcome(ending=ending, exit_code=exit_code)) is verdict

    @pytest.mark.parametrize("ending", list(Ending))
    def test_every_ending_has_a_verdict_and_only_a_good_one_has_no_reason(
        self, make_outcome: Callable[..., Outcome], ending: Ending
    ) -> None:
        outcome = make_outcome(ending=ending, signal=9 if ending is Ending.SIGNALLED else None)
        assert (run_verdict(outcome) is AC) == (reason(outcome) is None)


class TestOverall:
    def test_all_accepted_is_accepted(self) -> None:
        assert overall([AC, AC]) is AC

    def test_the_first_that_is_not_accepted_decides(self) -> None:
        assert overall([AC, TLE, WA, RTE]) is TLE

    def test_skipped_tests_do_not_decide(self) -> None:
        assert overall([AC, SKIPPED, WA]) is WA
        assert overall([AC, SKIPPED]) is AC

    def test_nothing_executed_is_never_accepted(self) -> None:
        assert overall([SKIPPED, SKIPPED]) is SKIPPED
        assert overall([]) is SKIPPED

    def test_internal_error_wins_over_an_earlier_failure(self) -> None:
        assert overall([WA, AC, INTERNAL]) is INTERNAL

    def test_internal_error_wins_over_compile_error(self) -> None:
        assert overall([INTERNAL], compiled=False) is INTERNAL

    def test_compile_error_wins_over_skipped_tests(self) -> None:
        assert overall([SKIPPED, SKIPPED], compiled=False) is Verdict.COMPILE_ERROR

    def test_cancelled_wins_over_everything(self) -> None:
        assert overall([INTERNAL, CANCELLED], compiled=False) is CANCELLED
        assert overall([INTERNAL], compiled=False, cancelled=True) is CANCELLED
        assert overall([AC], cancelled=True) is CANCELLED

    def test_of_any_two_tests_the_precedence_is_the_same_in_either_order_except_among_failures(self) -> None:
        failures = set(Verdict) - {AC, SKIPPED, INTERNAL, CANCELLED}
        for one, other in itertools.combinations(Verdict, 2):
            if {one, other} <= failures:
                assert overall([one, other]) is one
            else:
                assert overall([one, other]) is overall([other, one])


class TestTexts:
    def test_every_verdict_has_a_sentence_of_its_own(self) -> None:
        assert len({verdict_text(verdict) for verdict in Verdict}) == len(Verdict)

    @pytest.mark.parametrize(
        ("ending", "evidence", "sentence"),
        [
            (Ending.CPU_LIMIT, (LimitKind.CPU_TIME, 10_000, "ms"), "CPU time limit of 10000 ms exceeded"),
            (Ending.WALL_LIMIT, (LimitKind.WALL_TIME, 500, "ms"), "Wall time limit of 500 ms exceeded"),
            (Ending.MEMORY_LIMIT, (LimitKind.MEMORY, 256 << 20, "bytes"), "Memory limit of 256 MiB exceeded"),
            (Ending.MEMORY_LIMIT, (LimitKind.MEMORY, 1000, "bytes"), "Memory limit of 1000 bytes exceeded"),
            (Ending.OUTPUT_LIMIT, (LimitKind.OUTPUT, 512 << 10, "bytes"), "Output limit of 512 KiB exceeded"),
        ],
    )
    def test_a_limit_is_named_with_its_value(
        self,
        make_outcome: Callable[..., Outcome],
        ending: Ending,
        evidence: tuple[LimitKind, int, str],
        sentence: str,
    ) -> None:
        kind, value, unit = evidence
        outcome = make_outcome(ending=ending, limit=kind, evidence=Evidence(kind, value, value + 1, unit, "fact"))
        assert reason(outcome) == sentence

    def test_a_signal_is_named(self, make_outcome: Callable[..., Outcome]) -> None:
        outcome = make_outcome(ending=Ending.SIGNALLED, exit_code=139, signal=11)
        assert reason(outcome) == "Process was killed by SIGSEGV"

    def test_an_exit_status_is_named(self, make_outcome: Callable[..., Outcome]) -> None:
        assert reason(make_outcome(exit_code=3)) == "Process ended with exit status 3"

    def test_a_limit_behind_a_failure_is_named_too(self, make_outcome: Callable[..., Outcome]) -> None:
        size = Evidence(LimitKind.FILE_SIZE, 16 << 20, 16 << 20, "bytes", "SIGXFSZ")
        outcome = make_outcome(ending=Ending.SIGNALLED, exit_code=153, signal=25, limit=size.limit, evidence=size)
        assert reason(outcome) == "Process was killed by SIGXFSZ (file size limit of 16 MiB reached)"
        many = Evidence(LimitKind.PROCESSES, 128, 128, "processes", "pids.events: max 1")
        outcome = make_outcome(exit_code=1, limit=many.limit, evidence=many)
        assert reason(outcome) == "Process ended with exit status 1 (process limit of 128 reached)"

    @pytest.mark.parametrize("kind", list(LimitKind))
    def test_every_limit_has_a_name(self, make_outcome: Callable[..., Outcome], kind: LimitKind) -> None:
        outcome = make_outcome(exit_code=1, limit=kind, evidence=Evidence(kind, 7, 8, "ms", "fact"))
        assert "limit of 7 ms reached" in str(reason(outcome))

    def test_zero_bytes_are_bytes(self) -> None:
        assert quantity(0, "bytes") == "0 bytes"
