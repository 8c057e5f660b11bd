"""A verification as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from runner import PackageReport, SolutionReport
from runner.record import Json, in_order, judge_record


def verification_json(reports: Iterable[PackageReport]) -> Json:
    """All packages of one ``syncode verify``."""
    packages = [_package(report) for report in reports]
    return {"holds": all(package["holds"] for package in packages), "packages": packages}


def _package(report: PackageReport) -> Json:
    package = report.package
    return {
        "id": package.id,
        "name": package.metadata.name,
        "path": str(package.path),
        "totalTestCases": len(package.problem.cases),
        "unsupported": list(package.unsupported),
        "warnings": list(package.warnings),
        "holds": report.holds,
        "solutions": [_solution(solution) for solution in report.solutions],
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
        **{name: value for name, value in judge_record(result).items() if name != "totalTestCases"},
    }
