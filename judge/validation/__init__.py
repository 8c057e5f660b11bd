"""Validating problems: what their reference solutions, their checkers and their input validators say about them."""

from judge.validation.authored import Authored, may_fail, must_pass
from judge.validation.conclusion import conclude
from judge.validation.finding import Finding, FindingKind
from judge.validation.report import CheckerCheck, InputCheck, SolutionReport, Validation
from judge.validation.timing import LanguageTiming, Timing

__all__ = [
    "Authored",
    "CheckerCheck",
    "Finding",
    "FindingKind",
    "InputCheck",
    "LanguageTiming",
    "SolutionReport",
    "Timing",
    "Validation",
    "conclude",
    "may_fail",
    "must_pass",
]
