"""The order of validating and of telling about it; the judging itself is a function handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from judge import InputValidator, JudgeProgram, JudgeResult, OnCase, Place, Problem, Source, Submission, Verdict
from judge.validation import Authored, FindingKind
from languages import Language
from runner import CaseJudged, ChecksDone, Event, SolutionJudged, SolutionStarted
from runner.validation import Assignment, Means, validate, validate_all
from sandboxes import Cancellation, ImageError
from tests.judge.validation.made import AC, IE, LANGUAGES, WA, problem, result, right, wrong

TWO = problem("sample/1", "secret/2", stop_on_first_failure=True)
SOLUTIONS = tuple(right(f"{number}.py") for number in range(4))
AUTHORED = Authored(TWO, (*SOLUTIONS, wrong()))


def no_place(language: Language) -> Place:
    raise ImageError(f"no image of {language.id}")


def accept(source: Source, about: Problem, *, on_case: OnCase, cancellation: Cancellation) -> JudgeResult:
    assert source.language.id == "python"
    assert not cancellation.requested
    found = result(about, right(), *((AC, 5.0),) * len(about.cases))
    for case in found.cases:
        on_case(case)
    return found


def means(judge: Any = accept) -> Means:
    return Means(judge, no_place, width=2)


@pytest.fixture
def cancellation() -> Iterator[Cancellation]:
    with Cancellation() as token:
        yield token


@pytest.mark.parametrize("jobs", [1, 3])
def test_reports_are_in_the_order_of_problems_and_solutions(cancellation: Cancellation, jobs: int) -> None:
    assignments = [Assignment(AUTHORED), Assignment(AUTHORED, chosen=["2.py", "0.py"])]
    whole, part = validate_all(means(), assignments, jobs=jobs, on_event=lambda *_: None, cancellation=cancellation)
    assert [each.submission.path for each in whole.solutions] == ["0.py", "1.py", "2.py", "3.py", "wrong.py"]
    assert [each.submission.path for each in part.solutions] == ["0.py", "2.py"]
    assert (whole.ok, part.ok) == (False, True)
    assert [(check.index, check.accepted) for check in whole.checker_checks] == [(0, True), (1, True)]
    assert not cancellation.requested


def test_each_solution_is_told_of_in_its_order_one_call_at_a_time(cancellation: Cancellation) -> None:
    events: list[Event] = []
    inside = threading.Lock()

    def tell(event: Event) -> None:
        assert inside.acquire(blocking=False), "two at once"
        events.append(event)
        inside.release()

    validate(means(), AUTHORED, jobs=3, repeat=2, on_event=tell, cancellation=cancellation)
    told: dict[str, list[Any]] = {}
    for event in events:
        match event:
            case SolutionStarted(submission):
                told[submission.path] = ["started"]
            case CaseJudged(submission, case, done, total):
                told[submission.path].append((case.index, done, total))
            case SolutionJudged(report):
                told[report.submission.path].append(len(report.results))
    cases = [(0, 1, 4), (1, 2, 4), (0, 3, 4), (1, 4, 4)]
    assert told == {each.path: ["started", *cases, 2] for each in AUTHORED.solutions}
    assert sum(isinstance(event, ChecksDone) for event in events) == 1


def test_solutions_meet_every_test_even_where_submissions_stop_at_the_first_failure(cancellation: Cancellation) -> None:
    seen: list[Problem] = []

    def judge(source: Source, about: Problem, **more: Any) -> JudgeResult:
        seen.append(about)
        return accept(source, about, **more)

    validate(means(judge), AUTHORED, solutions=["0.py"], on_event=lambda _: None, cancellation=cancellation)
    assert seen == [replace(TWO, stop_on_first_failure=False)]


def test_a_solution_that_changes_is_found_by_repeating(cancellation: Cancellation) -> None:
    verdicts = iter([AC, WA, AC])

    def judge(_: Source, about: Problem, **__: Any) -> JudgeResult:
        return result(about, right(), (AC, 5.0), (next(verdicts), 5.0))

    found = validate(
        means(judge), Authored(TWO, (right(),)), repeat=3, on_event=lambda _: None, cancellation=cancellation
    )
    (report,) = found.solutions
    assert (len(report.results), report.met, found.ok) == (3, False, False)
    assert FindingKind.NONDETERMINISM in {finding.kind for finding in found.findings}


def test_a_failure_of_ours_is_not_repeated_and_no_broken_promise(cancellation: Cancellation) -> None:
    def fail(_: Source, about: Problem, **__: Any) -> JudgeResult:
        return result(about, right(), (AC, 5.0), (IE, None))

    found = validate(means(fail), AUTHORED, repeat=3, on_event=lambda _: None, cancellation=cancellation)
    assert {(len(report.results), report.met) for report in found.solutions} == {(1, None)}
    assert (found.ok, found.failed, found.fault) == (False, True, "no jail")


def test_a_language_without_an_image_could_not_be_judged_and_says_so(cancellation: Cancellation) -> None:
    def judge(source: Source, about: Problem, **more: Any) -> JudgeResult:
        if source.language.id == "java":
            raise ImageError("no image of java")
        return accept(source, about, **more)

    authored = Authored(TWO, (right(), right("Right.java", "java")))
    found = validate(means(judge), authored, on_event=lambda _: None, cancellation=cancellation)
    assert [report.met for report in found.solutions] == [True, None]
    assert found.fault == "no image of java"
    (finding,) = (each for each in found.findings if each.kind is FindingKind.UNINSTALLED_LANGUAGE)
    assert finding.solutions == ("Right.java",)


def test_an_input_validator_without_an_image_is_our_failure_on_every_test(cancellation: Cancellation) -> None:
    validator = InputValidator("v.py", JudgeProgram(Source.of(LANGUAGES["python"], b"1\n")))
    authored = Authored(TWO, (right(),), (validator,))
    found = validate(means(), authored, on_event=lambda _: None, cancellation=cancellation)
    assert [(check.index, check.accepted, check.fault) for check in found.input_checks] == [
        (0, False, "no image of python"),
        (1, False, "no image of python"),
    ]
    assert (found.ok, found.failed, found.cancelled) == (False, True, False)


def test_what_is_cancelled_says_so_and_repeats_nothing(cancellation: Cancellation) -> None:
    def judge(_: Source, about: Problem, **__: Any) -> JudgeResult:
        cancellation.cancel()
        found = result(about, right(), (AC, 5.0), (Verdict.SKIPPED, None))
        return replace(found, verdict=Verdict.CANCELLED)

    found = validate(
        means(judge), Authored(TWO, (right(),)), repeat=5, on_event=lambda _: None, cancellation=cancellation
    )
    assert (found.cancelled, found.ok, len(found.solutions[0].results)) == (True, False, 1)


@pytest.mark.parametrize("breaks", ["judge", "listener"])
def test_when_it_breaks_the_rest_is_cancelled_and_waited_for(cancellation: Cancellation, breaks: str) -> None:
    inside: list[Submission | None] = []
    both = threading.Barrier(2)

    def judge(_: Source, about: Problem, *, on_case: OnCase, cancellation: Cancellation) -> JudgeResult:
        if both.wait(30) == 0:
            if breaks == "judge":
                raise RuntimeError("broken")
            on_case(result(about, right(), (AC, 5.0), (AC, 5.0)).cases[0])
        inside.append(None)
        while not cancellation.requested:
            threading.Event().wait(0.01)
        inside.pop()
        return result(about, right(), (AC, 5.0), (AC, 5.0))

    def tell(event: Event) -> None:
        if isinstance(event, CaseJudged):
            raise RuntimeError("broken")  # noqa: TRY004 - it is no wrong type

    authored = Authored(TWO, SOLUTIONS[:2])
    listen: Callable[[Event], None] = tell if breaks == "listener" else lambda _: None
    with pytest.raises(RuntimeError, match="broken"):
        validate(means(judge), authored, jobs=3, on_event=listen, cancellation=cancellation)
    assert cancellation.requested
    assert inside == []
