"""What a result is: programs, tests, checkers, verdicts, and the problem packages they come from."""

from judge.cache import CacheKey, CompileCache
from judge.checkers import (
    Checker,
    CheckerType,
    CheckResult,
    Exact,
    Float,
    Tokens,
    Trimmed,
    UnorderedLines,
    check,
    checker_from_flags,
)
from judge.compilation import CompileResult
from judge.custom import Custom, JudgeProgram
from judge.diagnostics import Diagnostic, Severity
from judge.errors import ArtefactError, CheckerError, JudgeError, PackageError, SourceError
from judge.judging import OnCase, OnCompile, judge, judge_program
from judge.limits import LanguageLimits, ProblemLimits, RunLimits, case_limits, compile_limits, run_limits
from judge.packages import Expectation, InputValidator, Package, Submission, TimeRole, read_package
from judge.problem import Problem
from judge.program import MOST_ATTEMPTS, Place, Program, run_while_checked
from judge.result import CaseResult, JudgeResult
from judge.scoring import Aggregation, Group, GroupScore, Score, Scoring
from judge.selftest import prove
from judge.source import PACKAGED, SUBMITTED, Source, SourceRules
from judge.testcase import Data, TestCase
from judge.verdict import Verdict, overall, reason, run_verdict, verdict_text

__all__ = [
    "MOST_ATTEMPTS",
    "PACKAGED",
    "SUBMITTED",
    "Aggregation",
    "ArtefactError",
    "CacheKey",
    "CaseResult",
    "CheckResult",
    "Checker",
    "CheckerError",
    "CheckerType",
    "CompileCache",
    "CompileResult",
    "Custom",
    "Data",
    "Diagnostic",
    "Exact",
    "Expectation",
    "Float",
    "Group",
    "GroupScore",
    "InputValidator",
    "JudgeError",
    "JudgeProgram",
    "JudgeResult",
    "LanguageLimits",
    "OnCase",
    "OnCompile",
    "Package",
    "PackageError",
    "Place",
    "Problem",
    "ProblemLimits",
    "Program",
    "RunLimits",
    "Score",
    "Scoring",
    "Severity",
    "Source",
    "SourceError",
    "SourceRules",
    "Submission",
    "TestCase",
    "TimeRole",
    "Tokens",
    "Trimmed",
    "UnorderedLines",
    "Verdict",
    "case_limits",
    "check",
    "checker_from_flags",
    "compile_limits",
    "judge",
    "judge_program",
    "overall",
    "prove",
    "read_package",
    "reason",
    "run_limits",
    "run_verdict",
    "run_while_checked",
    "verdict_text",
]
