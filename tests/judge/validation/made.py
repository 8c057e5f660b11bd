"""Problems, solutions and results by their essentials, without anything being run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from judge import (
    CaseResult,
    Data,
    Expectation,
    JudgeResult,
    LanguageLimits,
    Problem,
    ProblemLimits,
    Source,
    Submission,
    TestCase,
    TimeRole,
    Verdict,
    overall,
)
from judge.limits import language_cpu_ms
from judge.validation import SolutionReport
from languages import load_languages
from sandboxes import Limits

LANGUAGES = load_languages()
AC, WA, TLE, RE = (
    Verdict.ACCEPTED,
    Verdict.WRONG_ANSWER,
    Verdict.TIME_LIMIT_EXCEEDED,
    Verdict.RUNTIME_ERROR,
)
IE, CE, SKIPPED = Verdict.INTERNAL_ERROR, Verdict.COMPILE_ERROR, Verdict.SKIPPED
RIGHT = Expectation(frozenset({AC}), frozenset({AC}))
WRONG = Expectation(frozenset({AC, WA}), frozenset({WA}))
SLOW = Expectation(frozenset({AC, TLE}), frozenset({TLE}))
Cpu = float | None


def problem(
    *cases: TestCase | str, cpu_ms: int = 1000, own: dict[str, LanguageLimits] | None = None, **more: Any
) -> Problem:
    made = tuple(case if isinstance(case, TestCase) else made_test(case) for case in cases)
    return Problem(made, limits=ProblemLimits(cpu_ms=cpu_ms, languages=own or {}), **more)


def made_test(name: str, given: bytes | None = None, wanted: bytes = b"x\n", **more: Any) -> TestCase:
    content = f"{name}\n".encode() if given is None else given
    return TestCase(name, Data(content), Data(wanted), sample=name.startswith("sample/"), **more)


def right(path: str = "right.py", language: str = "python") -> Submission:
    return _solution(path, RIGHT, language, TimeRole.LOWER)


def wrong(path: str = "wrong.py", language: str = "python") -> Submission:
    return _solution(path, WRONG, language, TimeRole.NONE)


def slow(path: str = "slow.py", language: str = "python") -> Submission:
    return _solution(path, SLOW, language, TimeRole.UPPER)


def _solution(path: str, expectation: Expectation, language: str, role: TimeRole) -> Submission:
    source = Source.of(LANGUAGES[language], b"class Main {}\n")
    return Submission(path, path.split("/", maxsplit=1)[0], source, expectation, time_role=role)


def result(
    about: Problem,
    solution: Submission,
    *cases: tuple[Verdict, Cpu],
    outputs: Sequence[bytes] = (),
    runs: Sequence[int] = (),
) -> JudgeResult:
    """What judging a solution came to: a verdict and a CPU time for each test."""
    limits = about.limits
    results = []
    for index, ((verdict, cpu_ms), case) in enumerate(zip(cases, about.cases, strict=True)):
        allowed = language_cpu_ms(limits, solution.language, base_ms=case.cpu_ms or limits.cpu_ms)
        results.append(
            CaseResult(
                index,
                case.name,
                verdict,
                sample=case.sample,
                cpu_ms=cpu_ms,
                stdout=outputs[index] if outputs else b"",
                stdout_bytes=len(outputs[index]) if outputs else 0,
                runs=runs[index] if runs else 1,
                limits=Limits(cpu_ms=allowed),
                fault="no jail" if verdict is IE else None,
            )
        )
    fault = next((each.fault for each in results if each.fault), None)
    return JudgeResult(overall(each.verdict for each in results), None, None, tuple(results), fault)


def judged(about: Problem, solution: Submission, *cases: tuple[Verdict, Cpu], **more: Any) -> SolutionReport:
    return SolutionReport.of(solution, result(about, solution, *cases, **more))


def again(report: SolutionReport, *others: JudgeResult) -> SolutionReport:
    """The same solution judged more often."""
    return SolutionReport.of(report.submission, *report.results, *others)
