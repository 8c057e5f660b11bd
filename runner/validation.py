"""Validating problems: every reference solution judged, every expected output and input checked."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from judge import CaseResult, JudgeResult, OnCase, Problem, Source, Submission, Verdict, verdict_text
from judge.result import all_skipped
from judge.validation import Authored, CheckerCheck, InputCheck, SolutionReport, Validation, conclude
from runner.checks import FindPlace, check_inputs, check_outputs
from sandboxes import Cancellation, ImageError


class JudgeSource(Protocol):
    """Judges one program; never raises for what a program does. Raises :class:`sandboxes.ImageError`."""

    def __call__(self, source: Source, problem: Problem, *, on_case: OnCase, cancellation: Cancellation) -> JudgeResult:
        """What became of it."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What validating takes: a way to judge, a place for the programs of each language, and how many run at once."""

    judge: JudgeSource
    place: FindPlace
    width: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A problem to validate; ``chosen``: paths of the solutions that are judged, ``None``: all of them."""

    authored: Authored
    chosen: Collection[str] | None = None

    @property
    def solutions(self) -> tuple[Submission, ...]:
        """Those that are judged."""
        return tuple(each for each in self.authored.solutions if self.chosen is None or each.path in self.chosen)


@dataclass(frozen=True, slots=True)
class SolutionStarted:
    """A solution is being compiled."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class CaseJudged:
    """One of its tests has ended; ``done`` of ``total`` so far, each time it is judged included."""

    submission: Submission
    case: CaseResult
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SolutionJudged:
    """A solution is through."""

    report: SolutionReport


@dataclass(frozen=True, slots=True)
class ChecksDone:
    """Expected outputs and inputs have been checked."""

    checker_checks: tuple[CheckerCheck, ...]
    input_checks: tuple[InputCheck, ...]


Event = SolutionStarted | CaseJudged | SolutionJudged | ChecksDone
OnEvent = Callable[[Event], None]
OnNumberedEvent = Callable[[int, Event], None]
"""Told of an event, and of which assignment."""


def validate(
    means: Means,
    authored: Authored,
    *,
    repeat: int = 1,
    jobs: int = 1,
    solutions: Collection[str] | None = None,
    on_event: OnEvent,
    cancellation: Cancellation,
) -> Validation:
    """Judge a problem's solutions (those of these paths; ``None``: all), each ``repeat`` times, and check its data.

    See :func:`validate_all`.
    """
    (validation,) = validate_all(
        means,
        [Assignment(authored, solutions)],
        repeat=repeat,
        jobs=jobs,
        on_event=lambda _, event: on_event(event),
        cancellation=cancellation,
    )
    return validation


def validate_all(
    means: Means,
    assignments: Sequence[Assignment],
    *,
    repeat: int = 1,
    jobs: int = 1,
    on_event: OnNumberedEvent,
    cancellation: Cancellation,
) -> tuple[Validation, ...]:
    """Validate several problems, up to ``jobs`` solutions of all of them at once.

    Never raises for what a program, or our sandbox, does. ``on_event`` is called from several threads, one call at a
    time. When this function ends by an exception (the caller's interrupt, one of ``on_event``), it cancels by
    ``cancellation`` what is going on and waits for it first. Raises :class:`judge.ArtefactError` when a test's file is
    gone.
    """
    lock = threading.Lock()

    def told(number: int) -> OnEvent:
        def tell(event: Event) -> None:
            with lock:
                on_event(number, event)

        return tell

    works = [
        _Work(means, assignment, repeat=repeat, tell=told(number), cancellation=cancellation)
        for number, assignment in enumerate(assignments)
    ]
    with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="solution") as pool:
        try:  # from the first submission on: an interrupt may come at any moment
            checks = [pool.submit(work.checks) for work in works]
            reports = [[pool.submit(work.solution, each) for each in work.solutions] for work in works]
            return tuple(
                work.conclude(checked.result(), [each.result() for each in judged])
                for work, checked, judged in zip(works, checks, reports, strict=True)
            )
        except BaseException:
            cancellation.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Work:
    """One problem on its way; its methods may go on in several threads at once."""

    def __init__(
        self, means: Means, assignment: Assignment, *, repeat: int, tell: OnEvent, cancellation: Cancellation
    ) -> None:
        self.solutions = assignment.solutions
        self._means = means
        self._authored = assignment.authored
        # Whoever judges submissions may stop early; what is expected of a solution is expected on every test.
        self._problem = replace(assignment.authored.problem, stop_on_first_failure=False)
        self._repeat = repeat
        self._tell = tell
        self._cancellation = cancellation
        self._uninstalled: set[str] = set()

    def checks(self) -> ChecksDone:
        """Check all data."""
        place, width, token = self._means.place, self._means.width, self._cancellation
        outputs = check_outputs(self._problem, place, jobs=width, cancellation=token)
        inputs = itertools.chain.from_iterable(
            check_inputs(self._problem, validator, place, jobs=width, cancellation=token)
            for validator in self._authored.input_validators
        )
        done = ChecksDone(outputs, tuple(inputs))
        self._tell(done)
        return done

    def solution(self, submission: Submission) -> SolutionReport:
        """Judge one solution, as often as it is to be judged."""
        self._tell(SolutionStarted(submission))
        numbers, total = itertools.count(1), self._repeat * len(self._problem.cases)

        def on_case(case: CaseResult) -> None:
            self._tell(CaseJudged(submission, case, next(numbers), total))

        results: list[JudgeResult] = []
        while len(results) < self._repeat:
            results.append(self._judge(submission, on_case))
            if results[-1].verdict in {Verdict.CANCELLED, Verdict.INTERNAL_ERROR}:
                break
        report = SolutionReport.of(submission, *results)
        self._tell(SolutionJudged(report))
        return report

    def conclude(self, checks: ChecksDone, reports: Sequence[SolutionReport]) -> Validation:
        """What it all says."""
        stopped = any(report.result.verdict is Verdict.CANCELLED for report in reports)
        rounds = (self._problem.interactor is None) + len(self._authored.input_validators)
        done = len(checks.checker_checks) + len(checks.input_checks)
        return conclude(
            self._authored,
            reports,
            checker_checks=checks.checker_checks,
            input_checks=checks.input_checks,
            uninstalled=self._uninstalled,
            cancelled=stopped or done < rounds * len(self._problem.cases),
        )

    def _judge(self, submission: Submission, on_case: OnCase) -> JudgeResult:
        try:
            return self._means.judge(submission.source, self._problem, on_case=on_case, cancellation=self._cancellation)
        except ImageError as error:
            self._uninstalled.add(submission.language.id)
            verdict, cases = Verdict.INTERNAL_ERROR, all_skipped(self._problem.cases)
            return JudgeResult(verdict, verdict_text(verdict), None, cases, fault=str(error))
