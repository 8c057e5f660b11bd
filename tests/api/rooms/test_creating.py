"""POST /rooms."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import jwt
import pytest

from api.rooms import codes
from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import UNKNOWN, advance, look, make_problem, open_room, seat


async def test_a_room_begins_with_its_defaults_and_its_host_in_it(service: Service, ann: Person) -> None:
    room = await open_room(ann)
    assert (room["status"], room["mode"], room["hostId"]) == ("waiting", "peer", ann.id)
    assert room["config"] == {"maxParticipants": 2, "maxDuration": 120, "isPrivate": True, "requireReady": False}
    nothing = ("name", "language", "problemId", "sessionId", "currentPhaseStartedAt", "pendingRoleSwap", "endedAt")
    assert [room[field] for field in nothing] == [None] * 7
    assert (room["timerPaused"], room["elapsedMs"]) == (False, 0)
    assert (room["editorLocked"], room["recordingActive"]) == (False, False)
    assert (room["collabCreated"], room["mediaCreated"]) == (False, False)
    assert room["myRole"] == "interviewer"
    assert {"room:change-phase", "room:settings", "ai:request-review"} <= set(room["myCapabilities"])
    assert seat(room, ann) == {
        "userId": ann.id,
        "username": "ann",
        "displayName": None,
        "avatarUrl": None,
        "role": "interviewer",
        "isActive": True,
        "isReady": False,
        "isMuted": False,
        "isHost": True,
        "joinedAt": room["createdAt"],
        "leftAt": None,
    }
    assert room["collabUrl"] == f"ws://127.0.0.1:8000/collab/{room['roomId']}"
    secret = service.services.secrets.collab_token
    now = int(service.clock.now().timestamp())
    claims = jwt.decode(room["collabToken"], secret, algorithms=["HS256"], options={"verify_exp": False})
    assert (claims["sub"], claims["roomId"], claims["role"]) == (ann.id, room["roomId"], "interviewer")
    assert (claims["type"], claims["exp"]) == ("collab", now + 24 * 3600)
    rest = await look(ann, room)
    assert {**rest, "collabToken": 0, "collabCreated": False, "mediaCreated": False} == {**room, "collabToken": 0}


async def test_everything_may_be_said_about_a_room_at_once(ann: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    config = {"maxParticipants": 8, "maxDuration": 1, "isPrivate": False, "requireReady": True}
    room = await open_room(ann, "ai", name="  Ünïcode\n", problemId=problem, language="rust", config=config)
    assert (room["name"], room["problemId"], room["language"]) == ("Ünïcode", problem, "rust")
    assert room["config"] == config
    assert room["myRole"] == "candidate"
    assert {"ai:request-review", "room:change-phase"} <= set(room["myCapabilities"])
    assert (await open_room(ann, name="   "))["name"] is None
    assert (await open_room(ann, config={"maxDuration": 5}))["config"]["maxDuration"] == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_room_that_is_not_as_it_should_be_is_refused(ann: Person) -> None:
    wrong: list[tuple[Any, str]] = [
        ({}, "mode"),
        ({"mode": "duel"}, "mode"),
        ({"mode": None}, "mode"),
        ({"mode": "peer", "name": "x" * 101}, "name"),
        ({"mode": "peer", "name": None}, "name"),
        ({"mode": "peer", "name": "a\0b"}, "name"),
        ({"mode": "peer", "name": 5}, "name"),
        ({"mode": "peer", "problemId": "x"}, "problemId"),
        ({"mode": "peer", "problemId": UNKNOWN.replace("0", "A")}, "problemId"),
        ({"mode": "peer", "language": "cobol"}, "language"),
        ({"mode": "peer", "language": ["python"]}, "language"),
        ({"mode": "peer", "config": []}, "config"),
        ({"mode": "peer", "config": {"maxParticipants": 1}}, "config.maxParticipants"),
        ({"mode": "peer", "config": {"maxParticipants": 9}}, "config.maxParticipants"),
        ({"mode": "peer", "config": {"maxParticipants": "2"}}, "config.maxParticipants"),
        ({"mode": "peer", "config": {"maxParticipants": 2.5}}, "config.maxParticipants"),
        ({"mode": "peer", "config": {"maxDuration": 0}}, "config.maxDuration"),
        ({"mode": "peer", "config": {"maxDuration": 10**30}}, "config.maxDuration"),
        ({"mode": "peer", "config": {"maxDuration": True}}, "config.maxDuration"),
        ({"mode": "peer", "config": {"isPrivate": 1}}, "config.isPrivate"),
        ({"mode": "peer", "config": {"isPrivate": None}}, "config.isPrivate"),
        ({"mode": "peer", "config": {"colour": "red"}}, "config.colour"),
        ({"mode": "peer", "status": "coding"}, "status"),
        ([], "body"),
    ]
    for body, field in wrong:
        assert field in refused(await ann.post("/rooms", body), 400, "VALIDATION_FAILED")["details"], body
    surrogate = b'{"mode": "peer", "name": "\\ud800"}'
    headers = {"Content-Type": "application/json"}
    refused(await ann.request("POST", "/rooms", content=surrogate, headers=headers), 400, "VALIDATION_FAILED")
    refused(await ann.request("POST", "/rooms", content=b"{", headers=headers), 400, "VALIDATION_FAILED")
    refused(
        await ann.request("POST", "/rooms", content=b"mode=peer", headers={"Content-Type": "text/plain"}),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    assert expect(await ann.get("/rooms"))["data"] == []


async def test_a_room_takes_published_problems_only(ann: Person, admin: Person) -> None:
    draft = await make_problem(admin, isPublished=False)
    for person, problem in ((ann, UNKNOWN), (ann, draft), (admin, draft)):
        refused(await person.post("/rooms", {"mode": "peer", "problemId": problem}), 404, "PROBLEM_NOT_FOUND")


async def test_strangers_make_no_rooms(service: Service) -> None:
    refused(await service.nobody.post("/rooms", {"mode": "peer"}), 401, "UNAUTHORIZED")


async def test_the_same_request_twice_makes_one_room(ann: Person) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = await ann.post("/rooms", {"mode": "peer"}, headers=headers)
    second = await ann.post("/rooms", {"mode": "peer"}, headers=headers)
    assert expect(first, 201) == expect(second, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    conflict = refused(await ann.post("/rooms", {"mode": "ai"}, headers=headers), 409, "IDEMPOTENCY_CONFLICT")
    assert conflict["details"] == {"reason": "body_mismatch"}
    refused(await ann.post("/rooms", {"mode": "peer"}, headers={"Idempotency-Key": "x"}), 400, "VALIDATION_FAILED")
    assert len(expect(await ann.get("/rooms"))["data"]) == 1


class TestLimit:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"rooms_hosted": 2}

    async def test_nobody_hosts_more_rooms_than_allowed(self, ann: Person, bob: Person) -> None:
        first, _ = await open_room(ann), await open_room(ann)
        body = refused(await ann.post("/rooms", {"mode": "peer"}), 429, "RATE_LIMIT_EXCEEDED")
        assert (body["details"]["scope"], body["details"]["limit"]) == ("rooms_active", 2)
        refused(await ann.post("/rooms", {"mode": "ai", "problemId": UNKNOWN}), 404, "PROBLEM_NOT_FOUND")
        await open_room(bob)
        await advance(ann, first, "finished")
        await open_room(ann)


async def test_a_code_that_is_taken_is_drawn_again_and_not_for_ever(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = (await open_room(ann))["roomCode"]
    draws = iter([taken, taken, taken, taken, "ABCDEF", *[taken] * 5, taken, "GHJKMN", *[taken] * 5])
    monkeypatch.setattr(codes, "draw_code", lambda: next(draws))
    room = await open_room(ann)
    assert room["roomCode"] == "ABCDEF"
    refused(await ann.post("/rooms", {"mode": "peer"}), 500, "INTERNAL_ERROR")
    settings = f"/rooms/{room['roomId']}/control/settings"
    changed = expect(await ann.patch(settings, {"name": "New", "regenerateCode": True}))
    assert (changed["roomCode"], changed["name"]) == ("GHJKMN", "New")
    refused(await ann.patch(settings, {"name": "Newer", "regenerateCode": True}), 500, "INTERNAL_ERROR")
    assert {key: (await look(ann, room))[key] for key in ("roomCode", "name")} == {"roomCode": "GHJKMN", "name": "New"}


def test_codes_use_the_whole_alphabet_evenly() -> None:
    drawn = [codes.draw_code() for _ in range(5000)]
    assert {len(code) for code in drawn} == {6}
    counts = Counter("".join(drawn))
    assert set(counts) == set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
    expected = 30_000 / 31
    assert all(abs(count - expected) < 7 * expected**0.5 for count in counts.values())
