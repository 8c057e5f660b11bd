"""Built-in checkers as flags of the format's default output validator."""

from __future__ import annotations

from typing import assert_never

from judge.checkers import Checker, Exact, Float, Tokens, Trimmed, UnorderedLines


def flags_of(checker: Checker) -> tuple[str, ...]:
    """The flags that ask the default validator for what comes nearest to the checker.

    :func:`judge.checkers.checker_from_flags` gives the same checker again, unless the validator has no such rule: it
    knows neither lines that may end in blanks nor lines in any order.
    """
    match checker:
        case Exact():
            return ("case_sensitive", "space_change_sensitive")
        case Trimmed() | UnorderedLines():
            return ("case_sensitive",)
        case Tokens():
            return _words(checker)
        case Float():
            return (*_words(checker), *_tolerances(checker.absolute_tolerance, checker.relative_tolerance))
        case _:
            assert_never(checker)


def _words(checker: Tokens | Float) -> tuple[str, ...]:
    words = {"case_sensitive": checker.case_sensitive, "space_change_sensitive": checker.space_sensitive}
    return tuple(word for word, asked in words.items() if asked)


def _tolerances(absolute: float, relative: float) -> tuple[str, ...]:
    if absolute == relative:
        return ("float_tolerance", repr(absolute))
    flags = {"float_absolute_tolerance": absolute, "float_relative_tolerance": relative}
    return tuple(word for flag, value in flags.items() if value for word in (flag, repr(value)))
