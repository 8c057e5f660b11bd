"""Keeping what becomes of jobs: once, however often it is told, and whatever happens to a room meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from api.execution.giving_up import give_up
from api.execution.models import Batch, OutboxJob, Run
from api.execution.settlement import RowSettlement
from judge import Verdict
from runner.envelope import decode
from runner.events import JobResult
from runner.jobs import Job
from runner.performing import NOT_RUN, not_done
from tests.api.execution.work import SLEEPER, accept, batched, done, hand_in, judged, ran, start_batch, used
from tests.api.people import Person, Service, expect
from tests.api.rooms.parties import advance, events, make_problem, open_room, pair

MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)


def settlement(service: Service) -> RowSettlement:
    services = service.services
    return RowSettlement(services.database, services.metrics, on_announced=services.webhooks.tell)


async def job_of(service: Service, id_: str) -> Job:
    """A job that is accepted and not settled."""
    async with service.services.database.read() as work:
        row = (await work.session.execute(select(OutboxJob).where(OutboxJob.id == id_))).scalar_one()
    return decode(row.envelope, service.services.catalog.language)


def value(service: Service, name: str, **labels: str) -> float:
    return service.services.metrics.registry.get_sample_value(f"syncode_{name}", labels) or 0


def came_to(job: Job, verdict: Verdict) -> JobResult:
    return not_done(job, verdict, started_at=MOMENT)


async def stop(service: Service, *ids: str) -> None:
    for id_ in ids:
        await service.services.dispatcher.cancel(id_)


async def test_of_two_results_of_a_run_the_first_stands(ann: Person, service: Service) -> None:
    job = await job_of(service, await accept(ann, SLEEPER))
    keeper = settlement(service)
    await keeper.finished(job, came_to(job, Verdict.INTERNAL_ERROR))
    assert await used(service, ann) == (0, 0)
    first = await done(ann, job.id)
    await ran(ann, "print(1)\n") if (await service.services.dispatcher.load()).capacity > 1 else None
    before = await used(service, ann)
    for verdict in (Verdict.INTERNAL_ERROR, Verdict.RUNTIME_ERROR):
        await keeper.finished(job, came_to(job, verdict))
    await keeper.started(job, datetime.now(UTC))
    assert await used(service, ann) == before
    assert await done(ann, job.id) == first
    labels = {"kind": "run", "language": "python", "status": "failed"}
    assert value(service, "execution_jobs_finished_total", **labels, verdict="internal_error") == 1
    assert value(service, "execution_jobs_finished_total", **labels, verdict="runtime_error") == 0
    await stop(service, job.id)


async def test_of_two_results_of_a_submission_the_first_stands_and_counts(
    ann: Person, bob: Person, admin: Person, service: Service
) -> None:
    problem = await make_problem(admin)
    room = await pair(ann, bob, phase="coding", problemId=problem)
    job = await job_of(service, await hand_in(ann, room, SLEEPER))
    keeper = settlement(service)
    for verdict in (Verdict.WRONG_ANSWER, Verdict.ACCEPTED, Verdict.WRONG_ANSWER):
        await keeper.finished(job, came_to(job, verdict))
    await keeper.started(job, datetime.now(UTC))
    detail = await judged(ann, job.id)
    assert (detail["status"], detail["verdict"]) == ("completed", "wrong_answer")
    shown = expect(await admin.get(f"/problems/{problem}"))
    assert (shown["totalSubmissions"], shown["acceptanceRate"]) == (1, 0)
    assert [event.type for event in await events(service, room)].count("submission_judged") == 1
    await stop(service, job.id)


async def test_of_two_results_of_an_input_the_first_stands(ann: Person, service: Service) -> None:
    batch, jobs = await start_batch(ann, SLEEPER, {}, {})
    job = await job_of(service, batch)
    keeper, lost, good = settlement(service), came_to(job, Verdict.INTERNAL_ERROR), came_to(job, Verdict.ACCEPTED)
    for _ in range(2):
        await keeper.part_finished(job, jobs[0], lost.records[jobs[0]])
    await keeper.part_started(job, jobs[0], datetime.now(UTC))
    assert (await used(service, ann)) == (1, 1)
    await keeper.finished(job, good)
    await keeper.finished(job, lost)
    found = await batched(ann, batch)
    assert [item["verdict"] for item in found["items"]] == ["internal_error", "accepted"]
    assert await used(service, ann) == (1, 0)
    await stop(service, batch)


async def test_when_something_began_stays_as_it_was_told_first(ann: Person, service: Service) -> None:
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(3, (await service.services.dispatcher.load()).capacity))]
    job = await job_of(service, await accept(ann, SLEEPER))  # which waits, like the batch
    batch = await job_of(service, (await start_batch(ann, SLEEPER, {}, {}))[0])
    keeper = settlement(service)
    await keeper.started(job, MOMENT)
    await keeper.started(batch, MOMENT)
    await keeper.part_started(batch, batch.ids[1], MOMENT)
    async with service.services.database.read() as work:
        rows = (await work.session.execute(select(Run).where(Run.id.in_([job.id, *batch.ids])))).scalars()
        runs = {row.id: (row.status, row.started_at) for row in rows}
        assert (await work.session.get_one(Batch, batch.id)).status == "running"
    begun = ("running", MOMENT)
    assert runs == {job.id: begun, batch.ids[1]: begun, batch.ids[2]: ("queued", None)}
    later = not_done(job, Verdict.RUNTIME_ERROR, started_at=datetime.now(UTC))
    await keeper.finished(job, later)
    assert (await done(ann, job.id))["startedAt"] == "2026-03-03T12:00:00.000Z"
    await keeper.finished(batch, came_to(batch, Verdict.CANCELLED))
    await stop(service, job.id, batch.id, *sleepers)


async def test_a_job_whose_room_is_gone_is_settled_all_the_same(ann: Person, admin: Person, service: Service) -> None:
    room = await open_room(ann, problemId=await make_problem(admin))
    jobs = [await job_of(service, await hand_in(ann, room, SLEEPER)) for _ in range(2)]
    jobs.append(await job_of(service, await accept(ann, SLEEPER, room=room)))
    expect(await ann.delete(f"/rooms/{room['roomId']}"))
    keeper = settlement(service)
    for job in jobs:
        await keeper.started(job, MOMENT)
        await keeper.finished(job, came_to(job, Verdict.INTERNAL_ERROR))
    assert (await used(service, ann))[1] == 0


async def test_a_room_may_be_destroyed_while_its_jobs_are_settled(
    ann: Person, bob: Person, admin: Person, service: Service
) -> None:
    problem, keeper = await make_problem(admin), settlement(service)
    for _ in range(4):
        room = await pair(ann, bob, phase="coding", problemId=problem)
        jobs = [await job_of(service, await hand_in(ann, room, SLEEPER)) for _ in range(3)]
        jobs += [await job_of(service, await accept(bob, SLEEPER, room=room)) for _ in range(3)]
        results: list[Any] = await asyncio.gather(
            *(keeper.finished(job, came_to(job, Verdict.WRONG_ANSWER)) for job in jobs),
            ann.delete(f"/rooms/{room['roomId']}"),
        )
        expect(results[-1])
        await stop(service, *(job.id for job in jobs))
    assert (await used(service, ann))[1] == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_metrics_tell_what_became_of_jobs(ann: Person, admin: Person, service: Service) -> None:
    room = await open_room(
        ann, problemId=await make_problem(admin, testCases=[{"input": "", "expectedOutput": "1"}] * 2)
    )
    await ran(ann, "print(1)\n")
    await ran(ann, "while True: pass\n", cpuTimeMs=100)
    await ran(ann, "import sys\nsys.stderr.write('x' * (2 << 20))\n")
    cancelled = await accept(ann, SLEEPER)
    expect(await ann.post(f"/execution/{cancelled}/cancel"), 202)
    await done(ann, cancelled)
    await judged(ann, await hand_in(ann, room))
    batch, _ = await start_batch(ann, "print(input())\n", {"stdin": "1"}, {})
    await batched(ann, batch)
    run = {"kind": "run", "language": "python"}
    assert value(service, "execution_jobs_submitted_total", **run) == 4
    assert value(service, "execution_jobs_submitted_total", kind="batch", language="python") == 2
    assert value(service, "execution_jobs_finished_total", **run, status="completed", verdict="accepted") == 2
    assert value(service, "execution_jobs_finished_total", **run, status="failed", verdict="time_limit_exceeded") == 1
    assert value(service, "execution_jobs_finished_total", **run, status="failed", verdict="cancelled") == 1
    judging = {"kind": "submission", "language": "python", "status": "completed", "verdict": "accepted"}
    assert value(service, "execution_jobs_finished_total", **judging) == 1
    of_batch = {"kind": "batch", "language": "python", "status": "failed", "verdict": "runtime_error"}
    assert value(service, "execution_jobs_finished_total", **of_batch) == 1
    assert value(service, "execution_limit_hits_total", language="python", limit="cpu_time") == 1
    assert value(service, "execution_cancellations_total", kind="run") == 1
    assert value(service, "execution_output_truncated_total", stream="stderr") == 1
    assert value(service, "submission_test_cases_total", language="python", verdict="accepted") == 2
    assert value(service, "submission_judging_seconds_count", language="python") == 1
    assert value(service, "execution_queue_wait_seconds_count", kind="run") >= 3
    assert value(service, "execution_result_lag_seconds_count", kind="run") == 4
    assert value(service, "execution_result_lag_seconds_count", kind="batch") == 1
    assert value(service, "execution_duration_seconds_count", language="python", phase="run") >= 7
    assert value(service, "execution_duration_seconds_count", language="python", phase="check") == 2
    assert value(service, "execution_overhead_seconds_count", stage="prepare") >= 7
    assert value(service, "execution_overhead_seconds_count", stage="collect") >= 7


async def test_a_job_that_begins_again_has_waited_once(ann: Person, service: Service) -> None:
    job = await job_of(service, await accept(ann, SLEEPER))
    keeper = settlement(service)
    for _ in range(3):
        await keeper.started(job, datetime.now(UTC))
    await stop(service, job.id)
    await done(ann, job.id)
    assert value(service, "execution_queue_wait_seconds_count", kind="run") == 1


async def test_what_nobody_can_do_ends_as_our_failure(ann: Person, admin: Person, service: Service) -> None:
    problem = await make_problem(admin)
    room = await open_room(ann, "ai", problemId=problem)
    await advance(ann, room, "warmup")
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(3, (await service.services.dispatcher.load()).capacity))]
    run = await accept(ann, "print(1)")
    submission = await hand_in(ann, room)
    batch, (first, *_) = await start_batch(ann, "print(1)", {}, {})
    before = (await used(service, ann))[0]
    async with service.services.database.write() as work:
        for id_ in (run, submission, batch):
            row = (await work.session.execute(select(OutboxJob).where(OutboxJob.id == id_))).scalar_one()
            await give_up(work, row)
    for id_ in (run, first):
        found = await done(ann, id_)
        assert (found["status"], found["verdict"], found["error"]) == ("failed", "internal_error", NOT_RUN)
    found = await judged(ann, submission)
    assert (found["status"], found["verdict"], found["errorTestCases"]) == ("failed", "internal_error", 1)
    told = [event.details for event in await events(service, room) if event.type == "submission_judged"]
    assert told == [{"submissionId": submission, "verdict": "internal_error"}]
    assert (await batched(ann, batch))["status"] == "failed"
    assert (await used(service, ann))[0] == before - 4
    await stop(service, *sleepers, run, submission, batch)
