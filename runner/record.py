"""Results as records: JSON that crosses processes, with the wire's names and units.

Program output is text in them, by a stated encoding. A record holds all there is to know: who may not see all of it
gets what ``api`` leaves of it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from judge import CaseResult, CompileResult, Diagnostic, GroupScore, JudgeResult, Verdict
from runner.execution import RunResult
from sandboxes import MIB, Evidence, Isolation

Json = dict[str, Any]


class Encoding(StrEnum):
    """How bytes become text: as UTF-8, invalid ones as U+FFFD, or in base64, every one kept."""

    UTF8 = "utf8"
    BASE64 = "base64"


_WELL_ENDED: Final = frozenset({Verdict.ACCEPTED, Verdict.WRONG_ANSWER})


def run_record(result: RunResult, *, encoding: Encoding = Encoding.UTF8) -> Json:
    """One run, whether or not its program ever started."""
    outcome, well_ended = result.outcome, result.verdict in _WELL_ENDED
    language = result.source.language
    return {
        "status": "completed" if well_ended else "failed",
        "verdict": result.verdict.value,
        "stdout": output_text(outcome.stdout if outcome else b"", encoding),
        "stderr": output_text(outcome.stderr if outcome else b"", encoding),
        "exitCode": outcome.exit_code if outcome else None,
        "signal": outcome.signal_name if outcome else None,
        "durationMs": round(outcome.usage.wall_ms) if outcome else 0,
        "cpuTimeMs": whole(outcome.usage.cpu_ms) if outcome else None,
        "memoryUsageMb": mib(outcome.usage.memory_bytes) if outcome else None,
        "timedOut": result.verdict is Verdict.TIME_LIMIT_EXCEEDED,
        "limitHit": outcome.limit.value if outcome and outcome.limit else None,
        "evidence": _evidence(outcome.evidence if outcome else None),
        "outputTruncated": bool(outcome and (outcome.stdout_truncated or outcome.stderr_truncated)),
        "stdoutBytes": outcome.usage.stdout_bytes if outcome else 0,
        "stderrBytes": outcome.usage.stderr_bytes if outcome else 0,
        "error": None if well_ended else result.message,
        "compile": compile_record(result.compilation),
        "isolation": _isolation(outcome.isolation if outcome else None),
        "language": language.id,
        "languageVersion": language.version.id,
        "attempts": result.attempts,
        "createdAt": moment_text(result.created_at),
        "startedAt": None if result.started_at is None else moment_text(result.started_at),
        "completedAt": moment_text(result.completed_at),
    }


def compile_record(result: CompileResult | None) -> Json | None:
    """A compilation; ``None`` where there was none."""
    if result is None:
        return None
    return {
        "ok": result.ok,
        "error": result.message,
        "exitCode": result.exit_code,
        "stdout": output_text(result.stdout),
        "stderr": output_text(result.stderr),
        "durationMs": round(result.wall_ms),
        "cpuTimeMs": whole(result.cpu_ms),
        "memoryUsageMb": mib(result.memory_bytes),
        "timedOut": result.timed_out,
        "limitHit": result.limit.value if result.limit else None,
        "evidence": _evidence(result.evidence),
        "outputTruncated": result.output_truncated,
        "cached": result.cached,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in result.diagnostics],
    }


def judge_record(result: JudgeResult, cases: Sequence[Json] | None = None) -> Json:
    """A whole submission. ``cases``: records of its tests that were made already."""
    return {
        "verdict": result.verdict.value,
        "error": result.message,
        "totalTestCases": len(result.cases),
        "passedTestCases": result.passed,
        "failedTestCases": result.failed,
        "errorTestCases": result.errors,
        "skippedTestCases": result.skipped,
        "totalDurationMs": round(result.wall_ms),
        "maxCpuTimeMs": whole(result.cpu_ms),
        "maxMemoryUsageMb": mib(result.memory_bytes),
        "score": result.score.score if result.score else None,
        "maxScore": result.score.max_score if result.score else None,
        "groups": [_group(group) for group in result.score.groups] if result.score else [],
        "compile": compile_record(result.compilation),
        "testCases": [case_record(case) for case in result.cases] if cases is None else list(cases),
    }


def _group(group: GroupScore) -> Json:
    return {
        "name": group.name,
        "score": group.score,
        "maxScore": group.max_score,
        "verdict": group.verdict.value,
    }


def case_record(case: CaseResult) -> Json:
    """One test of a submission."""
    return {
        "testCaseIndex": case.index,
        "name": case.name,
        "isHidden": not case.sample,
        "group": case.group,
        "passed": case.passed,
        "verdict": case.verdict.value,
        "durationMs": whole(case.wall_ms),
        "cpuTimeMs": whole(case.cpu_ms),
        "memoryUsageMb": mib(case.memory_bytes),
        "checkMs": milliseconds(case.check_ms),
        "timedOut": case.timed_out,
        "limitHit": case.limit.value if case.limit else None,
        "evidence": _evidence(case.evidence),
        "exitCode": case.exit_code,
        "signal": case.signal,
        "errorMessage": case.message,
        "checkerMessage": case.checker_message,
        "teamMessage": case.team_message,
        "stdout": output_text(case.stdout),
        "stderr": output_text(case.stderr),
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


def in_order(verdicts: frozenset[Verdict]) -> list[str]:
    """Verdicts by name, in their own order."""
    return [verdict.value for verdict in Verdict if verdict in verdicts]


def output_text(content: bytes, encoding: Encoding = Encoding.UTF8) -> str:
    """What a program wrote, as text."""
    return base64.b64encode(content).decode() if encoding is Encoding.BASE64 else content.decode("utf-8", "replace")


def whole(ms: float | None) -> int | None:
    """Whole milliseconds."""
    return None if ms is None else round(ms)


def milliseconds(ms: float | None) -> float | None:
    """Milliseconds to the microsecond, of what is often over in less than one."""
    return None if ms is None else round(ms, 3)


def mib(size_bytes: int | None) -> float | None:
    """MiB to one decimal."""
    return None if size_bytes is None else round(size_bytes / MIB, 1)


def moment_text(moment: datetime) -> str:
    """``2026-03-03T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
