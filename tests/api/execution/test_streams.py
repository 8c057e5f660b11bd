"""Progress as it happens (API.md 11.6), through a real server."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.execution import streaming
from api.rooms.sweeps import sweep_presence
from api.users.models import User
from tests.api.execution.streams import Event, Stream, watch, watching
from tests.api.execution.work import SLEEPER, accept, again, done, hand_in, judged, running, start_batch, until
from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import join, look, make_problem, open_room, people, seat

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SLOW = "import time\nfor word in ('one', 'two', 'three'):\n    print(word, flush=True)\n    time.sleep(0.2)\n"


@pytest.fixture
def client(live_service: Service) -> httpx.AsyncClient:
    return live_service.client


def kinds(events: list[Event]) -> list[str]:
    return [event.data["status"] if event.kind == "status" else event.kind for event in events]


def in_order(events: list[Event]) -> bool:
    return all(earlier.id < later.id for earlier, later in itertools.pairwise(events))


async def test_a_run_is_followed_from_its_beginning_to_its_result(client: httpx.AsyncClient, ann: Person) -> None:
    job = await accept(ann, "print('hello')\n")
    async with watching(client, ann, f"/execution/{job}/events") as stream:
        assert stream.response.headers["Content-Type"].startswith("text/event-stream")
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert stream.response.headers["X-Request-Id"]
        events = await stream.rest()
    assert kinds(events) == ["queued", "running", "compile", "output", "result"]
    assert in_order(events)
    assert set(events[0].data) == {"status", "queuePosition", "at"}
    assert set(events[1].data) == {"status", "at"}
    result = await done(ann, job)
    assert events[2].data == result["compile"]
    assert events[3].data == {"stream": "stdout", "chunk": "hello\n", "offset": 0}
    assert events[4].data == result


@only_sqlite
async def test_output_comes_while_the_program_runs(client: httpx.AsyncClient, ann: Person) -> None:
    job = await accept(ann, SLOW)
    events = await watch(client, ann, f"/execution/{job}/events")
    output = [event for event in events if event.kind == "output"]
    assert [(event.data["chunk"], event.data["offset"]) for event in output] == [
        ("one\n", 0),
        ("two\n", 4),
        ("three\n", 8),
    ]
    assert output[2].at - output[0].at > 0.25
    assert events[-1].data["stdout"] == "one\ntwo\nthree\n"


@only_sqlite
async def test_a_stream_is_resumed_without_gaps_and_without_repetition(client: httpx.AsyncClient, ann: Person) -> None:
    job = await accept(ann, SLOW)
    path = f"/execution/{job}/events"
    whole, parts = asyncio.create_task(watch(client, ann, path)), []
    after = None
    with contextlib.suppress(StopAsyncIteration):
        while True:
            async with watching(client, ann, path, after=after) as stream:
                for _ in range(2):
                    parts.append(await stream.next())
                    after = parts[-1].id
            if parts[-1].kind == "result":
                break
    expected = await whole
    assert [(event.id, event.kind, event.data) for event in parts] == [
        (event.id, event.kind, event.data) for event in expected
    ]


@only_sqlite
async def test_an_id_of_before_gets_everything_and_one_to_come_gets_the_result(
    client: httpx.AsyncClient, ann: Person
) -> None:
    job = await accept(ann, SLOW)
    path = f"/execution/{job}/events"
    early, late = await asyncio.gather(
        watch(client, ann, path, after=0), watch(client, ann, path, after=999_999_999_999_999_999)
    )
    assert kinds(early)[:2] == ["queued", "running"]
    assert kinds(late) == ["result"]
    for wrong in ("x", "-1", "1" * 19, ""):
        headers = {"Last-Event-ID": wrong}
        details = refused(await ann.request("GET", path, headers=headers), 400, "VALIDATION_FAILED")["details"]
        assert list(details) == ["Last-Event-ID"]


async def test_a_finished_run_has_its_result_at_once(client: httpx.AsyncClient, ann: Person) -> None:
    job = await accept(ann, "print(1)\n")
    result = await done(ann, job)
    events = await watch(client, ann, f"/execution/{job}/events")
    assert [(event.kind, event.data) for event in events] == [("result", result)]
    (again_,) = await watch(client, ann, f"/execution/{job}/events", after=events[0].id)
    assert again_.data == result
    assert again_.id > events[0].id


async def test_everybody_who_may_see_a_job_may_watch_it(
    client: httpx.AsyncClient, ann: Person, bob: Person, admin: Person
) -> None:
    room = await open_room(ann)
    await join(bob, room)
    job = await accept(bob, SLOW, room=room)
    path = f"/execution/{job}/events"
    streams = await asyncio.gather(*(watch(client, person, path) for person in (ann, bob, admin)))
    facts = [[(event.id, event.kind, event.data) for event in stream] for stream in streams]
    assert facts[0] == facts[1] == facts[2]


@only_sqlite
async def test_a_run_that_waits_says_where(client: httpx.AsyncClient, ann: Person, service: Service) -> None:
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(3, (await service.services.dispatcher.load()).capacity))]
    jobs = [await accept(ann), await accept(ann)]
    for place, job in enumerate(jobs, 1):
        async with watching(client, ann, f"/execution/{job}/events") as stream:
            event = await stream.next()
        assert (event.kind, event.data["status"], event.data["queuePosition"]) == ("status", "queued", place)
    open_streams = service.services.streams.places.taken

    async def open_are(count: int) -> bool:
        return open_streams(ann.id) == count

    await until(lambda: open_are(0))
    watched = asyncio.create_task(watch(client, ann, f"/execution/{jobs[1]}/events"))
    await until(lambda: open_are(1))
    for job in (jobs[1], jobs[0], *sleepers):
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
    events = await watched
    assert kinds(events) == ["queued", "result"]
    assert (events[1].data["verdict"], events[1].data["startedAt"]) == ("cancelled", None)
    for job in sleepers:
        await done(ann, job)


@only_sqlite
async def test_output_may_be_base64(client: httpx.AsyncClient, ann: Person) -> None:
    code = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00')\n"
    job = await accept(ann, code, outputEncoding="base64")
    events = await watch(client, ann, f"/execution/{job}/events")
    (output,) = [event for event in events if event.kind == "output"]
    assert base64.b64decode(output.data["chunk"]) == b"\xff\x00"


@only_sqlite
async def test_what_does_not_compile_has_no_output(client: httpx.AsyncClient, ann: Person) -> None:
    job = await accept(ann, "console.log('early');\nlet x = ;\n", language="javascript")
    events = await watch(client, ann, f"/execution/{job}/events")
    assert kinds(events) == ["queued", "running", "compile", "result"]
    assert not events[2].data["ok"]
    assert events[3].data["verdict"] == "compile_error"


@only_sqlite
async def test_an_input_of_a_batch_is_followed_like_any_run(client: httpx.AsyncClient, ann: Person) -> None:
    code = "import time\nprint(input(), flush=True)\ntime.sleep(0.3)\n"
    _, jobs = await start_batch(ann, code, {"stdin": "a", "expectedOutput": "a"}, {"stdin": "b", "expectedOutput": "x"})
    streams = await asyncio.gather(*(watch(client, ann, f"/execution/{job}/events") for job in jobs))
    for events, passed in zip(streams, (True, False), strict=True):
        assert kinds(events) == ["queued", "compile", "running", "result"]
        assert in_order(events)
        assert events[-1].data["passed"] is passed


TESTS = [
    {"input": "1 2\n", "expectedOutput": "3\n"},
    {"input": "2 2\n", "expectedOutput": "5\n", "isHidden": True, "description": "secret"},
    {"input": "x\n", "expectedOutput": "\n", "isHidden": True},
]
ADD = "print(sum(map(int, input().split())))\n"


async def test_a_submission_is_followed_test_by_test(
    client: httpx.AsyncClient, ann: Person, bob: Person, admin: Person
) -> None:
    room = await open_room(ann, problemId=await make_problem(admin, testCases=TESTS))
    await join(bob, room)
    submission = await hand_in(ann, room, "import time\ntime.sleep(0.2)\n" + ADD)
    path = f"/submissions/{submission}/events"
    mine, theirs, all_of_it = await asyncio.gather(*(watch(client, person, path) for person in (ann, bob, admin)))
    assert kinds(mine)[:3] == ["pending", "running", "compile"]
    assert kinds(mine)[3:] == ["case", "progress"] * 3 + ["result"]
    assert in_order(mine)
    progress = [event.data for event in mine if event.kind == "progress"]
    assert [step["done"] for step in progress] == [1, 2, 3]
    assert progress[-1] == {"done": 3, "total": 3, "passed": 1, "failed": 1, "error": 1}
    result = await judged(ann, submission)
    assert mine[-1].data == result
    cases = sorted((event.data for event in mine if event.kind == "case"), key=lambda case: int(case["testCaseIndex"]))
    assert cases == result["testCases"]
    for case in cases[1:]:
        hidden = ("description", "input", "expectedOutput", "actualOutput", "stdout", "stderr", "exitCode", "signal")
        assert [case[name] for name in hidden] == [None] * 8
    assert [(event.id, event.data) for event in theirs] == [(event.id, event.data) for event in mine]
    shown = {event.data["testCaseIndex"]: event.data for event in all_of_it if event.kind == "case"}
    assert (shown[1]["description"], shown[1]["input"], shown[1]["actualOutput"]) == ("secret", "2 2\n", "4\n")
    assert all_of_it[-1].data["testCases"][1] == shown[1]


async def test_cancelling_ends_the_stream_with_the_result(
    client: httpx.AsyncClient, ann: Person, admin: Person
) -> None:
    room = await open_room(ann, problemId=await make_problem(admin))
    job, submission = await accept(ann, SLEEPER), await hand_in(ann, room, SLEEPER)
    paths = (f"/execution/{job}", f"/submissions/{submission}")
    watched = [asyncio.create_task(watch(client, ann, f"{path}/events")) for path in paths]
    for path in paths:
        await running(ann, path)
        expect(await ann.post(f"{path}/cancel"), 202)
    for events in await asyncio.gather(*watched):
        assert (events[-1].kind, events[-1].data["verdict"]) == ("result", "cancelled")


async def until_open(service: Service, count: int) -> None:
    """Wait until so many streams are open, each of somebody else."""

    async def all_are() -> bool:
        return service.services.streams.places.total == count

    await until(all_are)


async def none_is_open(service: Service) -> None:
    """Wait until every stream is closed on the server's side too."""

    async def none() -> bool:
        return service.services.streams.places.total == 0

    await until(none)


class TestReaders:
    """Who may not see a job any more reads no more of it."""

    @pytest.fixture(autouse=True)
    def _often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(streaming, "_LOOK_WHO_S", 0.05)

    async def test_whoever_is_removed_banned_or_signed_out_reads_no_more(
        self, client: httpx.AsyncClient, ann: Person, admin: Person, service: Service
    ) -> None:
        bob, eve, kim = await people(service, "bob", "eve", "kim")
        room = await open_room(ann, config={"maxParticipants": 4})
        await join(bob, room)
        await join(eve, room, "observer")
        await join(kim, room, "observer")
        job = await accept(ann, SLEEPER, room=room)
        path = f"/execution/{job}/events"
        everybody = [ann, bob, eve, kim, admin]
        reading = {person: asyncio.create_task(watch(client, person, path)) for person in everybody}
        await until_open(service, len(everybody))
        expect(await ann.delete(f"/rooms/{room['roomId']}/participants/{bob.id}"), 204)
        expect(await admin.patch(f"/admin/users/{eve.id}", {"banned": True, "bannedReason": "mining"}))
        expect(await kim.delete("/users/me"), 204)
        for person in (bob, eve, kim):
            assert kinds(await reading[person])[-1] != "result"
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
        for person in (ann, admin):
            assert kinds(await reading[person])[-1] == "result"

    @only_sqlite
    async def test_whoever_is_no_admin_any_more_is_not_shown_what_admins_are(
        self, client: httpx.AsyncClient, ann: Person, admin: Person, service: Service
    ) -> None:
        room = await open_room(ann, problemId=await make_problem(admin, testCases=TESTS))
        submission = await hand_in(ann, room, SLEEPER)
        reading = asyncio.create_task(watch(client, admin, f"/submissions/{submission}/events"))
        await until_open(service, 1)
        async with service.services.database.write() as work:
            await work.session.execute(update(User).where(User.id == admin.id).values(role="user"))
        assert kinds(await reading)[-1] != "result"
        expect(await ann.post(f"/submissions/{submission}/cancel"), 202)
        await judged(ann, submission)

    async def test_what_is_destroyed_ends_its_streams(
        self, client: httpx.AsyncClient, ann: Person, service: Service
    ) -> None:
        room = await open_room(ann)
        job = await accept(ann, SLEEPER, room=room)
        reading = asyncio.create_task(watch(client, ann, f"/execution/{job}/events"))
        await until_open(service, 1)
        expect(await ann.delete(f"/rooms/{room['roomId']}"))
        assert kinds(await reading)[-1] != "result"
        await none_is_open(service)

    @only_sqlite
    async def test_reading_on_is_a_sign_of_life(
        self, client: httpx.AsyncClient, ann: Person, bob: Person, service: Service
    ) -> None:
        room = await open_room(ann)
        await join(bob, room)
        job = await accept(ann, SLEEPER, room=room)
        reading = asyncio.create_task(watch(client, bob, f"/execution/{job}/events"))
        await until_open(service, 1)
        service.clock.forward(seconds=service.services.settings.presence_seconds + 1)

        async def seen() -> bool:
            return service.services.activity._rooms.get((room["roomId"], bob.id)) == service.clock.now()

        await until(seen)
        await sweep_presence(service.services)
        assert seat(await look(ann, room), bob)["isActive"]
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
        assert kinds(await reading)[-1] == "result"


class TestConnections:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"runs_per_minute": 1000, "streams_per_user": 3, "stream_seconds": 1}

    async def test_so_many_at_once_for_each_person(
        self, client: httpx.AsyncClient, ann: Person, admin: Person, service: Service
    ) -> None:
        job = await accept(ann, SLEEPER)
        path = f"/execution/{job}/events"
        async with contextlib.AsyncExitStack() as opened:
            streams: list[Stream] = [await opened.enter_async_context(watching(client, ann, path)) for _ in range(3)]
            for stream in streams:
                await stream.next()
            async with watching(client, ann, path) as refused_:
                response = refused_.response
            details = refused(response, 429, "RATE_LIMIT_EXCEEDED")["details"]
            assert (details["scope"], details["limit"]) == ("streams", 3)
            assert response.headers["Retry-After"] == "1"
            async with watching(client, admin, path) as stream:
                assert (await stream.next()).kind == "status"
        await none_is_open(service)
        assert expect(await ann.get(f"/execution/{job}/status"))["status"] == "running"
        async with watching(client, ann, path) as stream:
            assert (await stream.next()).kind == "status"
            expect(await ann.post(f"/execution/{job}/cancel"), 202)
            assert (await stream.rest())[-1].kind == "result"

    @only_sqlite
    async def test_a_refused_stream_takes_no_place(
        self, client: httpx.AsyncClient, ann: Person, bob: Person, service: Service
    ) -> None:
        job = await accept(ann, "print(1)\n")
        await done(ann, job)
        for _ in range(5):
            async with watching(client, bob, f"/execution/{job}/events") as stream:
                refused(stream.response, 404, "EXECUTION_JOB_NOT_FOUND")
            assert len(await watch(client, ann, f"/execution/{job}/events")) == 1
        await none_is_open(service)

    @only_sqlite
    async def test_whoever_hangs_up_before_anything_is_sent_takes_no_place(self, ann: Person, service: Service) -> None:
        job = await accept(ann, SLEEPER)
        for _ in range(5):
            await hung_up(service, ann, f"/execution/{job}/events")
        await none_is_open(service)
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
        await done(ann, job)

    @only_sqlite
    async def test_an_old_connection_is_closed_and_may_be_resumed(self, client: httpx.AsyncClient, ann: Person) -> None:
        job = await accept(ann, SLEEPER)
        path = f"/execution/{job}/events"
        events = await watch(client, ann, path)
        assert kinds(events) == ["queued", "running", "compile", "output"]
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
        await done(ann, job)
        (rest,) = await watch(client, ann, path, after=events[-1].id)
        assert (rest.kind, rest.data["verdict"]) == ("result", "cancelled")
        assert rest.id > events[-1].id

    @only_sqlite
    async def test_a_result_that_is_too_old_is_no_stream(
        self, client: httpx.AsyncClient, ann: Person, service: Service
    ) -> None:
        job = await accept(ann, "print(1)\n")
        await done(ann, job)
        service.clock.forward(hours=24, seconds=5)
        ann = await again(service, ann)
        async with watching(client, ann, f"/execution/{job}/events") as stream:
            refused(stream.response, 404, "EXECUTION_JOB_NOT_FOUND")


async def hung_up(service: Service, person: Person, path: str) -> None:
    """Ask for a stream over ASGI as a client that is gone before the first byte."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/api/v1{path}",
        "raw_path": f"/api/v1{path}".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"authorization", f"Bearer {person.token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"", "more_body": False} if asked == 1 else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        del message
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        await service.app(scope, receive, send)
