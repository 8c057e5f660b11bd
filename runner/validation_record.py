"""A validation as a record: JSON that crosses processes, with the wire's names and units.

Everything in it is for people who may author the problem: they hear how a program of theirs that judges has failed, and
of no failure of ours more than that there was one.
"""

from __future__ import annotations

from collections.abc import Mapping

from judge import CaseResult
from judge.validation import CheckerCheck, Finding, InputCheck, LanguageTiming, SolutionReport, Timing, Validation
from runner.record import Json, compile_record, in_order, mib, whole


def validation_record(validation: Validation, *, ids: Mapping[str, str]) -> Json:
    """All of it. ``ids``: by a solution's path, what it is called by whoever asked."""
    return {
        "ok": validation.ok,
        "checksHold": validation.checks_hold,
        "solutions": [solution_record(solution, ids=ids) for solution in validation.solutions],
        "checkerChecks": [_checker_check(check) for check in validation.checker_checks],
        "inputChecks": [_input_check(check) for check in validation.input_checks],
        "timing": timing_record(validation.timing),
        "warnings": [finding.message for finding in validation.findings],
        "findings": [_finding(finding) for finding in validation.findings],
    }


def unvalidated_record(current_time_limit_ms: int) -> Json:
    """Of a validation that came to nothing."""
    nothing = Validation((), (), (), Timing(current_time_limit_ms), (), accepted_exists=False)
    return validation_record(nothing, ids={})


def solution_record(report: SolutionReport, *, ids: Mapping[str, str]) -> Json:
    """One solution. ``expectationMet`` is null where it could not be judged."""
    submission, result = report.submission, report.result
    compilation = result.compilation
    return {
        "solutionId": ids.get(submission.path),
        "name": submission.path,
        "language": submission.language.id,
        "languageVersion": submission.language.version.id,
        "permittedVerdicts": in_order(submission.expectation.permitted),
        "requiredVerdicts": in_order(submission.expectation.required),
        "timeRole": submission.time_role.value,
        "verdict": result.verdict.value,
        "error": result.fault if result.judge_failed else result.message,
        "score": result.score.score if result.score else None,
        "maxScore": result.score.max_score if result.score else None,
        "expectationMet": report.met,
        "unmet": list(report.unmet),
        "slowestCpuMs": whole(report.cpu_ms),
        "peakMemoryMb": mib(report.memory_bytes),
        "compile": None if compilation is None or compilation.ok else compile_record(compilation),
        "testCases": [_case(case) for case in result.cases],
    }


def _case(case: CaseResult) -> Json:
    return {
        "index": case.index,
        "name": case.name,
        "verdict": case.verdict.value,
        "cpuTimeMs": whole(case.cpu_ms),
        "durationMs": whole(case.wall_ms),
        "memoryUsageMb": mib(case.memory_bytes),
        "runs": case.runs,
        "error": case.message,
        "checkerMessage": case.fault if case.judge_failed else case.checker_message,
    }


def _checker_check(check: CheckerCheck) -> Json:
    return {"index": check.index, "accepted": check.accepted, "message": check.message}


def _input_check(check: InputCheck) -> Json:
    return {"validator": check.validator, "index": check.index, "accepted": check.accepted, "message": check.message}


def timing_record(timing: Timing) -> Json:
    """What was measured, and what follows from it for the time limit."""
    return {
        "slowestAcceptedMs": whole(timing.slowest_accepted_ms),
        "fastestTleMs": whole(timing.fastest_tle_ms),
        "fastestTleIsLowerBound": timing.fastest_tle_is_bound,
        "suggestedTimeLimitMs": timing.suggested_ms,
        "currentTimeLimitMs": timing.current_ms,
        "remark": timing.remark,
        "languages": [_language(language) for language in timing.languages],
    }


def _language(timing: LanguageTiming) -> Json:
    return {
        "language": timing.language,
        "timeLimitMs": timing.limit_ms,
        "multiplier": timing.multiplier,
        "slowestAcceptedMs": whole(timing.slowest_accepted_ms),
        "slowestSolution": timing.slowest[0] if timing.slowest else None,
        "slowestTestCase": timing.slowest[1] if timing.slowest else None,
        "fastestTleMs": whole(timing.fastest_tle_ms),
        "fastestTleIsLowerBound": timing.fastest_tle_is_bound,
        "suggestedMultiplier": timing.suggested_multiplier,
    }


def _finding(finding: Finding) -> Json:
    return {
        "kind": finding.kind.value,
        "note": finding.kind.note,
        "message": finding.message,
        "testCases": list(finding.tests),
        "solutions": list(finding.solutions),
        "part": finding.part,
    }
