"""The service's metrics (API.md 15.2). Labels come from closed sets; none is ever an id or a path as it was sent.

Where ``PROMETHEUS_MULTIPROC_DIR`` names a directory, all processes of one service keep their metrics in files there,
and whichever is asked answers for all of them. prometheus_client reads that variable when it is imported, so it is none
of the settings.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from runner.circuit import CircuitState
from runner.dispatch import Load
from runner.jobs import LANES
from runner.metrics import ExecutionMetrics, Instruments, process_registry
from runner.metrics.execution import circuit_gauge

JOB_KINDS: Final = tuple(kind.value for kind in LANES)
_LANES: Final = {kind.value: lane.value for kind, lane in LANES.items()}
_STREAM_KINDS: Final = ("run", "submission", "validation")
_DELIVERY_RESULTS: Final = ("delivered", "failed", "given_up")
_QUEUE: Final = "queue"
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """Those of one process, in a registry of their own. ``commit``: what the service was built from.

    ``execution``: those of carrying out jobs, where this process does; ``executes`` false: others do.
    Gauges are set when they are read, by ``health/gauges.py``; the rest is counted where it happens.
    """

    def __init__(self, *, version: str = "unknown", commit: str = "unknown", executes: bool = True) -> None:
        self._shared = _shared_directory()
        self.registry = process_registry(version=version, commit=commit)
        made = Instruments(self.registry)

        self.http_requests = made.counter("http_requests_total", "Requests answered", "method", "route", "status")
        self.http_seconds = made.seconds(
            "http_request_duration_seconds", "From the request to the end of its answer", "method", "route"
        )
        self.rate_limited = made.counter("rate_limited_total", "Requests refused by a limit", "scope")

        self.jobs_submitted = made.counter(
            "execution_jobs_submitted_total", "Jobs accepted, one for each input of a batch", "kind", "language"
        )
        self.jobs_finished = made.counter(
            "execution_jobs_finished_total",
            "Jobs that ended, by how; the verdict is empty where there is none",
            "kind",
            "language",
            "status",
            "verdict",
        )
        self.queue_depth = made.gauge("execution_queue_depth", "Jobs that wait for a worker", "kind")
        self.queue_age_seconds = made.gauge(
            "execution_queue_age_seconds",
            "How long the job that waits longest has waited; 0: none waits",
            "lane",
            "kind",
        )
        self.queue_wait_seconds = made.seconds(
            "execution_queue_wait_seconds", "From the acceptance of a job to its start", "kind"
        )
        self.jobs_in_progress = made.gauge("execution_jobs_in_progress", "Jobs being executed", "kind")
        self.pool_slots = made.gauge(
            "execution_pool_slots", "Slots of all workers that are known, by what they do", "state"
        )
        self.results_waiting = made.gauge(
            "execution_results_waiting", "Results of jobs that workers have done and that are not kept yet"
        )
        self.result_lag_seconds = made.seconds(
            "execution_result_lag_seconds", "From the end of a job to the keeping of its result", "kind"
        )
        self.cancellations = made.counter("execution_cancellations_total", "Jobs that were cancelled", "kind")
        self.webhook_deliveries = made.counter(
            "webhook_deliveries_total", "Attempts at deliveries to webhooks, by what came of them", "result"
        )
        self.streams_open = made.gauge("execution_streams_open", "Progress streams being read", "kind", among="livesum")
        self.judging_seconds = made.seconds(
            "submission_judging_seconds", "From the start of a submission to its verdict", "language"
        )
        self.circuit_state = circuit_gauge(made)
        self.execution = ExecutionMetrics(self.registry, circuit_state=self.circuit_state) if executes else None

        self.rooms = made.gauge("rooms", "Rooms, by phase and mode", "status", "mode")

        self.show_circuit(CircuitState.CLOSED)
        self.show_pool(Load({}, 0, 0))
        for kind in JOB_KINDS:
            self.queue_depth.labels(kind).set(0)
            self.show_queue_age(kind, 0)
            self.jobs_in_progress.labels(kind).set(0)
        for result in _DELIVERY_RESULTS:
            self.webhook_deliveries.labels(result)
        for kind in _STREAM_KINDS:
            self.streams_open.labels(kind).set(0)

    def show_queue_age(self, kind: str, seconds: float) -> None:
        """How long the oldest of the jobs of this kind that wait has waited."""
        self.queue_age_seconds.labels(_LANES[kind], kind).set(seconds)

    def show_circuit(self, state: CircuitState) -> None:
        """What the circuit breaker of the queue does now."""
        self.circuit_state.labels(_QUEUE).set(state)

    def show_pool(self, load: Load) -> None:
        """What all workers together do, and what is yet to be done with what they did."""
        self.pool_slots.labels("busy").set(load.busy)
        self.pool_slots.labels("idle").set(max(0, load.capacity - load.busy))
        self.pool_slots.labels("draining").set(load.draining)
        self.results_waiting.set(load.results)

    def text(self) -> bytes:
        """All of them in Prometheus' text format, of all processes that share them."""
        if self._shared is None:
            return generate_latest(self.registry)
        _forget_the_dead(self._shared)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=os.fspath(self._shared))  # type: ignore[no-untyped-call] # it has none
        return generate_latest(registry)

    def close(self) -> None:
        """This process ends: states that were its own are none any more."""
        if self._shared is not None:
            _forget_own(self._shared)


def _shared_directory() -> Path | None:
    named = os.environ.get(_SHARED)
    if not named:
        return None
    directory = Path(named)
    directory.mkdir(parents=True, exist_ok=True)
    _forget_own(directory)  # left by another with our number
    return directory


def _forget_own(shared: Path) -> None:
    """States of this process are none any more."""
    mark_process_dead(os.getpid(), path=os.fspath(shared))  # type: ignore[no-untyped-call] # it has none


def _forget_the_dead(shared: Path) -> None:
    """What is counted stays, so that no total falls; states of processes that were killed do not."""
    for file in shared.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists():
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                file.unlink()
