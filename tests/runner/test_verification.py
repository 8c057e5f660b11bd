"""The order of judging solutions and of telling about it; the judging itself is a function handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from judge import CaseResult, JudgeResult, Package, Submission, Verdict, read_package
from languages import Language
from runner import CaseJudged, Event, SolutionJudged, SolutionStarted
from runner.verification import verify
from sandboxes import Cancellation

YAML = "problem_format_version: 2025-09\nname: N\nuuid: 00000000-0000-4000-8000-000000000001\nlimits: {time_limit: 1}\n"


@pytest.fixture
def packages(tmp_path: Path, languages: Mapping[str, Language]) -> list[Package]:
    for name in ("first", "second"):
        files = {"problem.yaml": YAML, "data/secret/1.in": "", "data/secret/1.ans": ""}
        for number in range(4):
            files[f"submissions/accepted/{number}.py"] = f"print({number})"
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
    return [read_package(tmp_path / name, languages) for name in ("first", "second")]


@pytest.fixture
def cancellation() -> Iterator[Cancellation]:
    with Cancellation() as token:
        yield token


def accept(submission: Submission, package: Package, on_case: Callable[[CaseResult], None]) -> JudgeResult:
    assert submission in package.submissions
    cases = tuple(CaseResult(index, case.name, Verdict.ACCEPTED) for index, case in enumerate(package.problem.cases))
    for case in cases:
        on_case(case)
    return JudgeResult(Verdict.ACCEPTED, None, None, cases)


@pytest.mark.parametrize("jobs", [1, 3])
def test_reports_are_in_the_order_of_packages_and_solutions(
    packages: list[Package], cancellation: Cancellation, jobs: int
) -> None:
    reports = verify(packages, judge=accept, jobs=jobs, on_event=lambda _: None, cancellation=cancellation)
    assert [report.package for report in reports] == packages
    for report in reports:
        assert [each.submission for each in report.solutions] == list(report.package.submissions)
        assert (report.holds, report.failed) == (True, False)
    assert not cancellation.requested


def test_each_solution_is_told_of_in_its_order_one_call_at_a_time(
    packages: list[Package], cancellation: Cancellation
) -> None:
    events: list[Event] = []
    inside = threading.Lock()

    def tell(event: Event) -> None:
        assert inside.acquire(blocking=False), "two at once"
        events.append(event)
        inside.release()

    verify(packages, judge=accept, jobs=3, on_event=tell, cancellation=cancellation)
    told: dict[tuple[str, str], list[type[Event]]] = {}
    for event in events:
        submission = event.report.submission if isinstance(event, SolutionJudged) else event.submission
        told.setdefault((event.package.id, submission.path), []).append(type(event))
    assert len(told) == 8
    assert all(kinds == [SolutionStarted, CaseJudged, SolutionJudged] for kinds in told.values())


def test_when_it_breaks_the_rest_is_cancelled_and_waited_for(
    packages: list[Package], cancellation: Cancellation
) -> None:
    ended = threading.Event()

    def judge(submission: Submission, package: Package, on_case: Callable[[CaseResult], None]) -> JudgeResult:
        if submission is packages[0].submissions[0]:
            raise RuntimeError("broken")
        while not cancellation.requested:
            ended.wait(0.01)
        ended.set()
        return accept(submission, package, on_case)

    with pytest.raises(RuntimeError, match="broken"):
        verify(packages, judge=judge, jobs=2, on_event=lambda _: None, cancellation=cancellation)
    assert cancellation.requested


def test_a_failure_of_ours_is_no_kept_promise(packages: list[Package], cancellation: Cancellation) -> None:
    def fail(submission: Submission, package: Package, on_case: Callable[[CaseResult], None]) -> JudgeResult:
        case = CaseResult(0, package.problem.cases[0].name, Verdict.INTERNAL_ERROR, fault="no jail")
        on_case(case)
        return JudgeResult(Verdict.INTERNAL_ERROR, submission.path, None, (case,), fault=case.fault)

    (report, _) = verify(packages, judge=fail, jobs=1, on_event=lambda _: None, cancellation=cancellation)
    assert (report.holds, report.failed) == (False, True)
