"""What jobs tell the metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.metrics import Metrics
from judge import Verdict
from runner.events import JobResult
from runner.jobs import Job, JobKind

Record = dict[str, Any]

_MIB = 1 << 20


def measure_start(metrics: Metrics, job: Job, at: datetime) -> None:
    """A job is being done since ``at``."""
    waited_s = max(0.0, (at - job.created_at).total_seconds())
    metrics.queue_wait_seconds.labels(job.kind.value).observe(waited_s)


def measure(metrics: Metrics, job: Job, result: JobResult) -> None:
    """A job is done; to be told once."""
    language, kind = job.language, job.kind.value
    record = result.records[job.id]
    if result.verdict is Verdict.CANCELLED:
        metrics.cancellations.labels(kind).inc()
    if result.fault is not None:
        metrics.sandbox_failures.labels("job").inc()
    if job.kind is JobKind.VALIDATION:
        _measure_validation(metrics, job, result)
        return
    _measure_compilation(metrics, language, record["compile"])
    match job.kind:
        case JobKind.SUBMISSION:
            status = "failed" if result.verdict in {Verdict.INTERNAL_ERROR, Verdict.CANCELLED} else "completed"
            metrics.jobs_finished.labels(kind, language, status, result.verdict.value).inc()
            if result.started_at is not None:
                seconds = (result.completed_at - result.started_at).total_seconds()
                metrics.judging_seconds.labels(language).observe(seconds)
            for case in record["testCases"]:
                metrics.test_cases.labels(language, case["verdict"]).inc()
                _measure_run(metrics, language, case)
        case _:
            for id_ in job.ids[-max(1, len(job.ids) - 1) :]:
                run = result.records[id_]
                metrics.jobs_finished.labels(kind, language, run["status"], run["verdict"]).inc()
                _measure_run(metrics, language, run)


def _measure_validation(metrics: Metrics, job: Job, result: JobResult) -> None:
    status = "failed" if result.verdict in {Verdict.INTERNAL_ERROR, Verdict.CANCELLED} else "completed"
    metrics.jobs_finished.labels(job.kind.value, job.language, status, result.verdict.value).inc()
    for solution in result.records[job.id]["solutions"]:
        for case in solution["testCases"]:
            metrics.test_cases.labels(solution["language"], case["verdict"]).inc()


def _measure_compilation(metrics: Metrics, language: str, record: Record | None) -> None:
    if record is not None:
        metrics.compile_cache.labels("hit" if record["cached"] else "miss").inc()
        metrics.execution_seconds.labels(language, "compile").observe(record["durationMs"] / 1000)


def _measure_run(metrics: Metrics, language: str, record: Record) -> None:
    """One execution of a program: a run, or a test."""
    if record["isolation"] is None:
        return  # it was never started
    metrics.execution_seconds.labels(language, "run").observe((record["durationMs"] or 0) / 1000)
    if record["cpuTimeMs"] is not None:
        metrics.cpu_seconds.labels(language).observe(record["cpuTimeMs"] / 1000)
    if record["memoryUsageMb"] is not None:
        metrics.memory_bytes.labels(language).observe(record["memoryUsageMb"] * _MIB)
    if record["limitHit"] is not None:
        metrics.limit_hits.labels(language, record["limitHit"]).inc()
    if record["attempts"] > 1:
        metrics.retries.labels("sandbox").inc(record["attempts"] - 1)
    if record["outputTruncated"]:
        larger = (
            "stderr" if record["stderrBytes"] > record["stdoutBytes"] else "stdout"
        )  # which is the one that was cut
        metrics.output_truncated.labels(larger).inc()
