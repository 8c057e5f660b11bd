"""Results as JSON: the wire's names and units. Program output is decoded as UTF-8, invalid bytes become U+FFFD."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from judge import CaseResult, CompileResult, Diagnostic, Verdict
from runner import PackageReport, RunResult, SolutionReport
from sandboxes import MIB, Evidence, Isolation

Json = dict[str, object]

_WELL_ENDED: Final = frozenset({Verdict.ACCEPTED, Verdict.WRONG_ANSWER})


def run_json(result: RunResult) -> Json:
    """One run, whether or not its program ever started."""
    outcome = result.outcome
    language = result.source.language
    return {
        "status": "completed" if result.verdict in _WELL_ENDED else "failed",
        "verdict": result.verdict.value,
        "stdout": _text(outcome.stdout if outcome else b""),
        "stderr": _text(outcome.stderr if outcome else b""),
        "exitCode": outcome.exit_code if outcome else None,
        "signal": outcome.signal_name if outcome else None,
        "durationMs": round(outcome.usage.wall_ms) if outcome else 0,
        "cpuTimeMs": _whole(outcome.usage.cpu_ms) if outcome else None,
        "memoryUsageMb": _mib(outcome.usage.memory_bytes) if outcome else None,
        "timedOut": result.verdict is Verdict.TIME_LIMIT_EXCEEDED,
        "limitHit": outcome.limit.value if outcome and outcome.limit else None,
        "evidence": _evidence(outcome.evidence if outcome else None),
        "outputTruncated": bool(outcome and (outcome.stdout_truncated or outcome.stderr_truncated)),
        "stdoutBytes": outcome.usage.stdout_bytes if outcome else 0,
        "stderrBytes": outcome.usage.stderr_bytes if outcome else 0,
        "error": result.message,
        "compile": compile_json(result.compilation),
        "isolation": _isolation(outcome.isolation if outcome else None),
        "language": language.id,
        "languageVersion": language.version.id,
        "attempts": result.attempts,
        "createdAt": _moment(result.created_at),
        "startedAt": _moment(result.started_at),
        "completedAt": _moment(result.completed_at),
    }


def compile_json(result: CompileResult | None) -> Json | None:
    """A compilation; ``None`` where there was none."""
    if result is None:
        return None
    return {
        "ok": result.ok,
        "error": result.message,
        "exitCode": result.exit_code,
        "stdout": _text(result.stdout),
        "stderr": _text(result.stderr),
        "durationMs": round(result.wall_ms),
        "cpuTimeMs": _whole(result.cpu_ms),
        "memoryUsageMb": _mib(result.memory_bytes),
        "timedOut": result.timed_out,
        "limitHit": result.limit.value if result.limit else None,
        "evidence": _evidence(result.evidence),
        "outputTruncated": result.output_truncated,
        "cached": result.cached,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
    }


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
            "permitted": _in_order(submission.expectation.permitted),
            "required": _in_order(submission.expectation.required),
        },
        "holds": report.holds,
        "unmet": list(report.unmet),
        "verdict": result.verdict.value,
        "error": result.message,
        "passedTestCases": result.passed,
        "failedTestCases": result.failed,
        "errorTestCases": result.errors,
        "skippedTestCases": result.skipped,
        "totalDurationMs": round(result.wall_ms),
        "maxCpuTimeMs": _whole(result.cpu_ms),
        "maxMemoryUsageMb": _mib(result.memory_bytes),
        "compile": compile_json(result.compilation),
        "testCases": [_case(case) for case in result.cases],
    }


def _case(case: CaseResult) -> Json:
    return {
        "testCaseIndex": case.index,
        "name": case.name,
        "isHidden": not case.sample,
        "group": case.group,
        "passed": case.passed,
        "verdict": case.verdict.value,
        "durationMs": _whole(case.wall_ms),
        "cpuTimeMs": _whole(case.cpu_ms),
        "memoryUsageMb": _mib(case.memory_bytes),
        "timedOut": case.timed_out,
        "limitHit": case.limit.value if case.limit else None,
        "evidence": _evidence(case.evidence),
        "exitCode": case.exit_code,
        "signal": case.signal,
        "errorMessage": case.message,
        "checkerMessage": case.checker_message,
        "stdout": _text(case.stdout),
        "stderr": _text(case.stderr),
        "stdoutBytes": case.stdout_bytes,
        "stderrBytes": case.stderr_bytes,
        "outputTruncated": case.output_truncated,
        "attempts": case.attempts,
        "runs": case.runs,
        "isolation": _isolation(case.isolation),
        "fault": case.fault,
    }


def _evidence(evidence: Evidence | None) -> Json | None:
    if evidence is None:
        return None
    return {
        "limit": evidence.limit.value,
        "limitValue": evidence.limit_value,
        "measured": evidence.measured,
        "unit": evidence.unit,
        "fact": evidence.fact,
    }


def _isolation(isolation: Isolation | None) -> Json | None:
    if isolation is None:
        return None
    return {
        "backend": isolation.backend,
        "cgroup": isolation.cgroup,
        "memoryAccounting": isolation.memory_accounting,
        "seccomp": isolation.seccomp,
        "namespaces": list(isolation.namespaces),
        "separateUid": isolation.separate_uid,
        "network": isolation.network,
        "warm": isolation.warm,
        "missing": list(isolation.missing),
    }


def _diagnostic(diagnostic: Diagnostic) -> Json:
    return {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
    }


def _in_order(verdicts: frozenset[Verdict]) -> list[str]:
    return [verdict.value for verdict in Verdict if verdict in verdicts]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _mib(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else round(size_bytes / MIB, 1)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
