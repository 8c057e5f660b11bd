"""From a problem's rows to what the judge takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.problems.models import Problem, TestCaseRow
from api.problems.programs import judging_program, kept
from judge import (
    Aggregation,
    Checker,
    CheckerType,
    Custom,
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
from languages import Language

CUSTOM: Final = "custom"
"""The type of a checker that is a program."""


def judge_problem(
    problem: Problem,
    cases: Sequence[TestCaseRow],
    *,
    languages: Mapping[str, Language],
    data: Sequence[tuple[Data, Data]] | None = None,
) -> JudgedProblem:
    """The problem with ``cases``, all its tests in their order; its programs are in some of ``languages``.

    ``data``: of each test, its input and expected output; ``None``: those of the rows. Raises ``ValueError`` without
    tests.
    """
    if data is None:
        data = [(Data(case.input), Data(case.expected_output)) for case in cases]
    checker = _checker(problem.checker, languages)
    interactor = None if problem.interactor is None else judging_program(problem.interactor, languages)
    programmed = interactor is not None or isinstance(checker, Custom)
    return JudgedProblem(
        cases=tuple(_case(case, *both, programmed=programmed) for case, both in zip(cases, data, strict=True)),
        checker=checker,
        limits=_limits(problem),
        interactor=interactor,
        includes={
            language: {path: kept(text) for path, text in files.items()}
            for language, files in (problem.includes or {}).items()
        },
        stop_on_first_failure=problem.stop_on_first_failure,
        scoring=_scoring(problem.scoring),
    )


def _checker(checker: Mapping[str, Any], languages: Mapping[str, Language]) -> Checker | Custom:
    if checker["type"] == CUSTOM:
        return Custom(judging_program(checker["program"], languages), tuple(checker.get("args", ())))
    return built_in_checker(checker["type"], checker.get("options", {}))


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


def _case(row: TestCaseRow, given: Data, expected: Data, *, programmed: bool) -> TestCase:
    """A test. ``programmed``: its arguments for the checker are a program's, else flags of the default validator."""
    arguments = tuple(row.checker_args or ())
    return TestCase(
        name=row.name or str(row.index),
        input=given,
        expected=expected,
        sample=not row.is_hidden,
        group=row.group,
        cpu_ms=row.timeout_ms,
        memory_mib=row.memory_mib,
        args=tuple(row.args or ()),
        checker=checker_from_flags(arguments) if arguments and not programmed else None,
        weight=1 if row.weight is None else row.weight,
        checker_args=arguments if programmed else (),
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
