"""What a validation found: one value per solution and per check, and all of it. Complete when constructed."""

from __future__ import annotations

from dataclasses import dataclass

from judge.packages.submissions import Submission
from judge.result import JudgeResult
from judge.validation.finding import Finding
from judge.validation.timing import Timing
from judge.verdict import Verdict

UNJUDGED = frozenset({Verdict.INTERNAL_ERROR, Verdict.CANCELLED})
"""Verdicts that say nothing of a program."""


@dataclass(frozen=True, slots=True)
class SolutionReport:
    """What became of one reference solution.

    ``results``  one for each time it was judged, at least one
    ``unmet``    which expectations do not hold, a sentence each; of a solution that could not be judged nothing is said
    """

    submission: Submission
    results: tuple[JudgeResult, ...]
    unmet: tuple[str, ...]

    @classmethod
    def of(cls, submission: Submission, *results: JudgeResult) -> SolutionReport:
        """A solution with what its expectations say to each of its results."""
        judged = [result for result in results if result.verdict not in UNJUDGED]
        sentences = [sentence for result in judged for sentence in submission.expectation.unmet(result)]
        return cls(submission, results, tuple(dict.fromkeys(sentences)))

    @property
    def result(self) -> JudgeResult:
        """The first of its results, or the first that says that it could not be judged."""
        return next((result for result in self.results if result.verdict in UNJUDGED), self.results[0])

    @property
    def met(self) -> bool | None:
        """Whether it did what it promises, each time; ``None``: it could not be judged."""
        return None if self.result.verdict in UNJUDGED else not self.unmet

    @property
    def holds(self) -> bool:
        """Whether it was judged and did what it promises."""
        return self.met is True

    @property
    def cpu_ms(self) -> float | None:
        """CPU time of its slowest test; ``None``: nothing was measured."""
        return max((result.cpu_ms for result in self.results if result.cpu_ms is not None), default=None)

    @property
    def memory_bytes(self) -> int | None:
        """Peak memory of its largest test; ``None``: nothing was measured."""
        return max((result.memory_bytes for result in self.results if result.memory_bytes is not None), default=None)

    @property
    def wall_ms(self) -> float:
        """Sum over all executed tests."""
        return sum(result.wall_ms for result in self.results)


@dataclass(frozen=True, slots=True)
class CheckerCheck:
    """Whether a test's expected output is accepted by the problem's own checker.

    ``index``    of the test, from 0
    ``message``  what the checker says against it, or that it failed; may quote the output
    ``fault``    our own failure in detail, for operators only; ``None``: it was checked
    """

    index: int
    accepted: bool
    message: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class InputCheck:
    """Whether an input validator accepts a test's input.

    ``validator``  its path; the other fields are those of :class:`CheckerCheck`
    """

    validator: str
    index: int
    accepted: bool
    message: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """What a validation found.

    ``solutions``        those that were judged, in the problem's order
    ``checker_checks``   one for each test; none for interactive problems, which have no checker
    ``input_checks``     one for each validator and test
    ``findings``         what its authors should know
    ``accepted_exists``  there is a solution that was accepted, or that is to be and was not chosen
    ``cancelled``        it was stopped: what is here is what was done until then
    """

    solutions: tuple[SolutionReport, ...]
    checker_checks: tuple[CheckerCheck, ...]
    input_checks: tuple[InputCheck, ...]
    timing: Timing
    findings: tuple[Finding, ...]
    accepted_exists: bool
    cancelled: bool = False

    @property
    def ok(self) -> bool:
        """Whether all expectations hold, there is an accepted solution, and everything could be judged."""
        return self.accepted_exists and not self.failed and all(solution.holds for solution in self.solutions)

    @property
    def checks_hold(self) -> bool:
        """Whether every expected output and every input is as it has to be."""
        return all(check.accepted for check in self._checks)

    @property
    def failed(self) -> bool:
        """Whether we failed to judge or to check any of it."""
        return self.fault is not None or any(
            result.verdict is Verdict.INTERNAL_ERROR for solution in self.solutions for result in solution.results
        )

    @property
    def judge_failed(self) -> bool:
        """Whether all that failed is a program, or a file, of the problem's: its authors' to mend, not ours."""
        failed = [
            result
            for solution in self.solutions
            for result in solution.results
            if result.verdict is Verdict.INTERNAL_ERROR
        ]
        ours = any(check.fault is not None for check in self._checks)
        return bool(failed) and not ours and all(result.judge_failed for result in failed)

    @property
    def fault(self) -> str | None:
        """The first of our own failures in detail, for operators only; ``None``: there was none."""
        results = [result.fault for solution in self.solutions for result in solution.results]
        return next((fault for fault in (*results, *(check.fault for check in self._checks)) if fault), None)

    @property
    def _checks(self) -> tuple[CheckerCheck | InputCheck, ...]:
        return (*self.checker_checks, *self.input_checks)
