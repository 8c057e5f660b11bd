"""What is accepted is in the queue, or was never accepted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import func, select

from api.enums import SessionEventType
from api.execution.models import Batch, OutboxJob, Run, Submission
from api.execution.recovery import take_up, take_up_lost
from api.problems.models import ProblemValidation
from runner.distributed.circuits import FAILURES
from runner.distributed.queue import PREFIX
from tests.api.execution.work import accept, done, program, start_batch, used
from tests.api.people import Person, Service, expect, refused
from tests.api.relay import Relay, relaying
from tests.api.rooms.parties import events, make_problem, pair, snapshots
from tests.redis_server import RedisServer

ENQUEUE = b"\r\nenqueue\r\n"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def relay(redis_server: RedisServer) -> Iterator[Relay]:
    with relaying(redis_server.port) as opened:
        yield opened


@pytest.fixture
def changes(relay: Relay) -> Mapping[str, Any]:
    return {"redis_url": relay.url, "enqueue_seconds": 0.3, "runs_per_minute": 1000, "submissions_per_minute": 1000}


@pytest.fixture
def full(redis_server: RedisServer) -> Iterator[None]:
    """The server remembers nothing more."""
    with redis.Redis(port=redis_server.port) as client:
        client.config_set("maxmemory", 1)
        yield
        client.config_set("maxmemory", 0)


async def rows(service: Service) -> dict[str, int]:
    found = {}
    async with service.services.database.read() as work:
        for table in (Run, Batch, Submission, ProblemValidation, OutboxJob):
            count = await work.session.execute(select(func.count()).select_from(table))
            found[table.__tablename__] = int(count.scalar_one())
    return {name: count for name, count in found.items() if count}


async def ask(person: Person, key: str) -> httpx.Response:
    return await person.post("/execution/run", program(), headers={"Idempotency-Key": key})


@pytest.mark.parametrize("swallowed", [b"", ENQUEUE], ids=["everything", "the job"])
async def test_a_queue_that_does_not_answer_costs_nothing(
    service: Service, ann: Person, relay: Relay, swallowed: bytes
) -> None:
    key = str(uuid.uuid4())
    relay.swallowed = swallowed
    refused(await ask(ann, key), 504, "EXECUTION_SERVICE_TIMEOUT")
    assert await rows(service) == {}
    assert await used(service, ann) == (0, 0)
    relay.swallowed = None
    expect(await ask(ann, key), 202)
    assert await rows(service) == {"runs": 1, "outbox": 1}
    assert await used(service, ann) == (1, 1)


@only_sqlite
async def test_after_five_failures_nothing_is_tried_any_more(service: Service, ann: Person, relay: Relay) -> None:
    relay.swallowed = ENQUEUE
    for _ in range(FAILURES):
        answer = await ann.post("/execution/run", program())
        refused(answer, 504, "EXECUTION_SERVICE_TIMEOUT")
        assert answer.headers["Retry-After"] == "2"
    relay.swallowed = None
    answer = await ann.post("/execution/run", program())
    refusal = refused(answer, 503, "EXECUTION_SERVICE_UNAVAILABLE")
    assert refusal["details"]["circuit"] == "queue"
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert await rows(service) == {}


@only_sqlite
async def test_a_queue_that_is_dead_is_said_to_be(service: Service, ann: Person, redis_server: RedisServer) -> None:
    redis_server.kill()
    answer = await ann.post("/execution/run", program())
    refused(answer, 503, "EXECUTION_SERVICE_UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) >= 1
    assert await rows(service) == {}
    assert await used(service, ann) == (0, 0)


@only_sqlite
async def test_figures_are_what_the_database_knows_while_the_queue_is_dead(
    ann: Person, admin: Person, redis_server: RedisServer
) -> None:
    await accept(ann)
    redis_server.kill()
    shown = expect(await admin.get("/admin/dashboard"))["executions"]
    assert (shown["runsLast24h"], shown["queueDepth"], shown["workersBusy"], shown["workersTotal"]) == (1, 1, 0, 0)


@pytest.mark.usefixtures("full")
async def test_a_batch_that_no_queue_takes_was_never_there(service: Service, ann: Person) -> None:
    body = program(inputs=[{"stdin": "1"}, {"stdin": "2"}])
    refused(await ann.post("/execution/batches", body), 503, "EXECUTION_SERVICE_UNAVAILABLE")
    assert await rows(service) == {}
    assert await used(service, ann) == (0, 0)


@pytest.mark.usefixtures("full")
async def test_a_validation_that_no_queue_takes_was_never_there(service: Service, admin: Person) -> None:
    verdicts = {"permittedVerdicts": ["accepted"], "requiredVerdicts": ["accepted"]}
    solution = {"name": "right.py", "language": "python", "code": "print(3)\n", "isModel": True, **verdicts}
    problem = await make_problem(admin)
    expect(await admin.post(f"/problems/{problem}/solutions", solution), 201)
    answer = await admin.post(f"/problems/{problem}/validate", {})
    refused(answer, 503, "EXECUTION_SERVICE_UNAVAILABLE")
    assert await rows(service) == {}


@pytest.mark.usefixtures("full")
async def test_a_room_keeps_nothing_of_what_no_queue_takes(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room = await pair(ann, bob, phase="coding", problemId=await make_problem(admin))
    before = [event.id for event in await events(service, room)]
    kept = [snapshot.id for snapshot in await snapshots(service, room)]
    for way in ("run", "submit"):
        answer = await bob.post(f"/rooms/{room['roomId']}/{way}", program())
        refused(answer, 503, "EXECUTION_SERVICE_UNAVAILABLE")
    assert await rows(service) == {}
    assert [event.id for event in await events(service, room)] == before
    assert [snapshot.id for snapshot in await snapshots(service, room)] == kept


@only_sqlite
async def test_what_a_room_was_asked_for_stays_where_the_queue_takes_it(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room = await pair(ann, bob, phase="coding", problemId=await make_problem(admin))
    for way in ("run", "submit"):
        expect(await bob.post(f"/rooms/{room['roomId']}/{way}", program()), 202)
    types = [event.type for event in await events(service, room)]
    assert types[-2:] == [SessionEventType.CODE_RUN.value, SessionEventType.CODE_SUBMITTED.value]


@only_sqlite
async def test_an_input_that_was_cancelled_stays_so_when_its_batch_begins_anew(
    service: Service, ann: Person, redis_server: RedisServer
) -> None:
    batch, (first, second) = await start_batch(ann, "print('never')\n", {}, {})
    expect(await ann.post(f"/execution/{first}/cancel"), 202)
    assert (await done(ann, first))["verdict"] == "cancelled"
    redis_server.forget()
    await take_up(service.services)
    with redis.Redis(port=redis_server.port) as client:
        assert client.smembers(f"{PREFIX}unwanted:{batch}") == {first.encode()}
    assert expect(await ann.get(f"/execution/{second}"))["status"] == "queued"


async def test_a_cancel_that_nobody_could_hear_is_heard_later(
    service: Service, ann: Person, redis_server: RedisServer
) -> None:
    job_id = await accept(ann)
    _, (input_id, _) = await start_batch(ann, "print('never')\n", {}, {})
    redis_server.kill()
    for id_ in (job_id, input_id):
        expect(await ann.post(f"/execution/{id_}/cancel"), 202)
    redis_server.start()
    with redis.Redis(port=redis_server.port) as client:
        assert client.hget(f"{PREFIX}job:{job_id}", "state") == b"waiting"
    service.clock.forward(seconds=60)
    await take_up_lost(service.services)
    for id_ in (job_id, input_id):
        assert (await done(ann, id_))["verdict"] == "cancelled"
