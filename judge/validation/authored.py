"""What there is to validate: a problem with all that its authors wrote to prove it right."""

from __future__ import annotations

from dataclasses import dataclass

from judge.packages.inputs import InputValidator
from judge.packages.package import Package
from judge.packages.submissions import Submission
from judge.problem import Problem
from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Authored:
    """A problem, its reference solutions (each of another path), and the programs that know which inputs are valid."""

    problem: Problem
    solutions: tuple[Submission, ...]
    input_validators: tuple[InputValidator, ...] = ()

    @classmethod
    def of(cls, package: Package) -> Authored:
        """What a package holds of it."""
        return cls(package.problem, package.submissions, package.input_validators)


def must_pass(solution: Submission) -> bool:
    """Whether nothing but acceptance is permitted to a solution."""
    return solution.expectation.permitted == {Verdict.ACCEPTED}


def may_fail(solution: Submission) -> bool:
    """Whether a solution is there to be told from right ones by some test; one that must not compile is not."""
    return bool(solution.expectation.permitted - {Verdict.ACCEPTED, Verdict.COMPILE_ERROR})
