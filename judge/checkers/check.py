"""The one door to the checkers."""

from __future__ import annotations

from typing import assert_never

from judge.checkers.lines import check_exact, check_trimmed, check_unordered_lines
from judge.checkers.rules import Checker, CheckResult, Exact, Float, Tokens, Trimmed, UnorderedLines
from judge.checkers.streams import Content
from judge.checkers.tokens import check_tokens


def check(checker: Checker, expected: Content, actual: Content) -> CheckResult:
    """Judge an output against what is expected. Pure: the same answer for the same bytes, however they are cut.

    Takes memory for a few blocks of each stream, or for its longest token or run of whitespace where that is longer;
    ``unordered_lines`` holds every different line.
    """
    match checker:
        case Exact():
            return check_exact(expected, actual)
        case Trimmed():
            return check_trimmed(expected, actual)
        case Tokens() | Float():
            return check_tokens(checker, expected, actual)
        case UnorderedLines():
            return check_unordered_lines(checker, expected, actual)
        case _:
            assert_never(checker)
