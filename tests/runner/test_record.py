from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from judge import Source, Verdict
from languages import Language
from runner import RunResult
from runner.record import run_record
from sandboxes import Ending, Evidence, Isolation, LimitKind, Outcome, Usage

MOMENT = datetime(2026, 3, 3, 12, 0, 0, 50_000, tzinfo=UTC)
OUTCOME = Outcome(
    ending=Ending.CPU_LIMIT,
    exit_code=137,
    signal=9,
    step=0,
    limit=LimitKind.CPU_TIME,
    evidence=Evidence(LimitKind.CPU_TIME, 10_000, 10_003, "ms", "cpuacct.usage"),
    usage=Usage(wall_ms=10_240.4, cpu_ms=10_003.2, memory_bytes=9_856_614, oom_kills=0, stdout_bytes=5, stderr_bytes=0),
    stdout=b"1\n\xff\n",
    stderr=b"",
    isolation=Isolation("nsjail", "v2", "memory.peak", True, ("user", "pid"), True, False, False),
)


def result(languages: Mapping[str, Language], **changes: Any) -> RunResult:
    whole = RunResult(
        source=Source.of(languages["python"], b"while True: pass\n"),
        verdict=Verdict.TIME_LIMIT_EXCEEDED,
        message="CPU time limit of 10000 ms exceeded",
        compilation=None,
        outcome=OUTCOME,
        created_at=MOMENT,
        started_at=MOMENT,
        completed_at=MOMENT + timedelta(seconds=10),
        attempts=1,
    )
    return replace(whole, **changes)


def test_a_run_has_the_names_and_units_of_the_wire(languages: Mapping[str, Language]) -> None:
    assert run_record(result(languages)) == {
        "status": "failed",
        "verdict": "time_limit_exceeded",
        "stdout": "1\n\ufffd\n",
        "stderr": "",
        "exitCode": 137,
        "signal": "SIGKILL",
        "durationMs": 10240,
        "cpuTimeMs": 10003,
        "memoryUsageMb": 9.4,
        "timedOut": True,
        "limitHit": "cpu_time",
        "evidence": {
            "limit": "cpu_time",
            "limitValue": 10_000,
            "measured": 10_003,
            "unit": "ms",
            "fact": "cpuacct.usage",
        },
        "outputTruncated": True,
        "stdoutBytes": 5,
        "stderrBytes": 0,
        "error": "CPU time limit of 10000 ms exceeded",
        "compile": None,
        "isolation": {
            "backend": "nsjail",
            "cgroup": "v2",
            "memoryAccounting": "memory.peak",
            "seccomp": True,
            "namespaces": ["user", "pid"],
            "separateUid": True,
            "network": False,
            "warm": False,
            "missing": [],
        },
        "language": "python",
        "languageVersion": languages["python"].version.id,
        "attempts": 1,
        "createdAt": "2026-03-03T12:00:00.050Z",
        "startedAt": "2026-03-03T12:00:00.050Z",
        "completedAt": "2026-03-03T12:00:10.050Z",
    }


def test_a_program_that_never_started_has_no_exit_code_and_no_measures(languages: Mapping[str, Language]) -> None:
    value = run_record(result(languages, verdict=Verdict.COMPILE_ERROR, outcome=None))
    nothing = {
        name: value[name] for name in ("exitCode", "signal", "cpuTimeMs", "memoryUsageMb", "limitHit", "evidence")
    }
    assert set(nothing.values()) == {None}
    assert (value["status"], value["durationMs"], value["stdoutBytes"]) == ("failed", 0, 0)
