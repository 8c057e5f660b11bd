"""What a job that was carried out tells the metrics."""

from __future__ import annotations

from typing import Any, Final

from runner.events import JobResult
from runner.jobs import BatchTask, Job, RunTask, SubmissionTask, ValidationTask
from runner.metrics.instruments import Instruments
from runner.record import case_record, compile_record
from runner.validation import CaseJudged, Event, SolutionJudged
from sandboxes import MIB, Limits

Record = dict[str, Any]

_KEPT_BYTES: Final = Limits().stderr_bytes
_SANDBOX: Final = "sandbox"


class Measured:
    """Metrics of programs, by their language."""

    def __init__(self, made: Instruments) -> None:
        self.seconds = made.seconds("execution_duration_seconds", "Wall time of one step of a job", "language", "phase")
        self.cpu_seconds = made.seconds("execution_cpu_seconds", "CPU time of one program's run", "language")
        self.memory_bytes = made.memory("execution_memory_bytes", "Peak memory of one program's run", "language")
        self.limit_hits = made.counter(
            "execution_limit_hits_total", "Programs that were ended by a limit", "language", "limit"
        )
        self.output_truncated = made.counter(
            "execution_output_truncated_total", "Outputs of which only the beginning was kept", "stream"
        )
        self.retries = made.counter("execution_retries_total", "Executions that were tried once more", "reason")
        self.compile_cache = made.counter(
            "execution_compile_cache_total", "Compilations looked up in the cache", "result"
        )
        self.warm = made.counter(
            "execution_warm_total", "Runs, by whether what they needed had been made ready before", "language", "result"
        )
        self.test_cases = made.counter("submission_test_cases_total", "Test cases judged", "language", "verdict")
        self.retries.labels(_SANDBOX)
        for result in ("hit", "miss"):
            self.compile_cache.labels(result)

    def compilation(self, language: str, record: Record | None) -> None:
        """A compilation; ``None``: there was none."""
        if record is not None:
            self.compile_cache.labels("hit" if record["cached"] else "miss").inc()
            if not record["cached"]:
                self.seconds.labels(language, "compile").observe(record["durationMs"] / 1000)

    def test(self, language: str, record: Record) -> None:
        """A test that was judged, or skipped."""
        self.test_cases.labels(language, record["verdict"]).inc()
        self.run(language, record, judged=True)

    def run(self, language: str, record: Record, *, judged: bool = False) -> None:
        """A run of a program; ``judged``: in a test. Only its attempts count where it never started."""
        if record.get("attempts", 1) > 1:
            self.retries.labels(_SANDBOX).inc(record["attempts"] - 1)
        if (isolation := record["isolation"]) is None:
            return
        self.warm.labels(language, "hit" if isolation["warm"] else "miss").inc()
        self.used(language, record)
        if record["limitHit"] is not None:
            self.limit_hits.labels(language, record["limitHit"]).inc()
        if record["outputTruncated"]:
            cut = record["stderrBytes"] > _KEPT_BYTES
            # of a test's stdout all is kept that it may write, so that only passing that limit cuts it
            if not cut if judged else record["stdoutBytes"] > _KEPT_BYTES:
                self.output_truncated.labels("stdout").inc()
            if cut:
                self.output_truncated.labels("stderr").inc()

    def used(self, language: str, record: Record) -> None:
        """What a run and its check took, as far as that was measured."""
        for phase, name in (("run", "durationMs"), ("check", "checkMs")):
            if record.get(name) is not None:
                self.seconds.labels(language, phase).observe(record[name] / 1000)
        if record["cpuTimeMs"] is not None:
            self.cpu_seconds.labels(language).observe(record["cpuTimeMs"] / 1000)
        if record["memoryUsageMb"] is not None:
            self.memory_bytes.labels(language).observe(record["memoryUsageMb"] * MIB)


def measure_execution(measured: Measured, job: Job, result: JobResult) -> None:
    """A job was carried out here. To be told once each time it is, so twice of one whose first result was lost."""
    record = result.records[job.id]
    match job.task:
        case RunTask():
            measured.compilation(job.language, record["compile"])
            measured.run(job.language, record)
        case BatchTask(inputs=inputs):
            measured.compilation(job.language, record["compile"])
            for item in inputs:
                measured.run(job.language, result.records[item.id])
        case SubmissionTask():
            measured.compilation(job.language, record["compile"])
            for case in record["testCases"]:
                measured.test(job.language, case)
        case ValidationTask():
            return  # its programs were measured as they were judged (see measure_validation)


def measure_validation(measured: Measured, event: Event) -> None:
    """Something of a validation was carried out here."""
    match event:
        case CaseJudged(submission=submission, case=case):
            measured.test(submission.language.id, case_record(case))
        case SolutionJudged(report=report):
            measured.compilation(report.submission.language.id, compile_record(report.result.compilation))
        case _:
            return
