"""The service's metrics (API.md 15.2). Labels come from closed sets; none is ever an id or a path as it was sent."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
MEMORY_BYTES: Final = tuple((1 << 20) << doubling for doubling in range(13))
"""1 MiB to 4 GiB."""

JOB_KINDS: Final = ("run", "submission", "batch", "validation")
WORKER_STATES: Final = ("idle", "busy", "draining")


class Metrics:
    """Those of one process, in a registry of their own. ``commit``: what the service was built from.

    Gauges are set when they are read, by ``health/gauges.py``; the rest is counted where it happens.
    """

    def __init__(self, *, version: str = "unknown", commit: str = "unknown") -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # else each counter has one series more
        self.registry = CollectorRegistry()

        self.http_requests = self._counter("http_requests_total", "Requests answered", "method", "route", "status")
        self.http_seconds = self._seconds(
            "http_request_duration_seconds", "From the request to the end of its answer", "method", "route"
        )
        self.rate_limited = self._counter("rate_limited_total", "Requests refused by a limit", "scope")

        self.jobs_submitted = self._counter(
            "execution_jobs_submitted_total", "Jobs accepted, one for each input of a batch", "kind", "language"
        )
        self.jobs_finished = self._counter(
            "execution_jobs_finished_total",
            "Jobs that ended, by how; the verdict is empty where there is none",
            "kind",
            "language",
            "status",
            "verdict",
        )
        self.queue_depth = self._gauge("execution_queue_depth", "Jobs that wait for a worker", "kind")
        self.queue_wait_seconds = self._seconds(
            "execution_queue_wait_seconds", "From the acceptance of a job to its start", "kind"
        )
        self.jobs_in_progress = self._gauge("execution_jobs_in_progress", "Jobs being executed", "kind")
        self.workers = self._gauge("execution_workers", "Slots for jobs, by what they do", "state")
        self.execution_seconds = self._seconds(
            "execution_duration_seconds", "Wall time of one step of a job", "language", "phase"
        )
        self.cpu_seconds = self._seconds("execution_cpu_seconds", "CPU time of one program's run", "language")
        self.memory_bytes = Histogram(
            "syncode_execution_memory_bytes",
            "Peak memory of one program's run",
            ("language",),
            buckets=MEMORY_BYTES,
            registry=self.registry,
        )
        self.overhead_seconds = self._seconds(
            "execution_overhead_seconds", "What a sandbox costs beside the program in it", "stage"
        )
        self.limit_hits = self._counter(
            "execution_limit_hits_total", "Programs that were ended by a limit", "language", "limit"
        )
        self.output_truncated = self._counter(
            "execution_output_truncated_total", "Outputs of which only the beginning was kept", "stream"
        )
        self.sandbox_failures = self._counter(
            "execution_sandbox_failures_total", "Sandboxes that failed, which is never the program's fault", "reason"
        )
        self.retries = self._counter("execution_retries_total", "Jobs that were executed once more", "reason")
        self.cancellations = self._counter("execution_cancellations_total", "Jobs that were cancelled", "kind")
        self.compile_cache = self._counter(
            "execution_compile_cache_total", "Compilations looked up in the cache", "result"
        )
        self.streams_open = self._gauge("execution_streams_open", "Progress streams being read", "kind")
        self.test_cases = self._counter(
            "submission_test_cases_total", "Test cases judged, by verdict", "language", "verdict"
        )
        self.judging_seconds = self._seconds(
            "submission_judging_seconds", "From the start of a submission to its verdict", "language"
        )
        self.circuit_state = self._gauge("circuit_state", "0 closed, 1 half-open, 2 open", "circuit")

        self.rooms = self._gauge("rooms", "Rooms, by phase and mode", "status", "mode")
        self.build_info = self._gauge("build_info", "What is running; always 1", "version", "commit")
        self.build_info.labels(version, commit).set(1)

        for kind in JOB_KINDS:
            self.queue_depth.labels(kind).set(0)
            self.jobs_in_progress.labels(kind).set(0)
        for kind in ("run", "submission", "validation"):
            self.streams_open.labels(kind).set(0)
        for state in WORKER_STATES:
            self.workers.labels(state).set(0)

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"syncode_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"syncode_{name}", meaning, labels, registry=self.registry)

    def _seconds(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"syncode_{name}", meaning, labels, buckets=SECONDS, registry=self.registry)
