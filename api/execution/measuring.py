"""What jobs tell the metrics when they are settled. What their programs did is measured where they were carried out."""

from __future__ import annotations

from datetime import UTC, datetime

from api.metrics import Metrics
from judge import Verdict
from runner.events import JobResult
from runner.jobs import Job, JobKind

_UNDECIDED = frozenset({Verdict.INTERNAL_ERROR, Verdict.CANCELLED})


def measure_start(metrics: Metrics, job: Job, at: datetime) -> None:
    """A job is being done since ``at``."""
    waited_s = max(0.0, (at - job.created_at).total_seconds())
    metrics.queue_wait_seconds.labels(job.kind.value).observe(waited_s)


def measure(metrics: Metrics, job: Job, result: JobResult) -> None:
    """The result of a job is kept; to be told once."""
    language, kind = job.language, job.kind.value
    # clocks of two hosts may differ by more than it took
    lag_s = max(0.0, (datetime.now(UTC) - result.completed_at).total_seconds())
    metrics.result_lag_seconds.labels(kind).observe(lag_s)
    if result.verdict is Verdict.CANCELLED:
        metrics.cancellations.labels(kind).inc()
    match job.kind:
        case JobKind.SUBMISSION | JobKind.VALIDATION:
            status = "failed" if result.verdict in _UNDECIDED else "completed"
            metrics.jobs_finished.labels(kind, language, status, result.verdict.value).inc()
        case JobKind.RUN | JobKind.BATCH:
            for id_ in job.ids[-max(1, len(job.ids) - 1) :]:
                run = result.records[id_]
                metrics.jobs_finished.labels(kind, language, run["status"], run["verdict"]).inc()
    if job.kind is JobKind.SUBMISSION and result.started_at is not None:
        seconds = (result.completed_at - result.started_at).total_seconds()
        metrics.judging_seconds.labels(language).observe(seconds)
