"""Built-in checkers between packages, which say flags of the format's default validator, and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from judge import Checker, Custom, Exact, Float, Problem, Tokens, Trimmed, UnorderedLines

Json = dict[str, Any]

_DEFAULT: Final = Tokens(case_sensitive=False)
"""What the default validator does without flags: no flags of a test can ask for it."""


@dataclass(frozen=True, slots=True)
class Checking:
    """How a problem's tests are checked.

    ``checker``   of the problem, as on the wire
    ``flags``     of tests that have another, by name
    ``warnings``  what the wire has no words for
    """

    checker: Json
    flags: Mapping[str, Sequence[str]]
    warnings: Sequence[str] = ()


def checking(problem: Problem) -> Checking:
    """How a problem that no program judges is checked.

    Where any test wants the default validator without flags, that is the problem's checker: a test cannot say so.
    Raises ``ValueError`` for a checker that is a program, and where flags cannot say what tests want.
    """
    if isinstance(problem.checker, Custom):
        raise ValueError("the checker is a program")  # noqa: TRY004 - the value is wrong for this, its type is not
    own = {case.name: case.checker or problem.checker for case in problem.cases}
    usual = _DEFAULT if _DEFAULT in own.values() else problem.checker
    checker, warnings = stored_checker(usual)
    return Checking(checker, _flags(own, usual), warnings)


def _flags(own: Mapping[str, Checker], usual: Checker) -> dict[str, Sequence[str]]:
    return {name: flags_of(checker) for name, checker in own.items() if checker != usual}


def flags_of(checker: Checker) -> list[str]:
    """The flags with which the default validator is that checker. Raises ``ValueError`` where there are none."""
    match checker:
        case Exact():
            return ["case_sensitive", "space_change_sensitive"]
        case Tokens() | Float():
            flags = ["case_sensitive"] if checker.case_sensitive else []
            flags += ["space_change_sensitive"] if checker.space_sensitive else []
            if isinstance(checker, Float):
                flags += ["float_absolute_tolerance", repr(checker.absolute_tolerance)]
                flags += ["float_relative_tolerance", repr(checker.relative_tolerance)]
            return flags
        case Trimmed() | UnorderedLines():
            raise ValueError(f"the default validator has no flags for {checker.type.value}")


def stored_checker(checker: Checker) -> tuple[Json, Sequence[str]]:
    """A built-in checker as on the wire, and what the wire has no words for."""
    kind = checker.type.value
    match checker:
        case Tokens(case_sensitive=case_sensitive, space_sensitive=True):
            ignored = () if case_sensitive else ("the case of letters counts: every byte of an output does",)
            return {"type": Exact.type.value}, ignored
        case Tokens(case_sensitive=case_sensitive):
            return {"type": kind, "options": {"caseSensitive": case_sensitive}}, ()
        case Float():
            options = {
                "absoluteTolerance": checker.absolute_tolerance,
                "relativeTolerance": checker.relative_tolerance,
                "caseSensitive": checker.case_sensitive,
            }
            ignored = ("whitespace between numbers only separates them",) if checker.space_sensitive else ()
            return {"type": kind, "options": options}, ignored
        case UnorderedLines():
            options = {
                "ignoreBlankLines": checker.ignore_blank_lines,
                "unorderedTokens": checker.unordered_tokens,
            }
            return {"type": kind, "options": options}, ()
        case Exact() | Trimmed():
            return {"type": kind}, ()
