"""A verification as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.commands.mutants import mutation_json
from api.commands.verified import Policy, Verified
from judge.validation import SolutionReport
from runner.record import Json, in_order, judge_record
from runner.validation_record import validation_record

_PARTS = ("ok", "checksHold", "checkerChecks", "inputChecks", "timing", "findings")


def verification_json(packages: Sequence[Verified], policy: Policy) -> Json:
    """All packages of one ``syncode verify``."""
    shown = [_package(verified, policy) for verified in packages]
    return {"holds": all(package["holds"] for package in shown), "packages": shown}


def _package(verified: Verified, policy: Policy) -> Json:
    package, validation = verified.report.package, verified.validation
    found: dict[str, Any] = dict.fromkeys(_PARTS)
    if validation is not None:
        record = validation_record(validation, ids={})
        found = {name: record[name] for name in _PARTS}
    return {
        "id": package.id,
        "name": package.metadata.name,
        "path": str(verified.place),
        "totalTestCases": len(package.problem.cases),
        "unsupported": list(package.unsupported),
        "warnings": list(verified.warnings),
        "holds": policy.holds(verified) and verified.report.holds,
        **found,
        "solutions": [_solution(solution) for solution in verified.report.solutions],
        "mutation": None if verified.mutation is None else mutation_json(verified.mutation),
    }


def _solution(report: SolutionReport) -> Json:
    submission, result = report.submission, report.result
    return {
        "path": submission.path,
        "language": submission.language.id,
        "languageVersion": submission.language.version.id,
        "expectation": {
            "permitted": in_order(submission.expectation.permitted),
            "required": in_order(submission.expectation.required),
        },
        "holds": report.holds,
        "unmet": list(report.unmet),
        "repeats": [again.verdict.value for again in report.results],
        **{name: value for name, value in judge_record(result).items() if name != "totalTestCases"},
    }
