"""Mutants of real solutions, judged for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from judge import (
    CaseResult,
    Custom,
    Data,
    Exact,
    JudgeProgram,
    JudgeResult,
    LanguageLimits,
    Problem,
    ProblemLimits,
    Source,
    TestCase,
    Verdict,
    case_limits,
    read_package,
)
from judge.mutation import Fate, Operator
from languages import Language
from runner import Engine, RequestError
from runner.mutating import MutantJudged, MutationEvent, Original, OriginalJudged, against, mutate, mutate_package
from sandboxes import Cancellation

LARGE = b"n = int(input())\nif n > 10:\n    print('large')\nelse:\n    print('small')\n"

MakeSource = Callable[..., Source]


@pytest.fixture
def python(languages: Mapping[str, Language], image: Callable[[str], Path]) -> Callable[[bytes], Source]:
    image("python")
    return lambda code: Source.of(languages["python"], code)


def problem(*tests: tuple[bytes, bytes], **changes: object) -> Problem:
    cases = [TestCase(given.decode(), Data(given + b"\n"), Data(expected + b"\n")) for given, expected in tests]
    made = Problem(tuple(cases), limits=ProblemLimits(cpu_ms=1000, memory_mib=64))
    return replace(made, **changes)  # type: ignore[arg-type]  # whatever a test wants to change


def judged_as(given: Problem, cpu_ms: float | None) -> JudgeResult:
    cases = tuple(
        CaseResult(index, case.name, Verdict.ACCEPTED, cpu_ms=cpu_ms) for index, case in enumerate(given.cases)
    )
    return JudgeResult(Verdict.ACCEPTED, None, None, cases)


FAR = ((b"20", b"large"), (b"3", b"small"))
NEAR = (*FAR, (b"11", b"large"), (b"10", b"small"))


def test_weak_tests_leave_survivors_that_say_which_test_is_missing(engine: Engine, python: MakeSource) -> None:
    events: list[MutationEvent] = []
    report = mutate(engine, problem(*FAR), [Original("large.py", python(LARGE))], on_event=events.append)
    hints = [each.mutant.hint for each in report.survivors]
    assert "No test tells `n > 10` from `n >= 10` at line 2: add a test where the two sides are equal" in hints
    assert report.tally.not_run == report.tally.not_judged == 0
    assert report.tally.killed + report.tally.survived == report.tally.viable == len(report.results)
    assert report.kills["20"] > report.kills["3"] > 0
    assert isinstance(events[0], OriginalJudged)
    judged = [event for event in events if isinstance(event, MutantJudged)]
    assert [event.done for event in judged] == list(range(1, len(report.results) + 1))


def test_with_the_missing_tests_nothing_survives(engine: Engine, python: MakeSource) -> None:
    report = mutate(engine, problem(*NEAR), [Original("large.py", python(LARGE))])
    assert (report.score, report.survivors) == (1.0, ())


def test_a_mutant_that_never_ends_is_killed_by_its_time(engine: Engine, python: MakeSource) -> None:
    source = python(b"n = int(input())\nwhile n > 0:\n    n -= 5\nprint(n)\n")
    report = mutate(engine, problem((b"7", b"-3")), [Original("down.py", source)])
    (endless,) = [each for each in report.results if each.mutant.operator is Operator.STATEMENT_DELETION]
    assert (endless.fate, endless.verdict, endless.test) == (Fate.KILLED, Verdict.TIME_LIMIT_EXCEEDED, "7")


def test_what_the_compiler_refuses_counts_for_nothing(
    engine: Engine, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> None:
    image("c")
    code = b'#include <stdio.h>\nint main(void) { switch (getchar()) { case 49: case 50: puts("yes"); } return 0; }\n'
    source = Source.of(languages["c"], code)
    report = mutate(engine, problem((b"1", b"yes")), [Original("c.c", source)], most=4)
    assert Fate.NOT_VIABLE in {each.fate for each in report.results}
    assert {each.test for each in report.results if each.fate is Fate.NOT_VIABLE} == {None}
    assert report.tally.viable == 4 - report.tally.not_viable


def test_a_checker_that_fails_kills_nothing(engine: Engine, python: MakeSource) -> None:
    broken = python(b"import sys\nsys.exit(42 if sys.stdin.read() == 'large\\n' else 1)\n")
    report = mutate(
        engine,
        problem(FAR[0], checker=Custom(JudgeProgram(broken))),
        [Original("large.py", python(LARGE))],
        most=6,
    )
    assert {each.fate for each in report.results} == {Fate.NOT_JUDGED, Fate.SURVIVED}
    assert all("exited with 1" in (each.fault or "") for each in report.results if each.fate is Fate.NOT_JUDGED)


def test_when_the_time_is_up_the_rest_is_not_run(engine: Engine, python: MakeSource) -> None:
    report = mutate(engine, problem(*NEAR), [Original("large.py", python(LARGE))], seconds=0.0)
    assert report.tally.not_run >= len(report.results) - engine.slots > 0
    assert report.tally.killed + report.tally.survived <= engine.slots


def test_after_a_cancellation_nothing_is_run(engine: Engine, python: MakeSource) -> None:
    with Cancellation() as cancellation:
        cancellation.cancel()
        report = mutate(engine, problem(*FAR), [Original("large.py", python(LARGE))], cancellation=cancellation)
    assert (report.results, report.score) == ((), None)


def test_a_solution_that_is_not_accepted_is_refused(engine: Engine, python: MakeSource) -> None:
    wrong = python(b"print('large')\n")
    with pytest.raises(RequestError, match=r"wrong\.py is not accepted \(wrong_answer: Test 2"):
        mutate(engine, problem(*FAR), [Original("wrong.py", wrong)])
    with pytest.raises(RequestError, match="no accepted solution"):
        mutate(engine, problem(*FAR), [])


def test_what_was_judged_already_is_not_judged_again_and_sets_the_time(engine: Engine, python: MakeSource) -> None:
    source, judged = python(LARGE), problem(*FAR)
    result = engine.judge(source, judged)
    slow = replace(result, cases=tuple(replace(case, cpu_ms=50.4) for case in result.cases))
    events: list[MutationEvent] = []
    mutate(engine, judged, [Original("large.py", source, slow)], seconds=0.0, on_event=events.append)
    (first, *_) = events
    assert isinstance(first, OriginalJudged)
    assert first.result is slow


@pytest.mark.parametrize(
    ("cpu_ms", "own", "limit"),
    [
        (50.4, None, 504),
        (3.0, None, 200),
        (900.0, None, 3000),
        (None, None, 3000),
        (50.4, 400, 400),
        (900.0, 9000, 9000),
    ],
)
def test_a_mutant_may_take_ten_times_what_its_original_took(
    languages: Mapping[str, Language], cpu_ms: float | None, own: int | None, limit: int
) -> None:
    language = languages["python"]
    multiplier = LanguageLimits(cpu_ms=own, memory_mib=33, time_multiplier=3.0)
    given = problem(*FAR, limits=ProblemLimits(cpu_ms=1000, languages={"python": multiplier}), checker=Exact())
    result = judged_as(given, cpu_ms)
    met = against(given, language, result)
    for case in met.cases:
        allowed = case_limits(met.limits, language, case)
        assert (allowed.limits.cpu_ms, allowed.memory_mib) == (limit, 33)
    assert (met.stop_on_first_failure, met.checker) == (True, Exact())


def test_a_package_gives_the_solutions_that_have_to_be_accepted(
    engine: Engine, languages: Mapping[str, Language], image: Callable[[str], Path], tmp_path: Path
) -> None:
    image("python")
    files = {
        "problem.yaml": "problem_format_version: 2025-09\nname: N\nuuid: 00000000-0000-4000-8000-000000000001\n"
        "limits: {time_limit: 1}\n",
        "data/secret/1.in": "20\n",
        "data/secret/1.ans": "large\n",
        "submissions/accepted/large.py": LARGE.decode(),
        "submissions/wrong_answer/small.py": "print('small')\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    package = read_package(tmp_path, languages)
    report = mutate_package(engine, package, most=2)
    assert report.solutions == ("submissions/accepted/large.py",)
    assert report.tests == ("secret/1",)
    assert len(report.results) == 2
    with pytest.raises(RequestError, match="has no solution submissions/accepted/other"):
        mutate_package(engine, package, paths=("submissions/accepted/other.py",))
    with pytest.raises(RequestError, match="needs what is not judged: magic"):
        mutate_package(engine, replace(package, unsupported=("magic",)))
