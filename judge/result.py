"""What judging found: one value per test, one for all. Complete when constructed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from judge.checkers import CheckResult
from judge.compilation import CompileResult
from judge.scoring import Score
from judge.testcase import TestCase
from judge.verdict import Verdict, reason, run_verdict, verdict_text
from sandboxes import Ending, Evidence, Isolation, LimitKind, Limits, Outcome

EXCERPT_BYTES: Final = 16 * 1024
"""How much of a program's output a result keeps."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one test.

    ``index``            place among the tests, from 0
    ``message``          one sentence on the verdict, ``None`` when accepted; tells nothing of the test's content
    ``checker_message``  where the output differs, or what the checker's program says to authors; ``None``: nothing.
                         May quote what is expected
    ``team_message``     what the checker's program says to whoever wrote the program; ``None``: nothing
    ``fraction``         what part of its points the test has earned, from 0 to 1; ``None``: not executed
    ``wall_ms``, ``cpu_ms``, ``memory_bytes``  what was measured; ``None``: not executed, or this host cannot measure it
    ``exit_code``, ``signal``  how the program ended (``SIGSEGV``)
    ``limit``, ``evidence``    the limit that decided or explains it, its value, the measure, and the kernel's fact
    ``limits``           what the run was allowed; ``None``: not executed
    ``check_ms``         how long it took to check the output; ``None``: it was not, or an interactor said all
    ``stdout``, ``stderr``     the beginning of each, at most :data:`EXCERPT_BYTES`
    ``output_truncated`` more was written than was captured
    ``attempts``         how often a sandbox was tried: 0 when never, more than 1 after failures of ours
    ``runs``             runs that this result rests on: 2 when the CPU time was within 5 % of its limit, so that the
                         better of two counts
    ``fault``            our own failure in detail, for operators only; ``None`` unless the verdict is internal error
    ``judge_failed``     that fault is none of ours: the problem's program that judges has failed. Its authors may know
    """

    index: int
    name: str
    verdict: Verdict
    message: str | None = None
    checker_message: str | None = None
    team_message: str | None = None
    fraction: float | None = None
    sample: bool = False
    group: str | None = None
    wall_ms: float | None = None
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    exit_code: int | None = None
    signal: str | None = None
    limit: LimitKind | None = None
    evidence: Evidence | None = None
    limits: Limits | None = None
    check_ms: float | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    stdout_bytes: int = 0
    stderr_bytes: int = 0
    output_truncated: bool = False
    attempts: int = 0
    runs: int = 0
    isolation: Isolation | None = None
    fault: str | None = None
    judge_failed: bool = False

    @property
    def passed(self) -> bool | None:
        """Whether the answer is right; ``None``: not executed."""
        return None if self.verdict is Verdict.SKIPPED else self.verdict is Verdict.ACCEPTED

    @property
    def timed_out(self) -> bool:
        """Whether a time limit ended it."""
        return self.verdict is Verdict.TIME_LIMIT_EXCEEDED


def not_executed(
    index: int,
    case: TestCase,
    verdict: Verdict,
    *,
    attempts: int = 0,
    fault: str | None = None,
    judge_failed: bool = False,
) -> CaseResult:
    """A test without a run that counts: skipped, cancelled, or not to be judged (``fault``)."""
    return CaseResult(
        index=index,
        name=case.name,
        verdict=verdict,
        message=verdict_text(verdict),
        sample=case.sample,
        group=case.group,
        attempts=attempts,
        fault=fault,
        judge_failed=judge_failed,
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of a run; ``answer``: what the checker said, where it was asked; ``fraction`` of its points.

    ``check_ms``: how long asking it took; ``None``: it was not
    """

    verdict: Verdict
    answer: CheckResult | None
    fraction: float
    check_ms: float | None


def executed(
    index: int,
    case: TestCase,
    outcome: Outcome,
    *,
    judgement: Judgement,
    limits: Limits,
    attempts: int,
    runs: int,
) -> CaseResult:
    """A test that was run.

    A program that was ended because the verdict was clear has no end of its own to tell of.
    """
    verdict, answer = judgement.verdict, judgement.answer
    told = outcome.ending in {Ending.EXITED, Ending.SIGNALLED} or verdict is run_verdict(outcome)
    message = reason(outcome) if verdict is run_verdict(outcome) else verdict_text(verdict)
    return CaseResult(
        index=index,
        name=case.name,
        verdict=verdict,
        message=message,
        checker_message=(answer and answer.message) or None,
        team_message=(answer and answer.team_message) or None,
        fraction=judgement.fraction,
        sample=case.sample,
        group=case.group,
        wall_ms=outcome.usage.wall_ms,
        cpu_ms=outcome.usage.cpu_ms,
        memory_bytes=outcome.usage.memory_bytes,
        exit_code=outcome.exit_code if told else None,
        signal=outcome.signal_name if told else None,
        limit=outcome.limit if told else None,
        evidence=outcome.evidence if told else None,
        limits=limits,
        check_ms=judgement.check_ms,
        stdout=outcome.stdout[:EXCERPT_BYTES],
        stderr=outcome.stderr[:EXCERPT_BYTES],
        stdout_bytes=outcome.usage.stdout_bytes,
        stderr_bytes=outcome.usage.stderr_bytes,
        output_truncated=outcome.stdout_truncated or outcome.stderr_truncated,
        attempts=attempts,
        runs=runs,
        isolation=outcome.isolation,
    )


def all_skipped(cases: Sequence[TestCase]) -> tuple[CaseResult, ...]:
    """The results of tests none of which could be executed."""
    return tuple(not_executed(index, case, Verdict.SKIPPED) for index, case in enumerate(cases))


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """What became of a submission: its verdict, its one compilation, and every test in order of index.

    ``message``      one sentence on the verdict; ``None`` when accepted
    ``compilation``  ``None`` where there was nothing to compile, or where we failed before it ended
    ``fault``        our own failure in detail, for operators only; ``None`` unless the verdict is internal error
    ``score``        what it earned; ``None`` where it is all or nothing
    ``judge_failed`` that fault is none of ours: the problem's program that judges has failed, or a file of it is wrong
    """

    verdict: Verdict
    message: str | None
    compilation: CompileResult | None
    cases: tuple[CaseResult, ...]
    fault: str | None = None
    score: Score | None = None
    judge_failed: bool = False

    @property
    def wall_ms(self) -> float:
        """Sum over all executed tests."""
        return sum(case.wall_ms for case in self.cases if case.wall_ms is not None)

    @property
    def cpu_ms(self) -> float | None:
        """CPU time of the worst test."""
        return max((case.cpu_ms for case in self.cases if case.cpu_ms is not None), default=None)

    @property
    def memory_bytes(self) -> int | None:
        """Peak memory of the worst test."""
        return max((case.memory_bytes for case in self.cases if case.memory_bytes is not None), default=None)

    def count(self, *verdicts: Verdict) -> int:
        """How many tests ended in one of these."""
        return sum(case.verdict in verdicts for case in self.cases)

    @property
    def passed(self) -> int:
        """Tests accepted."""
        return self.count(Verdict.ACCEPTED)

    @property
    def failed(self) -> int:
        """Tests with a wrong answer."""
        return self.count(Verdict.WRONG_ANSWER)

    @property
    def errors(self) -> int:
        """All other tests, skipped ones included: passed, failed and errors are all tests together."""
        return len(self.cases) - self.passed - self.failed

    @property
    def skipped(self) -> int:
        """Tests that were not executed; part of :attr:`errors`."""
        return self.count(Verdict.SKIPPED)
