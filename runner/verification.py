"""Judging the reference solutions of problem packages: what is told on the way, and what is found."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from judge import CaseResult, JudgeResult, Package, Submission, Verdict
from sandboxes import Cancellation


@dataclass(frozen=True, slots=True)
class SolutionReport:
    """What became of one reference solution; ``unmet`` says, a sentence each, which expectations do not hold."""

    submission: Submission
    result: JudgeResult
    unmet: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it did what its place in the package promises."""
        return not self.unmet


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What became of one package. Nothing was judged when ``package.unsupported`` names anything."""

    package: Package
    solutions: tuple[SolutionReport, ...]

    @property
    def holds(self) -> bool:
        """Whether every expectation was checked and holds; there must be one."""
        return bool(self.solutions) and all(solution.holds for solution in self.solutions)

    @property
    def failed(self) -> bool:
        """Whether we failed to judge any of it."""
        return any(solution.result.verdict is Verdict.INTERNAL_ERROR for solution in self.solutions)


@dataclass(frozen=True, slots=True)
class SolutionStarted:
    """A solution is being compiled."""

    package: Package
    submission: Submission


@dataclass(frozen=True, slots=True)
class CaseJudged:
    """One of its tests has ended; ``done`` of all its tests so far."""

    package: Package
    submission: Submission
    case: CaseResult
    done: int


@dataclass(frozen=True, slots=True)
class SolutionJudged:
    """A solution is through."""

    package: Package
    report: SolutionReport


Event = SolutionStarted | CaseJudged | SolutionJudged
OnEvent = Callable[[Event], None]
JudgeSubmission = Callable[[Submission, Package, Callable[[CaseResult], None]], JudgeResult]


def verify(
    packages: Sequence[Package], *, judge: JudgeSubmission, jobs: int, on_event: OnEvent, cancellation: Cancellation
) -> tuple[PackageReport, ...]:
    """Judge every solution of every package that has no unsupported needs, up to ``jobs`` solutions at once.

    ``on_event`` is called from several threads, one call at a time. When this function ends by an exception (the
    caller's interrupt, one of ``judge``), it cancels by ``cancellation`` what is being judged and waits for it first.
    """
    verification = _Verification(judge, on_event)
    work = [
        (package, submission) for package in packages if not package.unsupported for submission in package.submissions
    ]
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="solution") as executor:
        futures = [executor.submit(verification.solution, *pair) for pair in work]
        try:
            reports = [future.result() for future in futures]
        except BaseException:
            cancellation.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    found: dict[str, list[SolutionReport]] = {str(package.path): [] for package in packages}
    for (package, _), report in zip(work, reports, strict=True):
        found[str(package.path)].append(report)
    return tuple(PackageReport(package, tuple(found[str(package.path)])) for package in packages)


class _Verification:
    """Judges one solution at a time per thread, and lets one thread at a time tell of it."""

    def __init__(self, judge: JudgeSubmission, listener: OnEvent) -> None:
        self._judge = judge
        self._listener = listener
        self._lock = threading.Lock()

    def solution(self, package: Package, submission: Submission) -> SolutionReport:
        self._tell(SolutionStarted(package, submission))
        numbers = itertools.count(1)

        def on_case(case: CaseResult) -> None:
            self._tell(CaseJudged(package, submission, case, next(numbers)))

        result = self._judge(submission, package, on_case)
        report = SolutionReport(submission, result, submission.expectation.unmet(result))
        self._tell(SolutionJudged(package, report))
        return report

    def _tell(self, event: Event) -> None:
        with self._lock:
            self._listener(event)
