"""Pure judges of an output against what is expected."""

from judge.checkers.check import check
from judge.checkers.flags import checker_from_flags
from judge.checkers.rules import Checker, CheckerType, CheckResult, Exact, Float, Tokens, Trimmed, UnorderedLines
from judge.checkers.streams import Content

__all__ = [
    "CheckResult",
    "Checker",
    "CheckerType",
    "Content",
    "Exact",
    "Float",
    "Tokens",
    "Trimmed",
    "UnorderedLines",
    "check",
    "checker_from_flags",
]
