"""What a submission is judged against."""

from __future__ import annotations

from dataclasses import dataclass, field

from judge.checkers import Checker, Trimmed
from judge.limits import ProblemLimits
from judge.scoring import Scoring
from judge.testcase import TestCase


@dataclass(frozen=True, slots=True)
class Problem:
    """Tests in their order, how to check outputs, and what programs are allowed.

    ``stop_on_first_failure``  tests after the first that is not accepted are skipped
    ``scoring``                how tests earn points; ``None``: all or nothing
    Raises ``ValueError`` without tests.
    """

    cases: tuple[TestCase, ...]
    checker: Checker = field(default_factory=Trimmed)
    limits: ProblemLimits = field(default_factory=ProblemLimits)
    stop_on_first_failure: bool = False
    scoring: Scoring | None = None

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("a problem needs at least one test")

    def stops(self, failed: int, other: int) -> bool:
        """Whether a test is not to be executed when an earlier one ``failed``, that is was not accepted (indices)."""
        if failed >= other:
            return False
        if self.stop_on_first_failure:
            return True
        scoring = self.scoring
        return scoring is not None and scoring.stops(self.cases[failed].group, self.cases[other].group)
