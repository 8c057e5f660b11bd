"""What judging found: one value per test, one for all. Complete when constructed."""

from __future__ import annotations

from dataclasses import dataclass

from judge.compilation import CompileResult
from judge.verdict import Verdict
from sandboxes import Evidence, Isolation, LimitKind


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one test.

    ``message``     one sentence when it was not accepted: the limit, the signal, or where the output differs
    ``evidence``    the kernel's fact behind ``limit``; present whenever ``limit`` is
    ``stdout``, ``stderr``  the beginning of each, at most :data:`judge.judging.EXCERPT_BYTES`
    ``borderline``  the CPU time was within 5 % of its limit, so the test was run twice and the better run counts
    ``attempts``    how often a sandbox was tried; more than 1 means that we failed before
    All measures are ``None`` for a test that was not executed.
    """

    index: int
    name: str
    verdict: Verdict
    message: str | None = None
    wall_ms: float | None = None
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    exit_code: int | None = None
    signal: str | None = None
    limit: LimitKind | None = None
    evidence: Evidence | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    output_truncated: bool = False
    borderline: bool = False
    attempts: int = 0
    isolation: Isolation | None = None


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """What became of a submission: its verdict, its one compilation, and every test in order of index."""

    verdict: Verdict
    compilation: CompileResult | None
    cases: tuple[CaseResult, ...]

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
