"""Leaving, kicking, muting, giving roles and handing a room over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import (
    MALFORMED,
    UNKNOWN,
    advance,
    events,
    join,
    look,
    open_room,
    pair,
    people,
    seat,
)


async def test_a_host_who_leaves_hands_the_room_over(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 8})
    cat, dan, eve = await people(service, "cat", "dan", "eve")
    path = f"/rooms/{room['roomId']}"
    for person, role in ((cat, "observer"), (dan, "observer"), (bob, "candidate")):
        service.clock.forward(seconds=1)
        await join(person, room, role)
    await advance(ann, room, "warmup")
    hosts = []
    for leaver, watcher in ((ann, bob), (bob, cat)):
        service.clock.forward(seconds=1)
        expect(await leaver.post(f"{path}/leave"), 204)
        seen = await look(watcher, room)
        hosts.append(seen["hostId"])
        assert seat(seen, watcher)["isHost"]
        assert not seat(seen, leaver)["isActive"]
    assert hosts == [bob.id, cat.id]
    await join(eve, room, "interviewer")
    expect(await cat.post(f"{path}/leave"), 204)
    assert (await look(eve, room))["hostId"] == eve.id
    transfers = [event.details for event in await events(service, room) if event.type == "host_transferred"]
    assert transfers == [
        {"from": ann.id, "to": bob.id},
        {"from": bob.id, "to": cat.id},
        {"from": cat.id, "to": eve.id},
    ]


async def test_the_longest_present_is_who_did_not_go_away(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 8})
    (cat,) = await people(service, "cat")
    path = f"/rooms/{room['roomId']}"
    for person in (bob, cat):
        service.clock.forward(seconds=1)
        await join(person, room, "observer")
    expect(await bob.post(f"{path}/leave"), 204)
    service.clock.forward(seconds=1)
    await join(bob, room)
    expect(await bob.post(f"{path}/leave"), 204)
    service.clock.forward(seconds=1)
    await join(bob, room, "observer")
    assert [one["username"] for one in (await look(ann, room))["participants"]] == ["ann", "bob", "cat"]
    expect(await ann.post(f"{path}/leave"), 204)
    assert (await look(bob, room))["hostId"] == cat.id


async def test_leaving_twice_is_leaving_once(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    path = f"/rooms/{room['roomId']}/leave"
    refused(await (await service.person("cat")).post(path), 403, "ROOM_NOT_PARTICIPANT")
    refused(await service.nobody.post(path), 401, "UNAUTHORIZED")
    for _ in range(2):
        assert (await bob.post(path)).content == b""
        expect(await bob.post(path), 204)
    assert [event.type for event in await events(service, room)].count("participant_left") == 1
    for method, rest, body in (
        ("POST", "/ready", None),
        ("PATCH", "/language", {"language": "c"}),
        ("PATCH", f"/participants/{bob.id}", {"muted": True}),
        ("POST", "/control/role-swaps", {}),
        ("POST", "/control/transition", {"targetStatus": "wrapup"}),
        ("DELETE", "", None),
    ):
        answer = await bob.request(method, f"/rooms/{room['roomId']}{rest}", json=body)
        refused(answer, 403, "ROOM_NOT_PARTICIPANT")


async def test_who_is_kicked_is_out_for_good(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding", config={"isPrivate": False})
    path = f"/rooms/{room['roomId']}"
    denied = refused(await bob.delete(f"{path}/participants/{ann.id}"), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "participant:kick"}
    refused(await ann.delete(f"{path}/participants/{ann.id}"), 400, "VALIDATION_FAILED")
    service.clock.forward(seconds=1)
    expect(await ann.delete(f"{path}/participants/{bob.id}"), 204)
    refused(await ann.delete(f"{path}/participants/{bob.id}"), 404, "PARTICIPANT_NOT_FOUND")
    for user_id in (UNKNOWN, *(text for text in MALFORMED if "." not in text)):
        refused(await ann.delete(f"{path}/participants/{user_id}"), 404, "PARTICIPANT_NOT_FOUND")
    refused(await bob.post(f"{path}/join", {"roomCode": room["roomCode"]}), 403, "ROOM_PARTICIPANT_REMOVED")
    for answer in (await bob.get(path), await bob.post(f"{path}/leave"), await bob.post(f"{path}/ready")):
        refused(answer, 403, "ROOM_NOT_PARTICIPANT")
    assert expect(await bob.get("/rooms"))["data"] == []
    assert [one["username"] for one in (await look(ann, room))["participants"]] == ["ann"]
    last = (await events(service, room))[-1]
    assert (last.type, last.user_id, last.details) == ("participant_kicked", ann.id, {"userId": bob.id})
    await advance(ann, room, "finished")
    refused(await bob.post(f"{path}/join"), 403, "ROOM_PARTICIPANT_REMOVED")


async def test_who_left_can_be_kicked_too(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    path = f"/rooms/{room['roomId']}"
    expect(await bob.post(f"{path}/leave"), 204)
    expect(await ann.delete(f"{path}/participants/{bob.id}"), 204)
    refused(await bob.post(f"{path}/join"), 403, "ROOM_PARTICIPANT_REMOVED")


async def test_roles_are_given_while_it_waits(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, config={"maxParticipants": 4})
    participants = f"/rooms/{room['roomId']}/participants"
    taken = refused(
        await ann.patch(f"{participants}/{bob.id}", {"role": "interviewer", "muted": True}),
        409,
        "ROOM_ROLE_CONSTRAINT_VIOLATION",
    )
    assert taken["details"] == {"role": "interviewer", "most": 1}
    assert not seat(await look(ann, room), bob)["isMuted"]
    answer = expect(await ann.patch(f"{participants}/{ann.id}", {"role": "observer"}))
    assert (answer["previousRole"], answer["currentRole"], answer["muted"]) == ("interviewer", "observer", False)
    assert (answer["updatedUserId"], answer["updatedBy"]) == (ann.id, ann.id)
    assert (answer["room"]["myRole"], "participant:kick" in answer["room"]["myCapabilities"]) == ("observer", True)
    assert "code:run" not in answer["room"]["myCapabilities"]
    answer = expect(await ann.patch(f"{participants}/{bob.id}", {"role": "interviewer", "muted": True}))
    assert (answer["previousRole"], answer["currentRole"], answer["muted"]) == ("candidate", "interviewer", True)
    expect(await ann.patch(f"{participants}/{bob.id}", {"role": "interviewer"}))
    denied = refused(await bob.patch(f"{participants}/{ann.id}", {"role": "candidate"}), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "participant:assign-role"}
    denied = refused(await bob.patch(f"{participants}/{bob.id}", {"role": "observer"}), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "participant:assign-role"}
    for user_id in (UNKNOWN, "x", (await service.person("cat")).id):
        refused(await ann.patch(f"{participants}/{user_id}", {"role": "observer"}), 404, "PARTICIPANT_NOT_FOUND")
    expect(await ann.patch(f"{participants}/{ann.id}", {"role": "candidate"}))
    await advance(ann, room, "warmup")
    changed = await ann.patch(f"{participants}/{bob.id}", {"role": "observer", "muted": False})
    refused(changed, 409, "PARTICIPANT_CANNOT_CHANGE_ROLE")
    assert seat(await look(ann, room), bob)["isMuted"]


async def test_ai_rooms_have_no_interviewer(ann: Person) -> None:
    room = await open_room(ann, "ai")
    path = f"/rooms/{room['roomId']}/participants/{ann.id}"
    refused(await ann.patch(path, {"role": "interviewer"}), 409, "ROOM_NOT_PEER_MODE")
    await advance(ann, room, "warmup")
    refused(await ann.patch(path, {"role": "interviewer"}), 409, "ROOM_NOT_PEER_MODE")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_change_that_is_none_is_refused(ann: Person) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/participants/{ann.id}"
    wrong: list[Any] = [
        {},
        None,
        {"role": None},
        {"role": "host"},
        {"muted": None},
        {"muted": 1},
        {"isReady": True},
        [],
    ]
    for body in wrong:
        refused(await ann.patch(path, body), 400, "VALIDATION_FAILED")


async def test_everybody_may_be_silent_and_only_the_host_undoes_what_the_host_did(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    participants = f"/rooms/{room['roomId']}/participants"

    async def mute(by: Person, whom: Person, *, muted: bool) -> None:
        answer = expect(await by.patch(f"{participants}/{whom.id}", {"muted": muted}))
        assert answer["muted"] == muted
        assert seat(answer["room"], whom)["isMuted"] == muted
        assert answer["previousRole"] == answer["currentRole"]

    await mute(bob, bob, muted=True)
    await mute(bob, bob, muted=False)
    await mute(ann, bob, muted=True)
    for muted in (False, True, False):
        answer = await bob.patch(f"{participants}/{bob.id}", {"muted": muted})
        if muted:
            expect(answer)
        else:
            assert refused(answer, 403, "ROOM_PERMISSION_DENIED")["details"] == {"capability": "participant:kick"}
    expect(await bob.post(f"/rooms/{room['roomId']}/leave"), 204)
    refused(await ann.patch(f"{participants}/{bob.id}", {"muted": False}), 404, "PARTICIPANT_NOT_FOUND")
    await join(bob, room)
    assert seat(await look(bob, room), bob)["isMuted"]
    await mute(ann, bob, muted=False)
    await mute(bob, bob, muted=True)
    await mute(ann, bob, muted=True)
    refused(await bob.patch(f"{participants}/{bob.id}", {"muted": False}), 403, "ROOM_PERMISSION_DENIED")
    for muted in (True, False):
        for user_id in (ann.id, UNKNOWN):
            answer = await bob.patch(f"{participants}/{user_id}", {"muted": muted})
            assert refused(answer, 403, "ROOM_PERMISSION_DENIED")["details"] == {"capability": "participant:kick"}


async def test_a_room_is_handed_to_somebody_who_is_there(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding", config={"maxParticipants": 3})
    (cat,) = await people(service, "cat")
    path = f"/rooms/{room['roomId']}/ownership/transfer"
    refused(await bob.post(path, {"targetUserId": bob.id}), 403, "ROOM_PERMISSION_DENIED")
    refused(await ann.post(path, {"targetUserId": ann.id}), 409, "PARTICIPANT_CANNOT_TRANSFER_OWNERSHIP")
    for target in (cat.id, UNKNOWN):
        refused(await ann.post(path, {"targetUserId": target}), 404, "PARTICIPANT_NOT_FOUND")
    for body in ({}, {"targetUserId": "x"}, {"targetUserId": None}, None):
        refused(await ann.post(path, body), 400, "VALIDATION_FAILED")
    await join(cat, room)
    expect(await cat.post(f"/rooms/{room['roomId']}/leave"), 204)
    refused(await ann.post(path, {"targetUserId": cat.id}), 409, "PARTICIPANT_CANNOT_TRANSFER_OWNERSHIP")
    answer = expect(await ann.post(path, {"targetUserId": bob.id}))
    assert {**answer, "transferredAt": ""} == {
        "roomId": room["roomId"],
        "previousHostId": ann.id,
        "currentHostId": bob.id,
        "transferredAt": "",
        "transferredBy": ann.id,
    }
    seen = await look(bob, room)
    assert (seen["hostId"], seen["myRole"], "room:settings" in seen["myCapabilities"]) == (bob.id, "candidate", True)
    refused(await ann.post(path, {"targetUserId": ann.id}), 403, "ROOM_PERMISSION_DENIED")
    expect(await bob.delete(f"/rooms/{room['roomId']}/participants/{cat.id}"), 204)
    refused(await bob.post(path, {"targetUserId": cat.id}), 404, "PARTICIPANT_NOT_FOUND")


async def test_who_deletes_the_account_leaves_all_rooms(ann: Person, bob: Person) -> None:
    first, second = await pair(ann, bob, phase="coding"), await pair(ann, bob)
    over = await pair(ann, bob, phase="finished")
    expect(await ann.delete("/users/me"), 204)
    for room in (first, second):
        seen = await look(bob, room)
        assert (seen["hostId"], seat(seen, ann)["isActive"], seat(seen, ann)["username"]) == (bob.id, False, "ann")
    assert (await look(bob, over))["hostId"] == ann.id


async def test_a_room_that_lost_its_host_for_good_gets_another(service: Service, ann: Person, bob: Person) -> None:
    left, lost = await pair(ann, bob, phase="coding"), await pair(ann, bob, phase="coding")
    for room in (left, lost):
        expect(await bob.post(f"/rooms/{room['roomId']}/leave"), 204)
    expect(await ann.post(f"/rooms/{left['roomId']}/leave"), 204)
    assert (await join(bob, left))["room"]["hostId"] == ann.id  # who may come back
    expect(await ann.delete("/users/me"), 204)
    assert (await look(bob, left))["hostId"] == bob.id
    joined = await join(bob, lost)
    assert (joined["room"]["hostId"], joined["assignedRole"]) == (bob.id, "candidate")
    assert "room:settings" in joined["myCapabilities"]
    assert [event.type for event in await events(service, lost)][-2:] == ["participant_joined", "host_transferred"]
