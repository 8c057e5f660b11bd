"""What a validation has to say to a problem's authors beside verdicts: one value per finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_NAMED: Final = 5
"""How many tests or solutions a sentence names; a finding holds all of them."""


class FindingKind(StrEnum):
    """The kinds of findings (the wire's names)."""

    NO_ACCEPTED_SOLUTION = "no_accepted_solution"
    NO_WRONG_SOLUTION = "no_wrong_solution"
    UNINSTALLED_LANGUAGE = "uninstalled_language"
    NONDETERMINISM = "nondeterminism"
    BORDERLINE = "borderline"
    TIGHT_LIMIT = "tight_limit"
    UNFAILED_TEST = "unfailed_test"
    UNFAILED_SAMPLE = "unfailed_sample"
    IDENTICAL_TESTS = "identical_tests"
    CONTRADICTING_TESTS = "contradicting_tests"
    REPEATED_TESTS = "repeated_tests"
    HIDDEN_SAMPLE = "hidden_sample"
    NO_SAMPLE = "no_sample"
    CARRIAGE_RETURN = "carriage_return"
    NO_FINAL_NEWLINE = "no_final_newline"
    NO_INPUT_VALIDATOR = "no_input_validator"

    @property
    def note(self) -> bool:
        """Whether it is common in problems that are as they should be."""
        return self in {FindingKind.UNFAILED_SAMPLE, FindingKind.REPEATED_TESTS}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know.

    ``message``    one sentence without a full stop
    ``tests``      indices of the tests that it is about
    ``solutions``  paths of the solutions that it is about
    ``part``       of the tests' data, what it is about: ``in`` or ``ans``; ``None``: neither alone
    """

    kind: FindingKind
    message: str
    tests: tuple[int, ...] = ()
    solutions: tuple[str, ...] = ()
    part: str | None = None


def some(names: Sequence[str]) -> str:
    """The names in a row; of many the first ones and how many more there are."""
    if len(names) <= MOST_NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
