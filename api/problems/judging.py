"""From a problem's rows to what the judge takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.problems.models import Problem, TestCaseRow
from judge import (
    Aggregation,
    Checker,
    CheckerType,
    Data,
    Exact,
    Float,
    Group,
    LanguageLimits,
    ProblemLimits,
    Scoring,
    TestCase,
    Tokens,
    Trimmed,
    UnorderedLines,
    checker_from_flags,
)
from judge import Problem as JudgedProblem

CUSTOM: Final = "custom"
"""The type of a checker that is a program."""


class UnsupportedProblemError(ValueError):
    """The problem needs what is not judged yet. The text says what, and nothing that only authors may know."""


def judge_problem(problem: Problem, cases: Sequence[TestCaseRow]) -> JudgedProblem:
    """The problem with ``cases``, all its tests in their order.

    Raises :class:`UnsupportedProblemError` for interactive problems and for checkers that are programs,
    ``ValueError`` without tests.
    """
    if problem.kind != "standard":
        raise UnsupportedProblemError(f"problems of the kind {problem.kind!r} cannot be judged yet")
    if problem.checker["type"] == CUSTOM:
        raise UnsupportedProblemError("problems with a checker of their own cannot be judged yet")
    return JudgedProblem(
        cases=tuple(_case(case) for case in cases),
        checker=built_in_checker(problem.checker["type"], problem.checker.get("options", {})),
        limits=_limits(problem),
        stop_on_first_failure=problem.stop_on_first_failure,
        scoring=_scoring(problem.scoring),
    )


def built_in_checker(kind: str, options: Mapping[str, Any]) -> Checker:
    """The checker of that type with options as on the wire; what they leave out has its default.

    Raises :class:`judge.CheckerError` for a tolerance that makes no sense, ``ValueError`` for an unknown type.
    """
    match CheckerType(kind):
        case CheckerType.TRIMMED:
            return Trimmed()
        case CheckerType.EXACT:
            return Exact()
        case CheckerType.TOKENS:
            return Tokens(case_sensitive=options.get("caseSensitive", True))
        case CheckerType.FLOAT:
            return Float(
                absolute_tolerance=options.get("absoluteTolerance", 1e-6),
                relative_tolerance=options.get("relativeTolerance", 1e-6),
                case_sensitive=options.get("caseSensitive", True),
            )
        case CheckerType.UNORDERED_LINES:
            return UnorderedLines(
                ignore_blank_lines=options.get("ignoreBlankLines", True),
                unordered_tokens=options.get("unorderedTokens", False),
            )


def _scoring(scoring: Mapping[str, Any]) -> Scoring | None:
    if scoring["mode"] != "points":
        return None
    groups = (
        Group(group["name"], group["points"], Aggregation(group["aggregation"]), tuple(group.get("requires", ())))
        for group in scoring.get("groups", ())
    )
    return Scoring(scoring["maxScore"], tuple(groups))


def _case(row: TestCaseRow) -> TestCase:
    return TestCase(
        name=str(row.index),
        input=Data(row.input),
        expected=Data(row.expected_output),
        sample=not row.is_hidden,
        group=row.group,
        cpu_ms=row.timeout_ms,
        memory_mib=row.memory_mib,
        args=tuple(row.args or ()),
        checker=checker_from_flags(row.checker_args) if row.checker_args else None,
        weight=1 if row.weight is None else row.weight,
    )


def _limits(problem: Problem) -> ProblemLimits:
    usual = ProblemLimits()
    return ProblemLimits(
        cpu_ms=usual.cpu_ms if problem.time_limit_ms is None else problem.time_limit_ms,
        memory_mib=usual.memory_mib if problem.memory_limit_mib is None else problem.memory_limit_mib,
        output_mib=problem.output_limit_mib,
        languages={
            language: LanguageLimits(
                cpu_ms=own.get("timeLimitMs"),
                memory_mib=own.get("memoryLimitMb"),
                time_multiplier=own.get("timeMultiplier"),
            )
            for language, own in problem.language_limits.items()
        },
    )
