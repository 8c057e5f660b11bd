"""What Prometheus reads."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.database import new_id
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.metrics import Metrics
from api.problems.models import ProblemValidation
from runner.circuit import CircuitState
from runner.dispatch import Load
from runner.metrics import MEMORY_BYTES, SECONDS, ExecutionMetrics, process_registry
from tests.api.people import Person, Service, expect
from tests.api.rooms.parties import make_problem, open_room, pair

LABELS: Final[Mapping[str, set[str]]] = {
    "syncode_http_requests": {"method", "route", "status"},
    "syncode_http_request_duration_seconds": {"method", "route"},
    "syncode_rate_limited": {"scope"},
    "syncode_execution_jobs_submitted": {"kind", "language"},
    "syncode_execution_jobs_finished": {"kind", "language", "status", "verdict"},
    "syncode_execution_queue_depth": {"kind"},
    "syncode_execution_queue_wait_seconds": {"kind"},
    "syncode_execution_jobs_in_progress": {"kind"},
    "syncode_execution_cancellations": {"kind"},
    "syncode_execution_streams_open": {"kind"},
    "syncode_submission_judging_seconds": {"language"},
    "syncode_circuit_state": {"circuit"},
    "syncode_webhook_deliveries": {"result"},
    "syncode_rooms": {"status", "mode"},
    "syncode_build_info": {"version", "commit"},
}
"""Of the contract, where jobs are accepted and settled."""
EXECUTION_LABELS: Final[Mapping[str, set[str]]] = {
    "syncode_execution_workers": {"state"},
    "syncode_execution_duration_seconds": {"language", "phase"},
    "syncode_execution_cpu_seconds": {"language"},
    "syncode_execution_memory_bytes": {"language"},
    "syncode_execution_overhead_seconds": {"stage"},
    "syncode_execution_limit_hits": {"language", "limit"},
    "syncode_execution_output_truncated": {"stream"},
    "syncode_execution_sandbox_failures": {"reason"},
    "syncode_execution_retries": {"reason"},
    "syncode_execution_compile_cache": {"result"},
    "syncode_submission_test_cases": {"language", "verdict"},
}
"""Of the contract, where jobs are carried out."""
MORE_LABELS: Final[Mapping[str, set[str]]] = {
    "syncode_execution_queue_age_seconds": {"lane", "kind"},
    "syncode_execution_pool_slots": {"state"},
    "syncode_execution_results_waiting": set(),
    "syncode_execution_result_lag_seconds": {"kind"},
}
"""Beside the contract, where jobs are accepted and settled."""
MORE_EXECUTION_LABELS: Final[Mapping[str, set[str]]] = {
    "syncode_execution_blob_cache": {"result"},
    "syncode_execution_warm": {"language", "result"},
    "syncode_execution_warm_jails": {"language"},
    "syncode_execution_warm_memory_bytes": {"language"},
    "syncode_canary_ok": {"language"},
    "syncode_canary_timestamp_seconds": {"language"},
    "syncode_home_free_bytes": set(),
    "syncode_home_size_bytes": set(),
}
"""Beside the contract, where jobs are carried out."""
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(service: Service) -> Samples:
    response = await service.client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(response.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


def labels_of(registry: CollectorRegistry) -> dict[str, set[str]]:
    collectors = [one for one in registry._collector_to_names if isinstance(one, MetricWrapperBase)]
    return {one._name: set(one._labelnames) for one in collectors}


def test_a_service_that_does_jobs_has_all_metrics_of_the_contract() -> None:
    expected = {**LABELS, **EXECUTION_LABELS, **MORE_LABELS, **MORE_EXECUTION_LABELS}
    assert labels_of(Metrics().registry) == expected


def test_between_a_service_and_a_worker_nothing_is_measured_twice_but_what_each_is() -> None:
    service = labels_of(Metrics(executes=False).registry)
    registry = process_registry(version="1", commit="unknown")
    ExecutionMetrics(registry)
    worker = labels_of(registry)
    assert service == {**LABELS, **MORE_LABELS}
    assert set(worker) - set(service) == {*EXECUTION_LABELS, *MORE_EXECUTION_LABELS}
    assert set(worker) & set(service) == {"syncode_build_info", "syncode_circuit_state"}


def test_buckets_are_those_of_the_contract() -> None:
    assert SECONDS == (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
    assert (MEMORY_BYTES[0], MEMORY_BYTES[-1]) == (1 << 20, 1 << 32)
    assert all(after == 2 * before for before, after in itertools.pairwise(MEMORY_BYTES))


def test_histograms_have_those_buckets() -> None:
    metrics = Metrics()
    assert metrics.execution is not None
    metrics.execution.measured.seconds.labels("python", "run").observe(0.2)
    metrics.execution.measured.memory_bytes.labels("python").observe(5 << 20)
    text_ = metrics.text().decode()
    assert 'syncode_execution_duration_seconds_bucket{language="python",le="0.1",phase="run"} 0.0' in text_
    assert 'syncode_execution_duration_seconds_bucket{language="python",le="0.25",phase="run"} 1.0' in text_
    assert re.search(r'memory_bytes_bucket\{language="python",le="4\.194304e\+06"\} 0\.0', text_)
    assert re.search(r'memory_bytes_bucket\{language="python",le="8\.388608e\+06"\} 1\.0', text_)


async def test_requests_are_counted_by_template(service: Service, ann: Person) -> None:
    room = await open_room(ann)
    expect(await ann.get(f"/rooms/{room['roomId']}"))
    await ann.get("/rooms/nonsense")
    await ann.get(f"/nowhere/{ann.id}")
    await service.client.get(f"/{ann.id}")
    await service.client.request("DELETE", f"/api/v1/rooms/{room['roomId']}/participants")
    await service.client.request("BREW", "/healthz")
    samples = await scrape(service)
    count = "syncode_http_requests_total"
    template = next(
        dict(labels)["route"] for name, labels in samples if name == count and ("status", "404") in labels
        and dict(labels)["route"] != "unmatched"
    )  # fmt: skip
    assert re.fullmatch(r"/api/v1/rooms/\{\w+\}", template)
    assert value(samples, count, method="GET", route=template, status="200") == 1
    assert value(samples, count, method="GET", route=template, status="404") == 1
    assert value(samples, count, method="GET", route="unmatched", status="404") == 2
    assert value(samples, count, method="other", route="/healthz", status="405") == 1
    assert value(samples, "syncode_http_request_duration_seconds_count", method="GET", route=template) == 2
    labelled = {text_ for _, labels in samples for _, text_ in labels}
    assert not any(ann.id in text_ or room["roomId"] in text_ or "nonsense" in text_ for text_ in labelled)


async def test_every_route_has_a_label_of_its_own(service: Service, ann: Person) -> None:
    for path in ("/users/me", "/admin/users", "/problems/tags", "/openapi.json", "/docs", "/health"):
        await ann.get(path)
    samples = await scrape(service)
    routes = {dict(labels).get("route") for name, labels in samples if name == "syncode_http_requests_total"}
    wanted = ("/users/me", "/admin/users", "/problems/tags", "/openapi.json", "/docs", "/health")
    assert {"/api/v1" + path for path in wanted} <= routes


async def test_rooms_are_counted_when_asked(service: Service, ann: Person, bob: Person) -> None:
    assert value(await scrape(service), "syncode_rooms", status="waiting", mode="peer") == 0
    await open_room(ann)
    await open_room(ann, mode="ai")
    await pair(ann, bob, phase="coding")
    samples = await scrape(service)
    assert value(samples, "syncode_rooms", status="waiting", mode="peer") == 1
    assert value(samples, "syncode_rooms", status="waiting", mode="ai") == 1
    assert value(samples, "syncode_rooms", status="coding", mode="peer") == 1
    assert value(samples, "syncode_rooms", status="finished", mode="ai") == 0


async def test_jobs_and_workers_are_counted_when_asked(service: Service, ann: Person) -> None:
    async with service.services.database.write() as work:
        for status in ("queued", "queued", "running", "completed"):
            columns: dict[str, Any] = {"language": "python", "language_version": "3.13", "code": b""}
            row = Run(id=new_id(), user_id=ann.id, status=status, queued_at=work.now, **columns)
            work.session.add(row)
    samples = await scrape(service)
    assert value(samples, "syncode_execution_queue_depth", kind="run") == 2
    assert value(samples, "syncode_execution_queue_depth", kind="submission") == 0
    assert value(samples, "syncode_execution_jobs_in_progress", kind="run") == 1
    slots = (await service.services.dispatcher.load()).capacity
    busy = value(samples, "syncode_execution_workers", state="busy")
    idle = value(samples, "syncode_execution_workers", state="idle")
    assert busy is not None
    assert idle is not None
    assert busy + idle == slots
    service.app.state.draining = True
    samples = await scrape(service)
    assert value(samples, "syncode_execution_workers", state="idle") == 0
    assert value(samples, "syncode_execution_workers", state="draining") == idle


async def test_the_oldest_job_that_waits_tells_the_age_of_its_queue(
    service: Service, ann: Person, admin: Person
) -> None:
    problem = await make_problem(admin)
    room = (await open_room(ann, problemId=problem))["roomId"]
    program: dict[str, Any] = {"language": "python", "language_version": "3.13", "code": b""}
    async with service.services.database.write() as work:

        def ago(seconds: float) -> datetime:
            return work.now - timedelta(seconds=seconds)

        batch, validation = new_id(), new_id()
        batches = {"user_id": ann.id, "total": 2}
        work.session.add_all([
            Run(id=new_id(), user_id=ann.id, status="queued", queued_at=ago(7), **program),
            Run(id=new_id(), user_id=ann.id, status="queued", queued_at=ago(3), **program),
            Run(id=new_id(), user_id=ann.id, status="running", queued_at=ago(500), **program),
            Batch(id=batch, status="queued", created_at=ago(40), **batches),
            OutboxJob(id=batch, kind="batch", user_id=ann.id, envelope={}, created_at=ago(40)),
            ProblemValidation(
                id=validation, problem_id=problem, user_id=ann.id, status="queued", solutions=[], created_at=ago(900)
            ),
            OutboxJob(id=validation, kind="validation", user_id=ann.id, envelope={}, created_at=ago(900)),
            Submission(
                id=new_id(), user_id=ann.id, room_id=room, problem_id=problem, status="running", total=1,
                submitted_at=ago(60), **program,
            ),
        ])  # fmt: skip
        await work.session.flush()
        work.session.add(
            Run(id=new_id(), user_id=ann.id, batch_id=batch, status="queued", queued_at=ago(40), **program)
        )
    samples = await scrape(service)
    age = "syncode_execution_queue_age_seconds"
    assert value(samples, age, lane="interactive", kind="run") == 7
    assert value(samples, age, lane="submissions", kind="batch") == 40
    assert value(samples, age, lane="submissions", kind="submission") == 0
    assert value(samples, age, lane="validations", kind="validation") == 900
    assert value(samples, "syncode_execution_queue_depth", kind="validation") == 1
    assert value(samples, "syncode_execution_queue_depth", kind="batch") == 1
    assert value(samples, "syncode_execution_jobs_in_progress", kind="submission") == 1
    async with service.services.database.write() as work:
        (await work.session.get_one(Batch, batch)).status = "running"
    samples = await scrape(service)
    assert value(samples, age, lane="submissions", kind="batch") == 0  # its inputs wait for nobody else


def test_the_pool_and_the_circuit_are_shown_as_the_queue_knows_them() -> None:
    metrics = Metrics(executes=False)

    def found(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"syncode_{name}", labels)

    assert found("circuit_state", circuit="queue") == 0
    metrics.show_circuit(CircuitState.OPEN)
    assert found("circuit_state", circuit="queue") == 2
    metrics.show_pool(Load({}, busy=3, capacity=4, draining=2, results=17))
    assert [found("execution_pool_slots", state=state) for state in ("busy", "idle", "draining")] == [3, 1, 2]
    assert found("execution_results_waiting") == 17
    metrics.show_pool(Load({}, busy=3, capacity=0, draining=2))  # those that drain are busy still
    assert found("execution_pool_slots", state="idle") == 0


async def test_what_the_engine_has_ready_is_looked_at_when_asked(service: Service) -> None:
    samples = await scrape(service)
    size = value(samples, "syncode_home_size_bytes")
    free = value(samples, "syncode_home_free_bytes")
    assert size is not None
    assert free is not None
    assert 0 < free <= size
    assert value(samples, "syncode_circuit_state", circuit="queue") == 0


async def test_metrics_are_there_without_the_tables(service: Service) -> None:
    async with service.services.database.write() as work:
        await work.session.execute(text("ALTER TABLE rooms RENAME TO chambers"))
    assert value(await scrape(service), "syncode_build_info", version=service.app.version, commit="unknown") == 1


class TestLimited:
    """A service with a limit that is soon reached."""

    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"requests_per_minute": 1, "commit": "6ec3c8cf00d"}

    async def test_refusals_are_counted_by_scope(self, service: Service) -> None:
        for _ in range(3):
            await service.nobody.post("/auth/logout")
        samples = await scrape(service)
        assert value(samples, "syncode_rate_limited_total", scope="requests") == 2
        assert value(samples, "syncode_build_info", version=service.app.version, commit="6ec3c8cf00d") == 1
