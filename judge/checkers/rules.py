"""The rules by which an output may be judged, as values, and what a judgement says.

``Exact``            equal byte for byte.
``Trimmed``          equal after removing trailing whitespace of every line and trailing empty lines. Lines end in LF.
``Tokens``           equal sequence of tokens. Tokens are what stands between runs of whitespace (space, tab, LF, CR,
                     VT, FF); runs at the ends do not count.
``Float``            as ``Tokens``, except that a token which is a decimal number in the expected output matches every
                     decimal number within the absolute **or** the relative error (relative to the expected number).
                     ``inf``, ``nan`` and hexadecimal are text; so is a token longer than 1000 bytes.
``UnorderedLines``   the same lines, each as often, in any order, after the rule of ``Trimmed``.

Letters are folded, where case does not count, from A to Z only: bytes beyond ASCII must always be the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from judge.errors import CheckerError


class CheckerType(StrEnum):
    """The built-in checkers (the wire's names)."""

    TRIMMED = "trimmed"
    EXACT = "exact"
    TOKENS = "tokens"
    FLOAT = "float"
    UNORDERED_LINES = "unordered_lines"


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Trailing whitespace and trailing empty lines do not count."""

    type: ClassVar[CheckerType] = CheckerType.TRIMMED


@dataclass(frozen=True, slots=True)
class Exact:
    """Every byte counts."""

    type: ClassVar[CheckerType] = CheckerType.EXACT


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens count, as text. With ``space_sensitive`` every run of whitespace must be the same too."""

    type: ClassVar[CheckerType] = CheckerType.TOKENS

    case_sensitive: bool = True
    space_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Float:
    """Tokens count, numbers by value. A tolerance of 0 is off; with both off numbers must be equal by value.

    Raises :class:`CheckerError` for a tolerance that is negative or not finite.
    """

    type: ClassVar[CheckerType] = CheckerType.FLOAT

    absolute_tolerance: float = 1e-6
    relative_tolerance: float = 1e-6
    case_sensitive: bool = True
    space_sensitive: bool = False

    def __post_init__(self) -> None:
        for name in ("absolute_tolerance", "relative_tolerance"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise CheckerError(f"{name} must be a finite number that is not negative, is {value}")


@dataclass(frozen=True, slots=True)
class UnorderedLines:
    """Lines count, their order does not. With ``unordered_tokens`` the order of tokens within a line neither."""

    type: ClassVar[CheckerType] = CheckerType.UNORDERED_LINES

    ignore_blank_lines: bool = True
    unordered_tokens: bool = False


Checker = Trimmed | Exact | Tokens | Float | UnorderedLines


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A checker's answer.

    ``message``       where the outputs differ, in a few hundred characters at most, or what the checker's program has
                      to say to authors; may be empty. It may quote the expected output, so it is for those only who
                      may see that
    ``team_message``  what the checker's program has to say to whoever wrote the program; empty: nothing
    ``multiplier``    what part of its points an accepted test earns, as the checker's program says; ``None``: it
                      does not say
    ``points``        the points themselves, as it says; ``None``: it does not say
    """

    accepted: bool
    message: str = ""
    team_message: str = ""
    multiplier: float | None = None
    points: float | None = None


ACCEPTED = CheckResult(accepted=True)


def refused(message: str) -> CheckResult:
    """A refusal that says why."""
    return CheckResult(accepted=False, message=message)
