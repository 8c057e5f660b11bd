"""From rows to what the judge takes."""

from __future__ import annotations

from typing import Any

import pytest

from api.problems.columns import assign, case_rows
from api.problems.judging import UnsupportedProblemError, judge_problem
from api.problems.models import Problem, TestCaseRow
from api.problems.schemas import CreateProblem
from judge import (
    Checker,
    Data,
    Exact,
    Float,
    LanguageLimits,
    ProblemLimits,
    TestCase,
    Tokens,
    Trimmed,
    UnorderedLines,
)
from judge import Problem as JudgedProblem
from tests.api.problems.samples import PROGRAM, problem


def judged(**changes: Any) -> JudgedProblem:
    body = CreateProblem.model_validate(problem(**changes))
    row = Problem(id="x")
    assign(row, body)
    return judge_problem(row, [TestCaseRow(**case) for case in case_rows("x", body.test_cases)])


def test_what_is_not_said_has_the_usual_limits() -> None:
    case = TestCase(name="0", input=Data(b"1 2\n"), expected=Data(b"3\n"), sample=True)
    assert judged() == JudgedProblem((case,), checker=Trimmed(), limits=ProblemLimits(), stop_on_first_failure=False)
    usual = judged().limits
    assert (usual.cpu_ms, usual.memory_mib, usual.output_mib) == (5000, 256, 16)


def test_limits_of_a_problem_its_languages_and_its_tests() -> None:
    found = judged(
        timeLimit=70,
        memoryLimit=80,
        outputLimitMb=2,
        stopOnFirstFailure=True,
        languageLimits={"python": {"timeMultiplier": 3, "memoryLimitMb": 9}, "c": {"timeLimitMs": 4}},
        testCases=[
            {
                "input": "\0\r",
                "expectedOutput": "é",
                "isHidden": True,
                "timeoutMs": 5,
                "memoryMb": 6,
                "group": "g",
                "args": ["a", "b"],
                "checkerArgs": ["case_sensitive", "float_tolerance", "0.5"],
            }
        ],
    )
    assert found.limits == ProblemLimits(
        cpu_ms=70,
        memory_mib=80,
        output_mib=2,
        languages={"python": LanguageLimits(memory_mib=9, time_multiplier=3), "c": LanguageLimits(cpu_ms=4)},
    )
    assert found.stop_on_first_failure
    assert found.cases == (
        TestCase(
            name="0",
            input=Data(b"\0\r"),
            expected=Data("é".encode()),
            sample=False,
            group="g",
            cpu_ms=5,
            memory_mib=6,
            args=("a", "b"),
            checker=Float(absolute_tolerance=0.5, relative_tolerance=0.5, case_sensitive=True),
        ),
    )


@pytest.mark.parametrize(
    ("kind", "options", "checker"),
    [
        ("trimmed", None, Trimmed()),
        ("exact", {}, Exact()),
        ("tokens", {}, Tokens(case_sensitive=True)),
        ("tokens", {"caseSensitive": False}, Tokens(case_sensitive=False)),
        ("float", {}, Float(1e-6, 1e-6, case_sensitive=True)),
        (
            "float",
            {"absoluteTolerance": 0, "relativeTolerance": 0.25, "caseSensitive": False},
            Float(0, 0.25, case_sensitive=False),
        ),
        ("unordered_lines", {}, UnorderedLines(ignore_blank_lines=True, unordered_tokens=False)),
        (
            "unordered_lines",
            {"ignoreBlankLines": False, "unorderedTokens": True},
            UnorderedLines(ignore_blank_lines=False, unordered_tokens=True),
        ),
    ],
)
def test_checkers(kind: str, options: dict[str, Any] | None, checker: Checker) -> None:
    given = {"type": kind} if options is None else {"type": kind, "options": options}
    assert judged(checker=given).checker == checker


def test_what_is_not_judged_yet() -> None:
    with pytest.raises(UnsupportedProblemError, match="checker of their own"):
        judged(checker={"type": "custom", "program": PROGRAM})
    with pytest.raises(UnsupportedProblemError, match="interactive"):
        judged(kind="interactive", interactor=PROGRAM)


def test_a_problem_without_tests_cannot_be_judged() -> None:
    row = Problem(id="x")
    assign(row, CreateProblem.model_validate(problem()))
    with pytest.raises(ValueError, match="at least one test"):
        judge_problem(row, [])
