"""The metrics of carrying out jobs (API.md 15.2). Labels come from closed sets; none is ever an id."""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from runner.canary import CanaryReport
from runner.circuit import CircuitState
from runner.engine import Engine
from runner.events import JobResult
from runner.jobs import Job
from runner.metrics.instruments import Instruments
from runner.metrics.measuring import Measured, measure_execution, measure_validation
from runner.validation import Event
from sandboxes import ImageError, IsolationError, SandboxError, Stage
from sandboxes.errors import NotBegunError

_WORKER_STATES: Final = ("idle", "busy", "draining")
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_REASONS: Final = ("disk_full", "image", "isolation", "not_begun", "setup")
_log = logging.getLogger("runner")


class ExecutionMetrics:
    """Those of one process that carries out jobs, in ``registry``.

    ``circuit_state``: the gauge of circuits, where the registry has one already. An observer of sandboxes
    (:class:`sandboxes.Observer`) and of who does jobs (:class:`runner.performing.Watcher`). Safe to tell from several
    threads.
    """

    def __init__(self, registry: CollectorRegistry, *, circuit_state: Gauge | None = None) -> None:
        made = Instruments(registry)
        self.measured = Measured(made)
        self.overhead_seconds = made.seconds(
            "execution_overhead_seconds", "What a sandbox costs beside the program in it", "stage"
        )
        self.sandbox_failures = made.counter(
            "execution_sandbox_failures_total", "Sandboxes that failed, which is never the program's fault", "reason"
        )
        self.retries = self.measured.retries
        self.workers = made.gauge("execution_workers", "Slots for jobs, by what they do", "state", among="livesum")
        self.circuit_state = circuit_state or circuit_gauge(made)
        self.warm_jails = made.gauge(
            "execution_warm_jails", "Jails that are ready for the next submission", "language", among="livesum"
        )
        self.warm_memory_bytes = made.gauge(
            "execution_warm_memory_bytes", "Memory of the jails that are ready", "language", among="livesum"
        )
        self.blob_cache = made.counter(
            "execution_blob_cache_total", "Large data of tests looked up on this host's disk", "result"
        )
        self.canary_ok = made.gauge(
            "canary_ok", "Whether the image's walls held when they were last tried: 1, or 0", "language"
        )
        self.canary_seconds = made.gauge(
            "canary_timestamp_seconds", "When the image's walls were last tried (Unix time)", "language"
        )
        self.home_free_bytes = made.gauge("home_free_bytes", "Room for images, caches and scratch files")
        self.home_size_bytes = made.gauge("home_size_bytes", "Size of the file system that they are on")

        self._engine: Engine | None = None
        self._overhead = {stage: self.overhead_seconds.labels(stage.value) for stage in Stage}
        for reason in _REASONS:
            self.sandbox_failures.labels(reason)
        for result in ("hit", "miss"):
            self.blob_cache.labels(result)
        for state in _WORKER_STATES:
            self.workers.labels(state).set(0)

    def spent(self, stage: Stage, seconds: float) -> None:
        """See :meth:`sandboxes.Observer.spent`."""
        self._overhead[stage].observe(seconds)

    def failed(self, error: SandboxError) -> None:
        """See :meth:`sandboxes.Observer.failed`."""
        self.sandbox_failures.labels(_reason(error)).inc()

    def done(self, job: Job, result: JobResult) -> None:
        """See :meth:`runner.performing.Watcher.done`."""
        try:
            measure_execution(self.measured, job, result)
        except Exception:  # noqa: BLE001 - no result is lost for want of a figure
            _log.exception("job %s could not be measured", job.id)

    def validating(self, event: Event) -> None:
        """See :meth:`runner.performing.Watcher.validating`."""
        try:
            measure_validation(self.measured, event)
        except Exception:  # noqa: BLE001 - the same
            _log.exception("a validation could not be measured")

    def retried(self, reason: str) -> None:
        """A job is carried out once more, because of something that the sandbox has no part in."""
        self.retries.labels(reason).inc()

    def looked_up(self, found: bool) -> None:  # noqa: FBT001 - it is all there is to tell
        """Large data of a test were wanted; whether they were on this host's disk."""
        self.blob_cache.labels("hit" if found else "miss").inc()

    def show_slots(self, *, busy: int, capacity: int, draining: bool = False) -> None:
        """How many of the slots for jobs are in use now; ``draining``: the others will not be used any more."""
        idle = max(0, capacity - busy)
        self.workers.labels("busy").set(busy)
        self.workers.labels("idle").set(0 if draining else idle)
        self.workers.labels("draining").set(idle if draining else 0)

    def show_circuit(self, circuit: str, state: CircuitState) -> None:
        """The state that a circuit breaker is in."""
        self.circuit_state.labels(circuit).set(state)

    def show_canary(self, report: CanaryReport, at: datetime) -> None:
        """What came of a round of canaries that ended ``at`` this moment."""
        for image in report.images:
            self.canary_ok.labels(image.language.id).set(image.holds)
            self.canary_seconds.labels(image.language.id).set(at.timestamp())

    @contextlib.contextmanager
    def watching(self, engine: Engine) -> Iterator[None]:
        """Measure what ``engine`` does, for as long as this lasts."""
        self._engine = engine
        with engine.sandbox.observers.joined_by(self):
            try:
                yield
            finally:
                self._engine = None

    def refresh(self) -> None:
        """Look how the engine that is watched is now: at jails that are ready, and at the room below its home."""
        if (engine := self._engine) is None:
            return
        for state in engine.sandbox.warm:
            self.warm_jails.labels(state.name).set(state.ready)
            self.warm_memory_bytes.labels(state.name).set(state.memory_bytes)
        usage = shutil.disk_usage(engine.settings.home)
        self.home_free_bytes.set(usage.free)
        self.home_size_bytes.set(usage.total)


def circuit_gauge(made: Instruments) -> Gauge:
    """The gauge that all circuit breakers of a process show their states on."""
    return made.gauge("circuit_state", "0 closed, 1 half-open, 2 open", "circuit")


def _reason(error: SandboxError) -> str:
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_SPACE:
        return "disk_full"
    if isinstance(error, ImageError):
        return "image"
    if isinstance(error, IsolationError):
        return "isolation"
    return "not_begun" if isinstance(error, NotBegunError) else "setup"
