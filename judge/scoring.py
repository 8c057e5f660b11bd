"""Points: what tests earn, alone and in groups. Pure.

A passed test earns the fraction 1, or what the checker's program says, any other 0. A group's score is its points times

``sum``        the mean of its tests' fractions, weighted
``min``        the smallest of them
``pass_fail``  1 if every test passed, else 0

and nothing when a group that it requires was not passed. The total is the sum over groups; tests that are in none form
one ``sum`` group, worth what the others leave of the most there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from judge.testcase import TestCase
from judge.verdict import Verdict, overall


class Aggregation(StrEnum):
    """How tests of a group make its score (the wire's names)."""

    SUM = "sum"
    MIN = "min"
    PASS_FAIL = "pass_fail"  # noqa: S105 - no password

    @property
    def stops(self) -> bool:
        """Whether after the first test that is not passed the others of its group cannot matter."""
        return self is not Aggregation.SUM


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that earn ``points`` together. ``requires``: names of earlier groups that must be passed."""

    name: str
    points: float
    aggregation: Aggregation = Aggregation.PASS_FAIL
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scoring:
    """The most there is to earn, and the groups that earn it.

    Raises ``ValueError`` for a name that is given twice and for a requirement that is no earlier group.
    """

    max_score: float = 100.0
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        earlier: set[str] = set()
        for group in self.groups:
            if group.name in earlier or not earlier.issuperset(group.requires):
                raise ValueError(f"group {group.name!r} is there twice, or requires what is no earlier group")
            earlier.add(group.name)

    def group(self, name: str | None) -> Group | None:
        """The group of that name; ``None`` for tests that are in none."""
        return next((group for group in self.groups if group.name == name), None)

    def worth(self, cases: Sequence[TestCase], index: int) -> float:
        """How many points hang on a test: its share of a group that sums, or all of a group that does not."""
        case = cases[index]
        group = self.group(case.group)
        points = self.max_score - sum(each.points for each in self.groups) if group is None else group.points
        if group is not None and group.aggregation.stops:
            return points
        total = sum(other.weight for other in cases if other.group == case.group)
        return points * case.weight / total if total else 0.0

    def required(self, name: str | None) -> frozenset[str]:
        """Every group that must be passed before one counts, however far back."""
        return _required(self, name)

    def stops(self, failed: str | None, other: str | None) -> bool:
        """Whether a test of group ``other`` cannot matter any more after one of group ``failed`` was not passed."""
        if failed == other:
            group = self.group(other)
            return group is not None and group.aggregation.stops
        return failed in self.required(other)


@lru_cache(maxsize=4096)
def _required(scoring: Scoring, name: str | None) -> frozenset[str]:
    group = scoring.group(name)
    if group is None:
        return frozenset()
    return frozenset(group.requires).union(*(_required(scoring, each) for each in group.requires))


@dataclass(frozen=True, slots=True)
class GroupScore:
    """What a group earned of the most it could; ``verdict``: of its tests. Tests in none are the group ``""``."""

    name: str
    score: float
    max_score: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """What a submission earned."""

    score: float
    max_score: float
    groups: tuple[GroupScore, ...]


def score(
    scoring: Scoring, cases: Sequence[TestCase], verdicts: Sequence[Verdict], fractions: Sequence[float | None]
) -> Score:
    """What tests with these verdicts earn, each that fraction (``None``: nothing); in the order of ``cases``."""
    groups: list[GroupScore] = []
    passed: set[str] = set()
    tests = [
        _Test(case.group, case.weight, verdict, (fraction or 0.0) if verdict is Verdict.ACCEPTED else 0.0)
        for case, verdict, fraction in zip(cases, verdicts, fractions, strict=True)
    ]
    for group in scoring.groups:
        mine = [test for test in tests if test.group == group.name]
        found = overall(test.verdict for test in mine)
        earned = _fraction(group.aggregation, mine) if passed.issuperset(scoring.required(group.name)) else 0.0
        groups.append(GroupScore(group.name, group.points * earned, group.points, found))
        if found is Verdict.ACCEPTED:
            passed.add(group.name)
    rest = [test for test in tests if test.group is None]
    left = scoring.max_score - sum(group.points for group in scoring.groups)
    if rest and left > 0:
        earned = left * _fraction(Aggregation.SUM, rest)
        groups.append(GroupScore("", earned, left, overall(test.verdict for test in rest)))
    return Score(sum(group.score for group in groups), scoring.max_score, tuple(groups))


@dataclass(frozen=True, slots=True)
class _Test:
    group: str | None
    weight: float
    verdict: Verdict
    fraction: float


def _fraction(aggregation: Aggregation, tests: Sequence[_Test]) -> float:
    if not tests:
        return 0.0
    match aggregation:
        case Aggregation.SUM:
            total = sum(test.weight for test in tests)
            return sum(test.weight * test.fraction for test in tests) / total if total else 0.0
        case Aggregation.MIN:
            return min(test.fraction for test in tests)
        case Aggregation.PASS_FAIL:
            return float(all(test.verdict is Verdict.ACCEPTED for test in tests))
        case _:
            assert_never(aggregation)
