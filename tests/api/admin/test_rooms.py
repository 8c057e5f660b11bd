"""Rooms as admins see and close them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import PHASES, advance, join, look, open_room, pair, session_row

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


async def codes(admin: Person, **query: Any) -> list[str]:
    return [entry["roomCode"] for entry in expect(await admin.get("/admin/rooms", **query))["data"]]


async def test_everybody_else_is_forbidden(ann: Person) -> None:
    room = await open_room(ann)
    refused(await ann.get("/admin/rooms"), 403, "FORBIDDEN")
    body = refused(await ann.post(f"/admin/rooms/{room['roomId']}/force-close", {}), 403, "FORBIDDEN")
    assert body["details"] == {"capability": "room:force-close"}
    refused(await ann.post(f"/admin/rooms/{UNKNOWN}/force-close", {}), 404, "ROOM_NOT_FOUND")


async def test_an_entry_tells_everything(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding", name="Backend interview")
    service.clock.forward(seconds=3)
    (entry,) = expect(await admin.get("/admin/rooms"))["data"]
    assert entry == {
        "roomId": room["roomId"],
        "roomCode": room["roomCode"],
        "name": "Backend interview",
        "status": "coding",
        "mode": "peer",
        "hostId": ann.id,
        "hostName": "ann",
        "language": room["language"],
        "problemId": None,
        "problemTitle": None,
        "sessionId": room["sessionId"],
        "participantCount": 2,
        "maxParticipants": 2,
        "isPrivate": True,
        "editorLocked": False,
        "recordingActive": False,
        "elapsedMs": 3000,
        "createdAt": room["createdAt"],
        "endedAt": None,
    }


async def test_rooms_are_found(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    expect(await bob.patch("/users/me", {"displayName": "Robert"}))
    peer = await open_room(ann, name="Graphs & trees")
    service.clock.forward(seconds=1)
    ai = await open_room(bob, mode="ai")
    service.clock.forward(seconds=1)
    done = await open_room(bob)
    await advance(bob, done, "finished")
    assert await codes(admin) == [done["roomCode"], ai["roomCode"], peer["roomCode"]]
    assert await codes(admin, sortOrder="asc") == [peer["roomCode"], ai["roomCode"], done["roomCode"]]
    assert await codes(admin, mode="ai") == [ai["roomCode"]]
    assert await codes(admin, status="finished") == [done["roomCode"]]
    assert await codes(admin, hostId=ann.id) == [peer["roomCode"]]
    assert await codes(admin, search="GRAPHS") == [peer["roomCode"]]
    assert await codes(admin, search=ai["roomCode"].lower()) == [ai["roomCode"]]
    assert await codes(admin, search="robert") == [done["roomCode"], ai["roomCode"]]
    assert await codes(admin, search="robert", mode="ai", status="waiting", hostId=bob.id) == [ai["roomCode"]]
    assert await codes(admin, hostId=UNKNOWN) == []


async def test_queries_that_make_no_sense(admin: Person) -> None:
    queries = ({"status": "open"}, {"mode": "solo"}, {"hostId": "x"}, {"hostId": "\0"}, {"search": "x" * 101})
    for query in (*queries, {"search": "\0"}):
        refused(await admin.get("/admin/rooms", **query), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("phase", PHASES[:-1])
async def test_a_room_is_closed_in_any_phase(
    service: Service, admin: Person, ann: Person, bob: Person, phase: str
) -> None:
    room = await pair(ann, bob, phase=phase)
    closed = expect(await admin.post(f"/admin/rooms/{room['roomId']}/force-close", {"reason": "Spam"}))
    assert closed == {
        "roomId": room["roomId"],
        "previousStatus": phase,
        "currentStatus": "finished",
        "closedAt": closed["closedAt"],
        "closedBy": admin.id,
    }
    after = await look(ann, room)
    assert (after["status"], after["endedAt"]) == ("finished", closed["closedAt"])
    assert not any(one["isActive"] for one in after["participants"])
    session = await session_row(service, room)
    assert session is None if phase == "waiting" else session is not None and session.status == "finished"
    (entry,) = expect(await admin.get("/admin/audit-logs", action="force-close"))["data"]
    assert (entry["action"], entry["targetType"], entry["targetId"]) == (
        "admin.room.force-close",
        "room",
        room["roomId"],
    )
    assert entry["metadata"] == {"previousStatus": phase, "reason": "Spam"}
    assert (entry["actorId"], entry["actor"]["username"]) == (admin.id, "root")


async def test_a_closed_room_is_not_closed_again(admin: Person, ann: Person) -> None:
    room = await open_room(ann)
    expect(await admin.post(f"/admin/rooms/{room['roomId']}/force-close"))
    refused(await admin.post(f"/admin/rooms/{room['roomId']}/force-close"), 409, "ROOM_FINISHED")
    refused(await ann.post(f"/admin/rooms/{room['roomId']}/force-close"), 409, "ROOM_FINISHED")


async def test_of_two_who_close_at_once_one_does(admin: Person, ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    await join(bob, room)
    path = f"/admin/rooms/{room['roomId']}/force-close"
    answers = await asyncio.gather(*(admin.post(path, {}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(expect(await admin.get("/admin/audit-logs", action="force-close"))["data"]) == 1


async def test_reasons_that_are_none(admin: Person, ann: Person) -> None:
    room = await open_room(ann)
    bodies: tuple[Any, ...] = ({"reason": "x" * 501}, {"reason": 5}, {"reason": "\0"}, {"why": "x"}, [], "x")
    for body in bodies:
        refused(await admin.post(f"/admin/rooms/{room['roomId']}/force-close", body), 400, "VALIDATION_FAILED")


async def test_there_is_no_such_room(admin: Person) -> None:
    for room_id in (UNKNOWN, "x", "%00", UNKNOWN.replace("-", "")):
        refused(await admin.post(f"/admin/rooms/{room_id}/force-close", {"reason": None}), 404, "ROOM_NOT_FOUND")
