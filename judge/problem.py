"""What a submission is judged against."""

from __future__ import annotations

from dataclasses import dataclass, field

from judge.checkers import Checker, Trimmed
from judge.limits import ProblemLimits
from judge.testcase import TestCase


@dataclass(frozen=True, slots=True)
class Problem:
    """Tests in their order, how to check outputs, and what programs are allowed.

    ``stop_on_first_failure``  tests after the first that is not accepted are skipped
    Raises ``ValueError`` without tests.
    """

    cases: tuple[TestCase, ...]
    checker: Checker = field(default_factory=Trimmed)
    limits: ProblemLimits = field(default_factory=ProblemLimits)
    stop_on_first_failure: bool = False

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("a problem needs at least one test")
