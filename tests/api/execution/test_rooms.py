"""Runs in rooms, and the lists of what was run and submitted there (API.md 8.7, 11.1 and 11.2)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api.execution.models import Batch, Run
from api.execution.recovery import forget_old_results
from tests.api.execution.work import (
    SLEEPER,
    UNKNOWN,
    accept,
    again,
    batched,
    done,
    hand_in,
    idle,
    judged,
    program,
    running,
    start_batch,
    used,
)
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import (
    MALFORMED,
    advance,
    events,
    join,
    look,
    make_problem,
    open_room,
    pair,
    people,
    snapshots,
)

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RUN_SUMMARY = {
    "jobId",
    "userId",
    "username",
    "language",
    "status",
    "verdict",
    "exitCode",
    "signal",
    "durationMs",
    "cpuTimeMs",
    "memoryUsageMb",
    "timedOut",
    "outputTruncated",
    "createdAt",
    "completedAt",
}
SUBMISSION_SUMMARY = {
    "submissionId",
    "userId",
    "username",
    "problemId",
    "problemTitle",
    "language",
    "status",
    "verdict",
    "totalTestCases",
    "passedTestCases",
    "failedTestCases",
    "errorTestCases",
    "score",
    "maxScore",
    "totalDurationMs",
    "submittedAt",
    "completedAt",
}


@pytest.mark.parametrize("what", ["run", "submit"])
async def test_only_active_members_who_may_run_code_do(
    service: Service, ann: Person, bob: Person, admin: Person, what: str
) -> None:
    room = await pair(ann, bob, problemId=await make_problem(admin), config={"maxParticipants": 4})
    eve, outsider, kim = await people(service, "eve", "outsider", "kim")
    await join(eve, room, "observer")
    await join(kim, room, "observer")
    expect(await ann.delete(f"/rooms/{room['roomId']}/participants/{kim.id}"), 204)
    path = f"/rooms/{room['roomId']}/{what}"
    details = refused(await eve.post(path, program()), 403, "ROOM_PERMISSION_DENIED")["details"]
    assert details == {"capability": f"code:{what}"}
    for person in (outsider, kim, admin):
        refused(await person.post(path, program()), 403, "ROOM_NOT_PARTICIPANT")
    for room_id in (UNKNOWN, *MALFORMED):
        response = await ann.post(f"/rooms/{room_id}/{what}", program())
        refused(response, 404, "ROOM_NOT_FOUND" if "." not in room_id else "NOT_FOUND")
    expect(await bob.post(f"/rooms/{room['roomId']}/leave"), 204)
    refused(await bob.post(path, program()), 403, "ROOM_NOT_PARTICIPANT")
    refused(await outsider.post(path, program("")), 400, "VALIDATION_FAILED")  # shape before membership
    for person in (eve, outsider, bob, admin):
        assert await used(service, person) == (0, 0)
    expect(await ann.post(path, program()), 202)
    await idle(service, ann)


async def test_a_locked_editor_and_a_finished_room_take_nothing(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room = await pair(ann, bob, problemId=await make_problem(admin))
    base = f"/rooms/{room['roomId']}"
    expect(await ann.post(f"{base}/control/lock-editor"))
    for what in ("run", "submit"):
        refused(await bob.post(f"{base}/{what}", program()), 409, "ROOM_EDITOR_LOCKED")
    expect(await ann.post(f"{base}/control/unlock-editor"))
    await done(bob, await accept(bob, room=room))
    expect(await bob.post(f"{base}/leave"), 204)
    await advance(ann, room, "finished")
    for person in (ann, bob):  # finished comes before inactive
        for what in ("run", "submit"):
            refused(await person.post(f"{base}/{what}", program()), 409, "ROOM_FINISHED")
    assert await used(service, ann) == (0, 0)


@only_sqlite
async def test_code_runs_in_every_unfinished_phase_in_any_language(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, language="rust")
    for phase in ("waiting", "warmup", "coding", "wrapup"):
        if phase != "waiting":
            await advance(ann, room, phase)
        result = await done(bob, await accept(bob, "print(6 * 7)\n", room=room))
        assert (result["verdict"], result["stdout"]) == ("accepted", "42\n")


async def test_running_is_an_event_of_the_session(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    job = await accept(bob, room=room)
    await done(bob, job)
    refused(await bob.post(f"/rooms/{room['roomId']}/run", program("")), 400, "VALIDATION_FAILED")
    found = [event for event in await events(service, room) if event.type == "code_run"]
    assert [(event.user_id, event.details) for event in found] == [(bob.id, {"jobId": job, "language": "python"})]
    assert await snapshots(service, room) == []


async def test_submitting_keeps_the_code_and_tells_the_session(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room = await pair(ann, bob, phase="coding", problemId=await make_problem(admin))
    code = "print(sum(map(int, input().split())))  # ż\0\n".replace("\0", "")
    submission = await hand_in(bob, room, code)
    await judged(bob, submission)
    await idle(service, bob)
    kept = await snapshots(service, room)
    assert [(one.trigger, one.language, one.code, one.phase) for one in kept] == [
        ("submission", "python", code.encode(), "coding")
    ]
    found = [event for event in await events(service, room) if event.type.startswith(("code", "submission"))]
    facts = {event.type: (event.user_id, event.details) for event in found}
    assert facts == {
        "code_submitted": (bob.id, {"submissionId": submission, "language": "python"}),
        "submission_judged": (bob.id, {"submissionId": submission, "verdict": "accepted"}),
    }


async def listed(person: Person, room: Json, what: str, **query: Any) -> list[Json]:
    return list(expect(await person.get(f"/rooms/{room['roomId']}/{what}", **query))["data"])


async def test_the_runs_of_a_room_are_listed_newest_first(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room, other = await pair(ann, bob), await open_room(ann)
    jobs = []
    for person, code, language in (
        (ann, "print(1)\n", "python"),
        (bob, "import sys\nsys.exit(2)\n", "python"),
        (bob, "console.log(3)\n", "javascript"),
    ):
        service.clock.forward(seconds=1)
        jobs.append(await accept(person, code, room=room, language=language))
        await done(person, jobs[-1])
    await done(ann, await accept(ann, room=other))
    await done(ann, await accept(ann))
    found = await listed(bob, room, "runs")
    assert [run["jobId"] for run in found] == jobs[::-1]
    assert {frozenset(run) for run in found} == {frozenset(RUN_SUMMARY)}
    facts = {name: found[1][name] for name in ("userId", "username", "language", "status", "verdict", "exitCode")}
    assert facts == {
        "userId": bob.id,
        "username": "bob",
        "language": "python",
        "status": "failed",
        "verdict": "runtime_error",
        "exitCode": 2,
    }
    assert await listed(admin, room, "runs") == found
    queries: list[tuple[Json, list[int]]] = [
        ({"userId": bob.id}, [2, 1]),
        ({"userId": UNKNOWN}, []),
        ({"language": "javascript"}, [2]),
        ({"language": "rust"}, []),
        ({"status": "failed"}, [1]),
        ({"status": "completed", "userId": bob.id}, [2]),
        ({"status": "queued"}, []),
        ({"sortOrder": "asc"}, [0, 1, 2]),
        ({"unknown": "x"}, [2, 1, 0]),
    ]
    for query, numbers in queries:
        assert [run["jobId"] for run in await listed(ann, room, "runs", **query)] == [jobs[n] for n in numbers], query
    coded = await listed(ann, room, "runs", includeCode="true")
    assert [run["code"] for run in coded] == ["console.log(3)\n", "import sys\nsys.exit(2)\n", "print(1)\n"]
    pages, cursor = [], None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = expect(await ann.get(f"/rooms/{room['roomId']}/runs", **query))
        pages += [run["jobId"] for run in page["data"]]
        cursor = page["pagination"]["nextCursor"]
        assert page["pagination"]["hasMore"] == (cursor is not None)
        if cursor is None:
            break
        foreign = f"/rooms/{room['roomId']}/submissions", f"/rooms/{other['roomId']}/runs"
        for path in foreign:
            refused(await ann.get(path, cursor=cursor), 400, "VALIDATION_FAILED")
        response = await ann.get(f"/rooms/{room['roomId']}/runs", cursor=cursor, status="failed")
        refused(response, 400, "VALIDATION_FAILED")
    assert pages == jobs[::-1]


@only_sqlite
async def test_a_list_that_cannot_be_is_refused(ann: Person) -> None:
    room = await open_room(ann)
    wrong: Json = {
        "userId": "x",
        "language": "cobol",
        "includeCode": "1",
        "limit": 101,
        "cursor": "x",
        "sortOrder": "up",
    }
    for what, status in (("runs", "pending"), ("submissions", "queued")):
        for name, value in {**wrong, "status": status}.items():
            response = await ann.get(f"/rooms/{room['roomId']}/{what}", **{name: value})
            assert list(refused(response, 400, "VALIDATION_FAILED")["details"]) == [name]
        refused(await ann.get(f"/rooms/{UNKNOWN}/{what}"), 404, "ROOM_NOT_FOUND")


async def test_a_run_is_in_the_list_from_the_beginning(ann: Person) -> None:
    room = await open_room(ann)
    job = await accept(ann, SLEEPER, room=room)
    await running(ann, f"/execution/{job}")
    (entry,) = await listed(ann, room, "runs", status="running")
    assert (entry["jobId"], entry["verdict"], entry["completedAt"], entry["exitCode"]) == (job, None, None, None)
    expect(await ann.post(f"/execution/{job}/cancel"), 202)
    await done(ann, job)
    (entry,) = await listed(ann, room, "runs", status="failed")
    assert entry["verdict"] == "cancelled"


async def test_after_a_day_a_run_stays_in_its_rooms_list_and_nothing_else_does(service: Service, ann: Person) -> None:
    room = await open_room(ann)
    there, alone = await accept(ann, room=room), await accept(ann)
    batch, jobs = await start_batch(ann, "print(1)\n", {})
    await batched(ann, batch)
    kept = (await done(ann, there))["completedAt"]
    await done(ann, alone)
    await forget_old_results(service.services)
    assert (await done(ann, alone))["stdout"] == "1\n"
    service.clock.forward(hours=24, minutes=1)
    ann = await again(service, ann)
    await forget_old_results(service.services)
    (entry,) = await listed(ann, room, "runs", includeCode="true")
    facts = [entry[name] for name in ("jobId", "verdict", "exitCode", "completedAt", "code")]
    assert facts == [there, "accepted", 0, kept, "print(1)\n"]
    async with service.services.database.read() as work:
        rows = {run.id: run for run in (await work.session.execute(select(Run))).scalars()}
        assert (await work.session.execute(select(Batch))).all() == []
    assert list(rows) == [there]
    assert rows[there].result is None
    for job in (there, alone, *jobs):
        refused(await ann.get(f"/execution/{job}"), 404, "EXECUTION_JOB_NOT_FOUND")


async def test_the_submissions_of_a_room_are_listed_newest_first(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    first, second = await make_problem(admin, "First"), await make_problem(admin, "Second")
    room = await pair(ann, bob, problemId=first)
    base = f"/rooms/{room['roomId']}"
    good = await hand_in(bob, room, "print(3)\n")
    await judged(bob, good)
    service.clock.forward(seconds=1)
    expect(await ann.put(f"{base}/control/problem", {"problemId": second}))
    bad = await hand_in(ann, room, "print(4)\n")
    await judged(ann, bad)
    found = await listed(bob, room, "submissions")
    assert {frozenset(entry) for entry in found} == {frozenset(SUBMISSION_SUMMARY)}
    names = ("submissionId", "username", "problemTitle", "problemId", "status", "verdict", "passedTestCases")
    assert [tuple(entry[name] for name in names) for entry in found] == [
        (bad, "ann", "Second", second, "completed", "wrong_answer", 0),
        (good, "bob", "First", first, "completed", "accepted", 1),
    ]
    assert (found[0]["failedTestCases"], found[0]["totalTestCases"], found[0]["score"]) == (1, 1, None)
    assert await listed(admin, room, "submissions") == found
    queries: list[tuple[Json, list[str]]] = [
        ({"userId": bob.id}, [good]),
        ({"language": "c"}, []),
        ({"status": "completed"}, [bad, good]),
        ({"status": "failed"}, []),
        ({"sortOrder": "asc", "limit": 1}, [good]),
    ]
    for query, wanted in queries:
        entries = await listed(ann, room, "submissions", **query)
        assert [entry["submissionId"] for entry in entries] == wanted, query
    assert [entry["code"] for entry in await listed(ann, room, "submissions", includeCode="true")] == [
        "print(4)\n",
        "print(3)\n",
    ]


async def test_destroying_a_room_stops_and_erases_its_jobs(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room = await pair(ann, bob, problemId=await make_problem(admin))
    job = await accept(bob, SLEEPER, room=room)
    submission = await hand_in(ann, room, SLEEPER)
    alone = await accept(ann, "print('mine')\n")
    await running(bob, f"/execution/{job}")
    expect(await ann.delete(f"/rooms/{room['roomId']}"))
    await idle(service, ann)
    await idle(service, bob)
    refused(await bob.get(f"/execution/{job}"), 404, "EXECUTION_JOB_NOT_FOUND")
    refused(await ann.get(f"/submissions/{submission}"), 404, "SUBMISSION_NOT_FOUND")
    assert (await done(ann, alone))["stdout"] == "mine\n"


async def test_a_ban_stops_the_jobs_of_the_banned(service: Service, ann: Person, bob: Person, admin: Person) -> None:
    room = await pair(ann, bob, problemId=await make_problem(admin))
    mine = await accept(ann, "import time\ntime.sleep(0.5)\nprint('mine')\n", room=room)
    job = await accept(bob, SLEEPER, room=room)
    submission = await hand_in(bob, room, SLEEPER)
    expect(await admin.patch(f"/admin/users/{bob.id}", {"banned": True, "bannedReason": "mining"}))
    await idle(service, bob)
    assert (await done(ann, job))["verdict"] == "cancelled"
    assert (await judged(ann, submission))["verdict"] == "cancelled"
    assert (await done(ann, mine))["stdout"] == "mine\n"
    refused(await bob.get(f"/execution/{job}"), 403, "USER_BANNED")


async def test_finishing_a_room_lets_its_jobs_end(ann: Person, bob: Person, admin: Person) -> None:
    room = await pair(ann, bob, problemId=await make_problem(admin))
    code = "import time\ntime.sleep(0.5)\nprint(3)\n"
    job, submission = await accept(bob, code, room=room), await hand_in(bob, room, code)
    await advance(ann, room, "finished")
    assert (await done(bob, job))["verdict"] == "accepted"
    assert (await judged(bob, submission))["verdict"] == "accepted"
    assert (await look(bob, room))["status"] == "finished"
