"""POST /rooms/{id}/control/transition: the whole table, and what each phase does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from api.enums import RoomStatus, SnapshotTrigger
from api.sessions.record import record_snapshot
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import (
    PHASES,
    advance,
    events,
    join,
    look,
    make_problem,
    open_room,
    pair,
    people,
    seat,
    session_row,
    snapshots,
    took_part,
)


def way(room: Json) -> str:
    return f"/rooms/{room['roomId']}/control/transition"


async def test_every_pair_of_phases_is_allowed_or_refused_as_the_table_says(
    service: Service, ann: Person, bob: Person
) -> None:
    allowed = {*pairwise(PHASES), *((phase, "finished") for phase in PHASES[:-1])}
    for start in PHASES:
        room = await pair(ann, bob, phase=start)
        possible = []
        for target in PHASES:
            if (start, target) in allowed:
                possible.append(target)
                continue
            error = "ROOM_FINISHED" if start == "finished" else "ROOM_INVALID_TRANSITION"
            refused(await ann.post(way(room), {"targetStatus": target}), 409, error)
            assert (await look(ann, room))["status"] == start
        for target in possible:
            other = await pair(ann, bob, phase=start)
            service.clock.forward(seconds=1)
            answer = expect(await ann.post(way(other), {"targetStatus": target}))
            assert answer == {
                "roomId": other["roomId"],
                "previousStatus": start,
                "currentStatus": target,
                "transitionedAt": (await look(ann, other))["currentPhaseStartedAt"],
                "transitionedBy": ann.id,
            }
            assert (await look(ann, other))["status"] == target


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_phase_that_is_none_is_refused(ann: Person) -> None:
    room = await open_room(ann)
    for body in ({}, {"targetStatus": "over"}, {"targetStatus": None}, {"targetStatus": 1}, {"status": "warmup"}, None):
        refused(await ann.post(way(room), body), 400, "VALIDATION_FAILED")


async def test_it_begins_only_with_the_people_it_needs(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 4})
    missing = refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_ROLE_CONSTRAINT_VIOLATION")
    assert missing["details"] == {"missing": ["candidate"]}
    await join(bob, room, "observer")
    refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_ROLE_CONSTRAINT_VIOLATION")
    (cat,) = await people(service, "cat")
    await join(cat, room)
    expect(await cat.post(f"/rooms/{room['roomId']}/leave"), 204)
    refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_ROLE_CONSTRAINT_VIOLATION")
    await join(cat, room)
    await advance(ann, room, "warmup")
    alone = await open_room(ann, "ai")
    await advance(ann, alone, "warmup", "coding", "wrapup", "finished")
    watched = await open_room(ann, "ai")
    participant = f"/rooms/{watched['roomId']}/participants/{ann.id}"
    expect(await ann.patch(participant, {"role": "observer"}))
    refused(await ann.post(way(watched), {"targetStatus": "warmup"}), 409, "ROOM_ROLE_CONSTRAINT_VIOLATION")


async def test_it_may_wait_until_those_it_needs_are_ready(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"requireReady": True, "maxParticipants": 3})
    ready = f"/rooms/{room['roomId']}/ready"
    expect(await ann.post(ready))
    refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_ROLE_CONSTRAINT_VIOLATION")
    await join(bob, room)
    body = refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_PARTICIPANTS_NOT_READY")
    assert body["details"] == {"userIds": [bob.id]}
    (cat,) = await people(service, "cat")
    await join(cat, room)
    assert seat(expect(await bob.post(ready)), bob)["isReady"]
    assert not seat(expect(await bob.post(ready)), bob)["isReady"]
    refused(await ann.post(way(room), {"targetStatus": "warmup"}), 409, "ROOM_PARTICIPANTS_NOT_READY")
    expect(await bob.post(ready))
    await advance(ann, room, "warmup")
    assert {one["isReady"] for one in (await look(ann, room))["participants"]} == {False}
    refused(await bob.post(ready), 409, "ROOM_INVALID_TRANSITION")


async def test_phases_are_changed_by_interviewer_and_host(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, config={"maxParticipants": 3})
    denied = refused(await bob.post(way(room), {"targetStatus": "warmup"}), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "room:change-phase"}
    (cat,) = await people(service, "cat")
    refused(await cat.post(way(room), {"targetStatus": "warmup"}), 403, "ROOM_NOT_PARTICIPANT")
    await join(cat, room)
    transfer = f"/rooms/{room['roomId']}/ownership/transfer"
    expect(await ann.post(transfer, {"targetUserId": cat.id}))
    await advance(ann, room, "warmup")
    await advance(cat, room, "coding")
    refused(await bob.post(way(room), {"targetStatus": "wrapup"}), 403, "ROOM_PERMISSION_DENIED")


async def test_a_host_finishes_a_room_from_outside_and_does_nothing_else_there(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob, phase="warmup")
    for person in (bob, ann):
        expect(await person.post(f"/rooms/{room['roomId']}/leave"), 204)
    refused(await ann.post(way(room), {"targetStatus": "coding"}), 403, "ROOM_NOT_PARTICIPANT")
    refused(await bob.post(way(room), {"targetStatus": "finished"}), 403, "ROOM_NOT_PARTICIPANT")
    await advance(ann, room, "finished")
    session = await session_row(service, room)
    assert session is not None
    assert session.status == "finished"


async def test_the_coding_timer_counts_coding_and_no_pauses(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="warmup")
    control = f"/rooms/{room['roomId']}/control"
    for action in ("pause-timer", "resume-timer"):
        body = refused(await ann.post(f"{control}/{action}"), 409, "ROOM_INVALID_TRANSITION")
        assert body["details"] == {"reason": "not_coding"}
    service.clock.forward(seconds=10)
    await advance(ann, room, "coding")
    service.clock.forward(seconds=5)
    assert (await look(bob, room))["elapsedMs"] == 5000
    body = refused(await ann.post(f"{control}/resume-timer"), 409, "ROOM_INVALID_TRANSITION")
    assert body["details"] == {"reason": "not_paused"}
    refused(await bob.post(f"{control}/pause-timer"), 403, "ROOM_PERMISSION_DENIED")
    paused = expect(await ann.post(f"{control}/pause-timer"))
    assert {**paused, "changedAt": None} == {
        "roomId": room["roomId"],
        "timerPaused": True,
        "elapsedMs": 5000,
        "changedAt": None,
        "changedBy": ann.id,
    }
    body = refused(await ann.post(f"{control}/pause-timer"), 409, "ROOM_INVALID_TRANSITION")
    assert body["details"] == {"reason": "already_paused"}
    service.clock.forward(seconds=100)
    seen = await look(bob, room)
    assert (seen["elapsedMs"], seen["timerPaused"]) == (5000, True)
    resumed = expect(await ann.post(f"{control}/resume-timer"))
    assert (resumed["elapsedMs"], resumed["timerPaused"]) == (5000, False)
    service.clock.forward(milliseconds=1234)
    expect(await ann.post(f"{control}/pause-timer"))
    await advance(ann, room, "wrapup")
    service.clock.forward(seconds=7)
    seen = await look(bob, room)
    assert (seen["elapsedMs"], seen["timerPaused"]) == (6234, False)
    await advance(ann, room, "finished")
    session = await session_row(service, room)
    assert session is not None
    assert session.duration_ms == 6234
    for action in ("pause-timer", "resume-timer"):
        refused(await ann.post(f"{control}/{action}"), 409, "ROOM_FINISHED")


async def test_a_session_is_kept_from_the_warm_up_on(service: Service, ann: Person, bob: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    room = await open_room(ann, language="go", config={"maxParticipants": 4})
    cat, dan = await people(service, "cat", "dan")
    for person in (bob, cat):
        await join(person, room)
    expect(await cat.post(f"/rooms/{room['roomId']}/leave"), 204)
    assert await session_row(service, room) is None
    service.clock.forward(seconds=1)
    await advance(ann, room, "warmup")
    session = await session_row(service, room)
    assert session is not None
    assert (await look(ann, room))["sessionId"] == session.id
    assert (session.status, session.mode, session.problem_id, session.language) == ("ongoing", "peer", None, "go")
    there = await took_part(service, room)
    assert {key: (row.role, row.was_candidate) for key, row in there.items()} == {
        ann.id: ("interviewer", False),
        bob.id: ("candidate", True),
    }
    control = f"/rooms/{room['roomId']}/control"
    service.clock.forward(seconds=1)
    expect(await ann.put(f"{control}/problem", {"problemId": problem}))
    expect(await bob.patch(f"/rooms/{room['roomId']}/language", {"language": "rust"}))
    service.clock.forward(seconds=1)
    await join(dan, room)
    service.clock.forward(seconds=1)
    expect(await ann.delete(f"/rooms/{room['roomId']}/participants/{dan.id}"), 204)
    await advance(ann, room, "coding")
    service.clock.forward(seconds=30)
    await advance(ann, room, "finished")
    session = await session_row(service, room)
    assert session is not None
    assert (session.problem_id, session.language, session.status) == (problem, "rust", "finished")
    assert (session.duration_ms, session.finished_at) == (30_000, service.clock.now())
    there = await took_part(service, room)
    assert set(there) == {ann.id, bob.id, dan.id}
    assert there[bob.id].left_at == service.clock.now()
    gone = there[dan.id].left_at
    assert gone is not None
    assert gone < service.clock.now()
    happened = [(event.type, event.user_id) for event in await events(service, room)]
    assert happened[:2] == [("session_started", ann.id), ("phase_changed", ann.id)]
    assert sorted(happened[2:4]) == sorted([("problem_selected", ann.id), ("language_changed", bob.id)])
    assert happened[4] == ("participant_joined", dan.id)
    assert sorted(happened[5:7]) == sorted([("participant_kicked", ann.id), ("phase_changed", ann.id)])
    assert happened[7:] == [("phase_changed", ann.id), ("session_finished", ann.id)]
    last = (await events(service, room))[-2]
    assert last.details == {"from": "coding", "to": "finished"}


async def test_code_that_is_known_is_kept_at_changes_of_phase_and_at_the_end(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob, phase="warmup")
    assert await snapshots(service, room) == []
    async with service.services.database.write() as work:
        await record_snapshot(
            work,
            room["roomId"],
            SnapshotTrigger.SUBMISSION,
            language="python",
            code="print('ü')",
            phase=RoomStatus.WARMUP,
        )
    for step in ("coding", "lock", "wrapup", "finished"):
        service.clock.forward(seconds=1)
        if step == "lock":
            expect(await ann.post(f"/rooms/{room['roomId']}/control/lock-editor"))
        else:
            await advance(ann, room, step)
    kept = await snapshots(service, room)
    assert {(one.language, one.code) for one in kept} == {("python", "print('ü')".encode())}
    assert [(one.trigger, one.phase) for one in kept] == [
        ("submission", "warmup"),
        ("phase_change", "coding"),
        ("manual", "coding"),
        ("phase_change", "wrapup"),
        ("session_end", "finished"),
    ]


async def test_from_waiting_a_room_finishes_without_a_session(service: Service, ann: Person) -> None:
    room = await open_room(ann)
    await advance(ann, room, "finished")
    assert await session_row(service, room) is None
    seen = await look(ann, room)
    assert (seen["sessionId"], seen["status"]) == (None, "finished")


async def test_nothing_is_written_to_a_finished_room(ann: Person, bob: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    room = await pair(ann, bob, phase="finished")
    path = f"/rooms/{room['roomId']}"
    writes = [
        ("POST", "/leave", None),
        ("POST", "/ready", None),
        ("PATCH", "/language", {"language": "go"}),
        ("POST", "/ownership/transfer", {"targetUserId": bob.id}),
        ("POST", "/collab/ensure", None),
        ("POST", "/chat/media/upload-url", {"fileName": "a", "contentType": "image/png", "sizeBytes": 1}),
        ("POST", "/whiteboard/assets/upload-url", {"filename": "a", "contentType": "image/png", "contentLength": 1}),
        ("POST", "/whiteboard/export", {"contentType": "image/png", "contentLength": 1}),
        ("PATCH", f"/participants/{bob.id}", {"muted": True}),
        ("DELETE", f"/participants/{bob.id}", None),
        ("PUT", "/control/problem", {"problemId": problem}),
        ("PATCH", "/control/settings", {"name": "x"}),
        ("POST", "/control/lock-editor", None),
        ("POST", "/control/unlock-editor", None),
        ("POST", "/control/role-swaps", {}),
        ("POST", f"/control/role-swaps/{room['roomId']}/respond", {"action": "accept"}),
        ("DELETE", "", None),
    ]
    for method, rest, body in writes:
        for person in (ann, bob):
            refused(await person.request(method, path + rest, json=body), 409, "ROOM_FINISHED")
        if method != "DELETE" or rest:
            refused(await admin.request(method, path + rest, json=body), 403, "ROOM_NOT_PARTICIPANT")
    refused(await admin.delete(path), 409, "ROOM_FINISHED")
