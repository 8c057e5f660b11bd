"""From a problem's limits to a run's: every rule and every precedence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from judge import Data, LanguageLimits, ProblemLimits, RunLimits, TestCase, case_limits, run_limits
from judge.limits import compile_limits
from languages import Language
from sandboxes import MIB

PROBLEM = ProblemLimits(cpu_ms=1000, memory_mib=64, output_mib=2)


@pytest.fixture
def slow(python: Language) -> Language:
    """A language whose runtime needs more than others."""
    return replace(python, time_multiplier=1.5, memory_allowance_mib=100)


def limits(problem: ProblemLimits, language: Language, **case: Any) -> RunLimits:
    return case_limits(problem, language, TestCase("only", Data(b""), Data(b""), **case))


class TestCaseLimits:
    def test_the_multiplier_and_the_allowance_are_the_languages(self, slow: Language) -> None:
        allowed = limits(PROBLEM, slow)
        assert allowed.limits.cpu_ms == 1500
        assert allowed.limits.memory_bytes == 164 * MIB
        assert allowed.memory_mib == 64

    def test_wall_time_is_twice_the_cpu_time_and_a_second(self, slow: Language) -> None:
        assert limits(PROBLEM, slow).limits.wall_ms == 4000

    def test_all_output_up_to_the_limit_is_kept_for_the_checker(self, slow: Language) -> None:
        allowed = limits(PROBLEM, slow).limits
        assert (allowed.output_bytes, allowed.stdout_bytes) == (2 * MIB, 2 * MIB)

    def test_the_stack_may_take_all_memory(self, slow: Language) -> None:
        assert limits(PROBLEM, slow).limits.stack_bytes == 164 * MIB

    def test_a_test_may_have_limits_of_its_own(self, slow: Language) -> None:
        allowed = limits(PROBLEM, slow, cpu_ms=100, memory_mib=32)
        assert (allowed.limits.cpu_ms, allowed.memory_mib) == (150, 32)

    @pytest.mark.parametrize(
        ("special", "case", "cpu_ms", "memory_mib"),
        [
            (LanguageLimits(time_multiplier=3.0), {}, 3000, 64),
            (LanguageLimits(time_multiplier=3.0), {"cpu_ms": 100}, 300, 64),
            (LanguageLimits(cpu_ms=700), {}, 700, 64),
            (LanguageLimits(cpu_ms=700, time_multiplier=3.0), {"cpu_ms": 100}, 700, 64),
            (LanguageLimits(memory_mib=128), {}, 1500, 128),
            (LanguageLimits(memory_mib=128), {"memory_mib": 32}, 1500, 32),
        ],
    )
    def test_a_problem_may_say_something_about_a_language(
        self, slow: Language, special: LanguageLimits, case: Mapping[str, int], cpu_ms: int, memory_mib: int
    ) -> None:
        allowed = limits(replace(PROBLEM, languages={"python": special}), slow, **case)
        assert (allowed.limits.cpu_ms, allowed.memory_mib) == (cpu_ms, memory_mib)
        assert allowed.limits.wall_ms == 2 * cpu_ms + 1000

    def test_what_it_says_about_another_language_does_not_matter(self, slow: Language) -> None:
        problem = replace(PROBLEM, languages={"cpp": LanguageLimits(cpu_ms=1, memory_mib=1)})
        assert limits(problem, slow) == limits(PROBLEM, slow)

    @pytest.mark.parametrize(("cpu_ms", "multiplier", "result"), [(1000, 1.1, 1100), (3, 0.1, 1), (1001, 1.0, 1001)])
    def test_times_are_whole_milliseconds_and_never_nothing(
        self, slow: Language, cpu_ms: int, multiplier: float, result: int
    ) -> None:
        language = replace(slow, time_multiplier=multiplier)
        assert limits(replace(PROBLEM, cpu_ms=cpu_ms), language).limits.cpu_ms == result


class TestRunLimits:
    def test_a_persons_limits_are_taken_literally(self, slow: Language) -> None:
        allowed = run_limits(slow, cpu_ms=10, wall_ms=20, memory_mib=30, output_bytes=40, allowance=False)
        assert (allowed.limits.cpu_ms, allowed.limits.wall_ms) == (10, 20)
        assert (allowed.limits.memory_bytes, allowed.memory_mib) == (30 * MIB, 30)


class TestCompileLimits:
    def test_every_compiler_has_its_own_and_its_messages_are_cut(self, languages: Mapping[str, Language]) -> None:
        for language in languages.values():
            assert language.compile is not None
            allowed = compile_limits(language.compile)
            assert (allowed.cpu_ms, allowed.wall_ms) == (language.compile.cpu_ms, language.compile.wall_ms)
            assert allowed.memory_bytes == language.compile.memory_mib * MIB
            assert allowed.stdout_bytes == allowed.stderr_bytes == 64 * 1024
