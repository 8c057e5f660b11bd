"""What is told of a job while it goes on, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from judge import Verdict


class EventKind(StrEnum):
    """The kinds of events, in the order in which the first of each may come (the wire's names)."""

    STATUS = "status"
    COMPILE = "compile"
    OUTPUT = "output"
    CASE = "case"
    SOLUTION = "solution"
    PROGRESS = "progress"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One event. ``id`` grows from event to event of a job; ``data`` is a record that holds all there is to know."""

    id: int
    kind: EventKind
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """Tests of a submission by what became of them: together, all tests that are done."""

    passed: int = 0
    failed: int = 0
    error: int = 0

    @property
    def done(self) -> int:
        """How many are done."""
        return self.passed + self.failed + self.error

    def and_one(self, verdict: Verdict) -> Counts:
        """With one more test, of this verdict."""
        match verdict:
            case Verdict.ACCEPTED:
                return Counts(self.passed + 1, self.failed, self.error)
            case Verdict.WRONG_ANSWER:
                return Counts(self.passed, self.failed + 1, self.error)
            case _:
                return Counts(self.passed, self.failed, self.error + 1)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job came to: a record for each of its ids. Complete when constructed.

    ``records``  by id: of a run, a whole run; of a submission, its compilation and tests; of a batch, its compilation;
                 of a validation, all that it found
    ``verdict``  of a run or a submission; of a batch, the first of its inputs' that is not accepted; of a validation,
                 accepted if all is well, else wrong answer, or internal error where we failed to judge any of it
    ``fault``    our own failure in detail, for operators only
    ``judge_failed``  that fault is none of ours: a program of the problem that judges has failed
    """

    job_id: str
    verdict: Verdict
    records: dict[str, dict[str, Any]]
    started_at: datetime | None
    completed_at: datetime
    fault: str | None = None
    judge_failed: bool = False

    @property
    def trouble(self) -> str | None:
        """What logs may say of the fault: words of a problem's programs, which may tell of its tests, are left out."""
        return "what judges its problem has failed" if self.fault and self.judge_failed else self.fault
