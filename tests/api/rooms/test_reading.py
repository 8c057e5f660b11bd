"""GET /rooms, /rooms/public, /rooms/{id} and its participants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import (
    MALFORMED,
    UNKNOWN,
    advance,
    join,
    look,
    make_problem,
    open_room,
    pair,
    people,
)


def names(answer: Json) -> list[str]:
    return [room["name"] for room in answer["data"]]


async def test_rooms_are_for_members_and_admins(service: Service, ann: Person, bob: Person, admin: Person) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}"
    refused(await bob.get(path), 403, "ROOM_NOT_PARTICIPANT")
    refused(await bob.get(f"{path}/participants"), 403, "ROOM_NOT_PARTICIPANT")
    refused(await service.nobody.get(path), 401, "UNAUTHORIZED")
    seen = expect(await admin.get(path))
    assert (seen["myRole"], seen["myCapabilities"], "collabToken" in seen) == (None, [], False)
    assert len(expect(await admin.get(f"{path}/participants"))["data"]) == 1
    for room_id in (UNKNOWN, *MALFORMED):
        if "." not in room_id:
            refused(await ann.get(f"/rooms/{room_id}"), 404, "ROOM_NOT_FOUND")
            refused(await admin.get(f"/rooms/{room_id}/participants"), 404, "ROOM_NOT_FOUND")


async def test_a_finished_room_is_still_to_be_seen(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="finished")
    for person, role in ((ann, "interviewer"), (bob, "candidate")):
        seen = await look(person, room)
        assert (seen["status"], seen["myRole"], "collabToken" in seen) == ("finished", role, False)
        assert seen["endedAt"] is not None
        assert {one["isActive"] for one in seen["participants"]} == {False}


async def test_participants_are_listed_in_their_order(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, config={"maxParticipants": 8})
    cat, dan = await people(service, "cat", "dan")
    for person in (dan, cat):
        service.clock.forward(seconds=1)
        await join(person, room)
    path = f"/rooms/{room['roomId']}"
    expect(await ann.delete(f"{path}/participants/{dan.id}"), 204)
    expect(await bob.post(f"{path}/leave"), 204)

    async def listed(**query: Any) -> list[str]:
        return [one["username"] for one in expect(await ann.get(f"{path}/participants", **query))["data"]]

    assert sorted((await listed())[:2]) == ["ann", "bob"]
    assert (await listed())[2:] == ["cat"]
    assert await listed(active="true") == ["ann", "cat"]
    assert await listed(active="false") == ["bob"]
    refused(await ann.get(f"{path}/participants", active="maybe"), 400, "VALIDATION_FAILED")
    refused(await dan.get(f"{path}/participants"), 403, "ROOM_NOT_PARTICIPANT")


async def test_ones_own_rooms_are_listed_and_filtered(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    problem = await make_problem(admin)
    first = await open_room(ann, name="first", problemId=problem, language="c")
    service.clock.forward(seconds=1)
    await open_room(ann, "ai", name="second")
    service.clock.forward(seconds=1)
    third = await pair(bob, ann, name="third", phase="coding")
    service.clock.forward(seconds=1)
    await open_room(bob, name="not mine")
    left = await pair(bob, ann, name="left")
    expect(await ann.post(f"/rooms/{left['roomId']}/leave"), 204)
    kicked = await pair(bob, ann, name="kicked")
    expect(await bob.delete(f"/rooms/{kicked['roomId']}/participants/{ann.id}"), 204)

    everything = expect(await ann.get("/rooms"))
    assert names(everything) == ["left", "third", "second", "first"]
    assert everything["pagination"] == {"nextCursor": None, "hasMore": False}
    assert everything["data"][3] == {
        "roomId": first["roomId"],
        "roomCode": first["roomCode"],
        "name": "first",
        "problemTitle": "Add two numbers",
        "status": "waiting",
        "mode": "peer",
        "myRole": "interviewer",
        "hostId": ann.id,
        "language": "c",
        "createdAt": first["createdAt"],
        "participantCount": 1,
    }
    assert (everything["data"][1]["myRole"], everything["data"][1]["participantCount"]) == ("candidate", 2)
    assert names(expect(await ann.get("/rooms", status="coding"))) == ["third"]
    assert names(expect(await ann.get("/rooms", mode="ai"))) == ["second"]
    assert names(expect(await ann.get("/rooms", sortOrder="asc"))) == ["first", "second", "third", "left"]
    await advance(bob, third, "wrapup", "finished")
    by_status = names(expect(await ann.get("/rooms", sortBy="status")))
    assert by_status[0] == "third"
    assert by_status == names(expect(await ann.get("/rooms", sortBy="status", sortOrder="asc")))[::-1]

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = expect(await ann.get("/rooms", limit=1, sortBy="status", **cursor))
        seen += names(page)
        if not page["pagination"]["hasMore"]:
            break
        cursor = {"cursor": page["pagination"]["nextCursor"]}
    assert seen == by_status
    for query in (
        {"sortBy": "status", **cursor, "mode": "ai"},
        {"sortBy": "createdAt", **cursor},
        {"cursor": "x"},
        {"status": "over"},
        {"mode": "x"},
        {"limit": 0},
        {"limit": 101},
        {"sortBy": "name"},
    ):
        refused(await ann.get("/rooms", **query), 400, "VALIDATION_FAILED")
    refused(await bob.get("/rooms", sortBy="status", **cursor), 400, "VALIDATION_FAILED")


async def test_public_rooms_are_found_by_anybody_who_could_join(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    problem = await make_problem(admin, "Count 100% of_it", difficulty="hard")
    public: Json = {"isPrivate": False, "maxParticipants": 3}
    opened = await open_room(ann, name="opened", problemId=problem, language="c", config=public)
    service.clock.forward(seconds=1)
    ai = await open_room(ann, "ai", name="alone", config=public)
    service.clock.forward(seconds=1)
    await open_room(ann, name="private")
    full = await open_room(ann, name="full", config={"isPrivate": False})
    await join(bob, full)
    over = await open_room(ann, name="over", config=public)
    await advance(ann, over, "finished")

    listed = expect(await bob.get("/rooms/public"))
    assert names(listed) == ["alone", "opened"]
    assert listed["data"][1] == {
        "roomId": opened["roomId"],
        "name": "opened",
        "status": "waiting",
        "mode": "peer",
        "hostId": ann.id,
        "hostName": "ann",
        "hostAvatarUrl": None,
        "language": "c",
        "problemTitle": "Count 100% of_it",
        "problemDifficulty": "hard",
        "participantCount": 1,
        "maxParticipants": 3,
        "isParticipant": False,
        "createdAt": opened["createdAt"],
    }
    assert [room["isParticipant"] for room in expect(await ann.get("/rooms/public"))["data"]] == [True, True]
    for query, found in (
        ({"status": "waiting"}, ["alone", "opened"]),
        ({"status": "coding"}, []),
        ({"mode": "ai"}, ["alone"]),
        ({"language": "c"}, ["opened"]),
        ({"difficulty": "hard"}, ["opened"]),
        ({"difficulty": "easy"}, []),
        ({"search": "OPEN"}, ["opened"]),
        ({"search": "100% OF_"}, ["opened"]),
        ({"search": "%"}, ["opened"]),
        ({"search": "ann"}, ["alone", "opened"]),
        ({"search": "'; --"}, []),
        ({"sortOrder": "asc"}, ["opened", "alone"]),
        ({"limit": 1}, ["alone"]),
    ):
        assert names(expect(await bob.get("/rooms/public", **query))) == found, query
    cursor = expect(await bob.get("/rooms/public", limit=1))["pagination"]["nextCursor"]
    assert names(expect(await bob.get("/rooms/public", cursor=cursor))) == ["opened"]
    for bad in ({"status": "finished"}, {"search": ""}, {"search": "x" * 101}, {"search": "a\0"}, {"language": "x"}):
        refused(await bob.get("/rooms/public", **bad), 400, "VALIDATION_FAILED")
    await advance(ann, ai, "warmup")
    assert names(expect(await bob.get("/rooms/public", status="warmup"))) == ["alone"]
    await open_room(ann, name="Ölübung ЖУК", config=public)
    for search in ("ÖLÜB", "ölüb", "жук", "Жук"):
        assert names(expect(await bob.get("/rooms/public", search=search))) == ["Ölübung ЖУК"], search


class TestPlaces:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"observers": 1}

    async def test_a_room_without_a_free_role_is_full(self, service: Service, ann: Person, bob: Person) -> None:
        room = await open_room(ann, "ai", config={"isPrivate": False, "maxParticipants": 8})
        assert len(expect(await bob.get("/rooms/public"))["data"]) == 1
        await join(bob, room)
        (cat,) = await people(service, "cat")
        assert expect(await cat.get("/rooms/public"))["data"] == []
        assert expect(await cat.get(f"/rooms/by-code/{room['roomCode']}"))["isFull"]
        refused(await cat.post(f"/rooms/{room['roomId']}/join"), 409, "ROOM_FULL")


class TestLimit:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"requests_per_minute": 3}

    async def test_looking_at_a_room_counts_for_no_limit(self, ann: Person) -> None:
        room = await open_room(ann)
        for _ in range(6):
            answer = await ann.get(f"/rooms/{room['roomId']}")
            expect(answer)
            assert "X-RateLimit-Limit" not in answer.headers
        expect(await ann.get("/rooms"))
        expect(await ann.get("/rooms"))
        refused(await ann.get("/rooms"), 429, "RATE_LIMIT_EXCEEDED")
