"""POST /rooms/{id}/join and GET /rooms/by-code/{roomCode}."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import (
    MALFORMED,
    UNKNOWN,
    advance,
    events,
    join,
    look,
    make_problem,
    open_room,
    pair,
    people,
    seat,
    took_part,
)


def wrong_code(room: Json) -> str:
    code = str(room["roomCode"])
    return code[:-1] + ("A" if code[-1] != "A" else "B")


async def test_the_code_lets_one_in(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    service.clock.forward(seconds=5)
    path = f"/rooms/{room['roomId']}/join"
    joined = expect(await bob.post(path, {"roomCode": room["roomCode"].lower()}))
    assert (joined["assignedRole"], joined["requestedRole"]) == ("candidate", None)
    assert joined["assignmentReason"] == "auto-assigned"
    assert joined["collabUrl"].endswith("/collab/" + room["roomId"])
    assert joined["collabToken"].count(".") == 2
    assert joined["myCapabilities"] == joined["room"]["myCapabilities"]
    assert joined["room"]["myRole"] == "candidate"
    assert [one["username"] for one in joined["room"]["participants"]] == ["ann", "bob"]
    assert seat(joined["room"], bob)["joinedAt"] > seat(joined["room"], ann)["joinedAt"]
    refused(await bob.post(path, {"roomCode": room["roomCode"]}), 409, "ROOM_ALREADY_JOINED")
    refused(await ann.post(path), 409, "ROOM_ALREADY_JOINED")


async def test_a_private_room_asks_new_members_for_its_code(ann: Person, bob: Person, admin: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 8})
    path = f"/rooms/{room['roomId']}/join"
    codes = ("", "ABC", wrong_code(room), "ABCDE1", "\u017fABCDE", "é" * 6)
    bodies: list[Any] = [{}, None, *({"roomCode": code} for code in codes)]
    for body in bodies:
        refused(await bob.post(path, body), 400, "ROOM_INVALID_CODE")
    bodies = [{"roomCode": 123456}, {"roomCode": None}, {"roomCode": "a\0bcde"}, {"code": "x"}, {"requestedRole": "x"}]
    for body in bodies:
        refused(await bob.post(path, body), 400, "VALIDATION_FAILED")
    refused(await admin.post(path, {"roomCode": wrong_code(room)}), 400, "ROOM_INVALID_CODE")
    assert expect(await admin.post(path))["assignedRole"] == "candidate"


async def test_a_public_room_does_not_but_a_code_must_be_right(ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"isPrivate": False})
    path = f"/rooms/{room['roomId']}/join"
    refused(await bob.post(path, {"roomCode": wrong_code(room)}), 400, "ROOM_INVALID_CODE")
    assert expect(await bob.post(path))["assignedRole"] == "candidate"


async def test_a_role_asked_for_is_granted_or_refused(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 4})
    path = f"/rooms/{room['roomId']}/join"
    code = room["roomCode"]
    (cat,) = await people(service, "cat")
    asked = {"roomCode": code, "requestedRole": "interviewer"}
    refused(await bob.post(path, asked), 409, "ROOM_ROLE_UNAVAILABLE")
    joined = await join(bob, room, "observer")
    assert (joined["assignedRole"], joined["requestedRole"], joined["assignmentReason"]) == (
        "observer",
        "observer",
        "requested",
    )
    assert (await join(cat, room))["assignedRole"] == "candidate"
    (dan,) = await people(service, "dan")
    joined = await join(dan, room)
    assert (joined["assignedRole"], joined["assignmentReason"]) == ("observer", "fallback-observer")
    ai = await open_room(ann, "ai")
    body = {"roomCode": ai["roomCode"], "requestedRole": "interviewer"}
    refused(await bob.post(f"/rooms/{ai['roomId']}/join", body), 409, "ROOM_NOT_PEER_MODE")
    assert (await join(bob, ai))["assignmentReason"] == "fallback-observer"
    refused(await bob.post(f"/rooms/{ai['roomId']}/join", body), 409, "ROOM_NOT_PEER_MODE")


async def test_a_room_takes_no_more_people_than_it_has_seats(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    (cat,) = await people(service, "cat")
    path = f"/rooms/{room['roomId']}/join"
    body = refused(await cat.post(path, {"roomCode": room["roomCode"]}), 409, "ROOM_FULL")
    assert body["details"] == {"maxParticipants": 2}
    refused(await cat.post(path, {"roomCode": room["roomCode"], "requestedRole": "interviewer"}), 409, "ROOM_FULL")
    expect(await bob.post(f"/rooms/{room['roomId']}/leave"), 204)
    assert (await join(cat, room))["assignedRole"] == "candidate"
    refused(await bob.post(path), 409, "ROOM_FULL")


async def test_who_comes_back_gets_the_former_role_if_it_is_free(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding", config={"maxParticipants": 3})
    (cat,) = await people(service, "cat")
    path = f"/rooms/{room['roomId']}"
    service.clock.forward(seconds=3)
    expect(await bob.post(f"{path}/leave"), 204)
    away = await look(bob, room)
    assert (away["myRole"], seat(away, bob)["isActive"], "collabToken" in away) == ("candidate", False, False)
    assert seat(away, bob)["leftAt"] is not None
    refused(await bob.post(f"{path}/join", {"roomCode": wrong_code(room)}), 400, "ROOM_INVALID_CODE")
    service.clock.forward(seconds=1)
    back = expect(await bob.post(f"{path}/join"))
    assert (back["assignedRole"], back["assignmentReason"]) == ("candidate", "auto-assigned")
    mine = seat(back["room"], bob)
    assert (mine["isActive"], mine["leftAt"], mine["joinedAt"]) == (True, None, room["createdAt"])
    assert (await took_part(service, room))[bob.id].left_at is None
    service.clock.forward(seconds=1)
    expect(await bob.post(f"{path}/leave"), 204)
    service.clock.forward(seconds=1)
    await join(cat, room, "candidate")
    service.clock.forward(seconds=1)
    back = expect(await bob.post(f"{path}/join"))
    assert (back["assignedRole"], back["assignmentReason"]) == ("observer", "fallback-observer")
    there = await took_part(service, room)
    assert (there[bob.id].role, there[bob.id].was_candidate) == ("observer", True)
    kinds = [event.type for event in await events(service, room) if event.type.startswith("participant")]
    assert kinds == [f"participant_{what}" for what in ("left", "joined", "left", "joined", "joined")]


async def test_a_finished_room_cannot_be_joined(ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    await advance(ann, room, "finished")
    for person in (ann, bob):
        body = {"roomCode": room["roomCode"]}
        refused(await person.post(f"/rooms/{room['roomId']}/join", body), 409, "ROOM_FINISHED")
    refused(await bob.get(f"/rooms/by-code/{room['roomCode']}"), 400, "ROOM_INVALID_CODE")


async def test_there_must_be_a_room(ann: Person) -> None:
    for room_id in (UNKNOWN, *MALFORMED):
        refused(
            await ann.post(f"/rooms/{room_id}/join", {}), 404, "ROOM_NOT_FOUND" if "." not in room_id else "NOT_FOUND"
        )


async def test_a_code_shows_what_there_is_to_join(service: Service, ann: Person, bob: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    expect(await ann.patch("/users/me", {"displayName": "Ann Other"}))
    room = await open_room(ann, name="Mock", problemId=problem, language="go", config={"maxParticipants": 3})
    (cat,) = await people(service, "cat")
    preview = expect(await bob.get(f"/rooms/by-code/{room['roomCode'].lower()}"))
    assert preview == {
        "roomId": room["roomId"],
        "roomCode": room["roomCode"],
        "name": "Mock",
        "mode": "peer",
        "status": "waiting",
        "hostName": "Ann Other",
        "language": "go",
        "problemTitle": "Add two numbers",
        "participantCount": 1,
        "maxParticipants": 3,
        "isFull": False,
        "isPrivate": True,
        "availableRoles": ["candidate", "observer"],
        "alreadyJoined": False,
    }
    await join(bob, room, "candidate")
    preview = expect(await bob.get(f"/rooms/by-code/{room['roomCode']}"))
    assert (preview["availableRoles"], preview["alreadyJoined"], preview["isFull"]) == (["observer"], True, False)
    await join(cat, room)
    preview = expect(await admin.get(f"/rooms/by-code/{room['roomCode']}"))
    assert (preview["availableRoles"], preview["isFull"], preview["participantCount"]) == ([], True, 3)


async def test_codes_that_are_none_are_told_from_codes_of_no_room(ann: Person) -> None:
    room = await open_room(ann)
    for text in ("ABC", "ABCDEFG", "ABCDE0", "ABCDEI", "abcde\u017f", "ABCDE%00", "ÄBCDEF"):
        refused(await ann.get(f"/rooms/by-code/{text}"), 400, "ROOM_INVALID_CODE")
    refused(await ann.get(f"/rooms/by-code/{wrong_code(room)}"), 404, "ROOM_NOT_FOUND")
    changed = await ann.patch(f"/rooms/{room['roomId']}/control/settings", {"regenerateCode": True})
    assert expect(changed)["roomCode"] != room["roomCode"]
    refused(await ann.get(f"/rooms/by-code/{room['roomCode']}"), 404, "ROOM_NOT_FOUND")
    assert expect(await ann.get(f"/rooms/by-code/{expect(changed)['roomCode']}"))["roomId"] == room["roomId"]


class TestLimit:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"joins_per_minute": 3}

    async def test_guessing_codes_soon_ends(self, ann: Person, bob: Person) -> None:
        room = await open_room(ann)
        path = f"/rooms/{room['roomId']}/join"
        refused(await bob.get(f"/rooms/by-code/{wrong_code(room)}"), 404, "ROOM_NOT_FOUND")
        refused(await bob.get("/rooms/by-code/x"), 400, "ROOM_INVALID_CODE")
        refused(await bob.post(path, {"roomCode": wrong_code(room)}), 400, "ROOM_INVALID_CODE")
        refused(await bob.post(f"/rooms/{UNKNOWN}/join", {}), 404, "ROOM_NOT_FOUND")
        expect(await bob.get(f"/rooms/by-code/{room['roomCode']}"))
        body = refused(await bob.post(path, {"roomCode": room["roomCode"]}), 429, "RATE_LIMIT_EXCEEDED")
        assert (body["details"]["scope"], body["details"]["limit"]) == ("room_joins", 3)
        refused(await bob.get(f"/rooms/by-code/{room['roomCode']}"), 429, "RATE_LIMIT_EXCEEDED")
        expect(await ann.get(f"/rooms/by-code/{room['roomCode']}"))
