"""What is measured where jobs are carried out: real jobs, told once each; sandboxes that fail; states of the host."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from judge import Custom, Data, Expectation, JudgeProgram, Problem, Source, Submission, TestCase, Tokens, Verdict
from judge.validation import Authored
from languages import Language
from runner import CanaryReport, Engine, ImageReport, RunRequest
from runner.canary import CanaryResult, canaries
from runner.cancellations import Cancellations
from runner.circuit import CircuitState
from runner.distributed.blobs import BlobCache, ObjectBlobs, deposit
from runner.events import JobResult
from runner.jobs import BatchInput, BatchTask, Job, RunTask, SubmissionTask, Task, ValidationTask
from runner.metrics import ExecutionMetrics
from runner.performing import Performer, not_done
from sandboxes import ImageError, IsolationError, SandboxError, SetupError, Stage
from sandboxes.errors import NotBegunError

MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)

Make = Callable[..., Source]
Value = Callable[..., float]
Perform = Callable[[Task], JobResult]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> ExecutionMetrics:
    return ExecutionMetrics(registry)


@pytest.fixture
def value(registry: CollectorRegistry) -> Value:
    def find(name: str, **labels: str) -> float:
        return registry.get_sample_value(f"syncode_{name}", labels) or 0

    return find


@pytest.fixture
def source(languages: Mapping[str, Language], image: Callable[[str], Path]) -> Make:
    def make(code: str, language: str = "python") -> Source:
        image(language)
        return Source.of(languages[language], code.encode())

    return make


@pytest.fixture
def perform(engine: Engine, metrics: ExecutionMetrics) -> Perform:
    def perform(task: Task) -> JobResult:
        performer = Performer(engine, engine.sandbox, metrics)
        with metrics.watching(engine), Cancellations() as cancellations:
            return performer.perform(
                Job("j", "ann", MOMENT, task),
                lambda *_: None,
                on_part_begun=lambda *_: None,
                on_part=lambda *_: None,
                cancellations=cancellations,
            )

    return perform


def test_a_run_is_measured_in_all_its_parts(source: Make, perform: Perform, value: Value) -> None:
    perform(RunTask(RunRequest(source("import sys\nprint('x' * 10)\nsys.stderr.write('y' * (2 << 20))\n"))))
    run = {"language": "python", "phase": "run"}
    assert value("execution_duration_seconds_count", **run) == 1
    assert 0 < value("execution_duration_seconds_sum", **run) < 60
    assert value("execution_duration_seconds_count", language="python", phase="compile") == 1
    assert value("execution_duration_seconds_count", language="python", phase="check") == 0
    assert value("execution_compile_cache_total", result="miss") == 1
    assert value("execution_cpu_seconds_sum", language="python") > 0
    assert value("execution_memory_bytes_sum", language="python") > 1 << 20
    warm = [value("execution_warm_total", language="python", result=result) for result in ("hit", "miss")]
    assert sorted(warm) == [0, 1]
    assert value("execution_output_truncated_total", stream="stderr") == 1
    assert value("execution_output_truncated_total", stream="stdout") == 0


def test_what_a_sandbox_costs_is_measured_of_every_command(source: Make, perform: Perform, value: Value) -> None:
    perform(RunTask(RunRequest(source("print(1)\n"))))
    for stage in ("prepare", "collect"):
        assert value("execution_overhead_seconds_count", stage=stage) == 2, (
            stage
        )  # the check of its syntax, and the run
        assert 0 < value("execution_overhead_seconds_sum", stage=stage) < 30, stage
    assert value("execution_overhead_seconds_count", stage="destroy") >= 1
    assert value("execution_overhead_seconds_sum", stage="destroy") > 0


def test_nothing_of_an_engine_is_heard_any_more_when_it_is_not_watched(
    engine: Engine, source: Make, metrics: ExecutionMetrics, value: Value
) -> None:
    with metrics.watching(engine):
        metrics.refresh()
    assert value("home_size_bytes") >= value("home_free_bytes") > 0
    engine.run(RunRequest(source("print(1)\n")))
    assert value("execution_overhead_seconds_count", stage="prepare") == 0
    metrics.refresh()  # looks at nothing


def test_tests_are_counted_with_the_time_that_checking_them_took(source: Make, perform: Perform, value: Value) -> None:
    cases = tuple(
        TestCase(str(number), Data(f"{number}\n".encode()), Data(expected))
        for number, expected in ((1, b"1\n"), (2, b"7\n"), (0, b""))
    )
    code = "number = int(input())\nif not number:\n    while True: pass\nprint(number)\n"
    limited = (*cases[:2], TestCase("0", cases[2].input, cases[2].expected, cpu_ms=50))
    perform(SubmissionTask(source(code), Problem(limited, Tokens())))
    for verdict in ("accepted", "wrong_answer", "time_limit_exceeded"):
        assert value("submission_test_cases_total", language="python", verdict=verdict) == 1, verdict
    assert value("execution_limit_hits_total", language="python", limit="cpu_time") == 1
    assert value("execution_duration_seconds_count", language="python", phase="run") == 3
    assert value("execution_duration_seconds_count", language="python", phase="check") == 2  # what ended well
    assert value("execution_duration_seconds_sum", language="python", phase="check") > 0


def test_a_checker_that_is_a_program_is_measured_as_a_check(source: Make, perform: Perform, value: Value) -> None:
    checker = Custom(JudgeProgram(source("import time\ntime.sleep(0.1)\nraise SystemExit(42)\n")))
    case = TestCase("1", Data(b""), Data(b""))
    result = perform(SubmissionTask(source("print(1)\n"), Problem((case,), checker)))
    assert result.verdict is Verdict.ACCEPTED
    assert value("execution_duration_seconds_count", language="python", phase="check") == 1
    assert value("execution_duration_seconds_sum", language="python", phase="check") >= 0.1
    assert value("execution_duration_seconds_count", language="python", phase="run") == 1


def test_every_input_of_a_batch_is_a_run(source: Make, perform: Perform, value: Value) -> None:
    inputs = (
        BatchInput("a", b"1\n", expected=b"1\n"),
        BatchInput("b", b"2\n"),
        BatchInput("c", b"x\n", expected=b"x\n"),
    )
    result = perform(BatchTask(source("print(int(input()))\n"), inputs))
    assert [result.records[id_]["verdict"] for id_ in "abc"] == ["accepted", "accepted", "runtime_error"]
    assert value("execution_duration_seconds_count", language="python", phase="compile") == 1
    assert value("execution_duration_seconds_count", language="python", phase="run") == 3
    assert value("execution_duration_seconds_count", language="python", phase="check") == 1  # nothing else was checked


def test_a_validation_is_measured_program_by_program_each_time_that_it_is_judged(
    source: Make, perform: Perform, value: Value
) -> None:
    cases = tuple(TestCase(name, Data(name.encode()), Data(name.encode())) for name in ("1", "2"))
    accepted = Expectation(frozenset({Verdict.ACCEPTED}), frozenset())
    solutions = tuple(
        Submission(f"{index}.py", "", source(code), accepted)
        for index, code in enumerate(("print(input())\n", "print(1)\n"))
    )
    result = perform(ValidationTask(Authored(Problem(cases, Tokens()), solutions), repeat=2))
    assert result.verdict is Verdict.WRONG_ANSWER
    assert value("submission_test_cases_total", language="python", verdict="accepted") == 6
    assert value("submission_test_cases_total", language="python", verdict="wrong_answer") == 2
    for phase, times in (("compile", 2), ("run", 8), ("check", 8)):
        assert value("execution_duration_seconds_count", language="python", phase=phase) == times, phase


def test_a_program_that_is_refused_is_compiled_and_never_run(source: Make, perform: Perform, value: Value) -> None:
    perform(RunTask(RunRequest(source("print(\n"))))
    assert value("execution_duration_seconds_count", language="python", phase="compile") == 1
    assert value("execution_duration_seconds_count", language="python", phase="run") == 0
    assert value("execution_memory_bytes_count", language="python") == 0


def test_what_never_began_has_no_measures(source: Make, metrics: ExecutionMetrics, value: Value) -> None:
    job = Job("j", "ann", MOMENT, RunTask(RunRequest(source("print(1)\n"))))
    metrics.done(job, not_done(job, Verdict.CANCELLED, started_at=None))
    assert value("execution_duration_seconds_count", language="python", phase="run") == 0
    metrics.done(job, not_done(job, Verdict.INTERNAL_ERROR, started_at=MOMENT, fault="no jail", attempts=3))
    assert value("execution_duration_seconds_count", language="python", phase="run") == 0
    assert value("execution_retries_total", reason="sandbox") == 2


def test_a_result_that_cannot_be_measured_costs_nobody_theirs(
    source: Make, metrics: ExecutionMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    job = Job("j", "ann", MOMENT, RunTask(RunRequest(source("print(1)\n"))))
    metrics.done(job, JobResult("j", Verdict.ACCEPTED, {"j": {}}, MOMENT, MOMENT))
    assert "job j could not be measured" in caplog.text


def test_a_missing_image_is_a_failure_of_a_sandbox(
    engine: Engine, source: Make, perform: Perform, value: Value, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        engine, "inventory", engine.inventory.__class__.open(engine.settings.model_copy(update={"home": tmp_path}))
    )
    result = perform(RunTask(RunRequest(source("print(1)\n"))))
    assert result.verdict is Verdict.INTERNAL_ERROR
    assert value("execution_sandbox_failures_total", reason="image") == 1


def test_data_of_tests_are_looked_up_once_by_each_job(metrics: ExecutionMetrics, value: Value, tmp_path: Path) -> None:
    store, source = tmp_path / "store", tmp_path / "1.in"
    store.mkdir()
    source.write_bytes(b"1" * 1000)
    blobs = ObjectBlobs(f"file://{store}")
    name = deposit(blobs, Data(source))
    assert name is not None
    cache = BlobCache(blobs, tmp_path / "home", limit_bytes=1 << 20, on_looked_up=metrics.looked_up)
    with contextlib.closing(cache):
        for hits in (0, 1):
            with cache.job() as fetch:
                assert fetch(name).read() == fetch(name).read() == source.read_bytes()
            assert value("execution_blob_cache_total", result="hit") == hits
        assert value("execution_blob_cache_total", result="miss") == 1


def full() -> SandboxError:
    error = SetupError("no room")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SetupError("gone"), "setup"),
        (NotBegunError("not even that"), "not_begun"),
        (IsolationError("no namespaces"), "isolation"),
        (ImageError("not built"), "image"),
        (SandboxError("something"), "setup"),
        (full(), "disk_full"),
    ],
)
def test_failures_are_counted_by_their_reason(
    error: SandboxError, reason: str, metrics: ExecutionMetrics, registry: CollectorRegistry, value: Value
) -> None:
    family = next(family for family in registry.collect() if family.name == "syncode_execution_sandbox_failures")
    assert {one.labels["reason"]: one.value for one in family.samples}[reason] == 0  # there before the first
    metrics.failed(error)
    assert value("execution_sandbox_failures_total", reason=reason) == 1


def test_slots_are_idle_or_busy_and_those_that_take_nothing_any_more_are_draining(
    metrics: ExecutionMetrics, value: Value
) -> None:
    def shown() -> tuple[float, float, float]:
        idle, busy, draining = (value("execution_workers", state=state) for state in ("idle", "busy", "draining"))
        return idle, busy, draining

    assert shown() == (0, 0, 0)
    metrics.show_slots(busy=1, capacity=4)
    assert shown() == (3, 1, 0)
    metrics.show_slots(busy=1, capacity=4, draining=True)
    assert shown() == (0, 1, 3)
    metrics.show_slots(busy=5, capacity=4)  # an answer to a canary beside four jobs
    assert shown() == (0, 5, 0)


def test_circuits_show_the_numbers_of_their_states(metrics: ExecutionMetrics, value: Value) -> None:
    for state, number in ((CircuitState.OPEN, 2), (CircuitState.HALF_OPEN, 1), (CircuitState.CLOSED, 0)):
        metrics.show_circuit("image-java", state)
        assert value("circuit_state", circuit="image-java") == number


def test_canaries_show_whether_they_returned_and_when(
    metrics: ExecutionMetrics, value: Value, languages: Mapping[str, Language]
) -> None:
    def report(message: str | None) -> CanaryReport:
        results = tuple(CanaryResult(canary, canary.verdict, canary.limit, message) for canary in canaries())
        return CanaryReport((ImageReport(languages["rust"], results, 1.0),))

    metrics.show_canary(report(None), MOMENT)
    assert value("canary_ok", language="rust") == 1
    assert value("canary_timestamp_seconds", language="rust") == MOMENT.timestamp()
    metrics.show_canary(report("it got out"), MOMENT + timedelta(hours=1))
    assert value("canary_ok", language="rust") == 0
    assert value("canary_timestamp_seconds", language="rust") == MOMENT.timestamp() + 3600


def test_stages_are_observed_by_their_names(metrics: ExecutionMetrics, value: Value) -> None:
    for stage in Stage:
        metrics.spent(stage, 0.02)
        found: dict[str, Any] = {"stage": stage.value}
        assert value("execution_overhead_seconds_bucket", **found, le="0.01") == 0
        assert value("execution_overhead_seconds_bucket", **found, le="0.025") == 1
