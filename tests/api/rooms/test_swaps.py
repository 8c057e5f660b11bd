"""Role swaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.rooms.sweeps import sweep_presence
from tests.api.people import Json, Person, Service, expect, refused
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
    took_part,
)


def swaps(room: Json) -> str:
    return f"/rooms/{room['roomId']}/control/role-swaps"


async def ask(person: Person, room: Json) -> Json:
    return dict(expect(await person.post(swaps(room)), 201))


async def test_a_swap_exchanges_roles_in_room_and_session(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    service.clock.forward(seconds=1)
    swap = await ask(bob, room)
    assert {**swap, "swapId": "", "createdAt": "", "expiresAt": ""} == {
        "swapId": "",
        "roomId": room["roomId"],
        "requesterId": bob.id,
        "targetUserId": ann.id,
        "status": "pending",
        "createdAt": "",
        "expiresAt": "",
        "respondedAt": None,
    }
    assert (await look(ann, room))["pendingRoleSwap"] == swap
    service.clock.forward(seconds=1)
    answer = expect(await ann.post(f"{swaps(room)}/{swap['swapId']}/respond", {"action": "accept"}))
    assert answer["swap"]["status"] == "accepted"
    assert answer["swap"]["respondedAt"] is not None
    after = answer["room"]
    assert (after["myRole"], after["hostId"], after["pendingRoleSwap"]) == ("candidate", ann.id, None)
    assert (seat(after, ann)["role"], seat(after, bob)["role"]) == ("candidate", "interviewer")
    assert "ai:request-review" not in after["myCapabilities"]
    there = await took_part(service, room)
    assert (there[ann.id].role, there[bob.id].role) == ("candidate", "interviewer")
    assert (there[ann.id].was_candidate, there[bob.id].was_candidate) == (True, True)
    refused(await ann.post(f"{swaps(room)}/{swap['swapId']}/respond", {"action": "decline"}), 409, "ROLE_SWAP_EXPIRED")
    happened = [event.type for event in await events(service, room)]
    assert happened[-2:] == ["role_swap_requested", "role_swap_accepted"]


async def test_a_swap_may_be_declined(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="warmup")
    swap = await ask(ann, room)
    path = f"{swaps(room)}/{swap['swapId']}/respond"
    refused(await ann.post(path, {"action": "accept"}), 403, "ROOM_PERMISSION_DENIED")
    for body in ({}, {"action": "maybe"}, {"action": None}, None):
        refused(await bob.post(path, body), 400, "VALIDATION_FAILED")
    service.clock.forward(seconds=1)
    answer = expect(await bob.post(path, {"action": "decline"}))
    assert (answer["swap"]["status"], seat(answer["room"], bob)["role"]) == ("declined", "candidate")
    assert (await events(service, room))[-1].type == "role_swap_declined"
    await ask(ann, room)


async def test_asking_again_gives_the_same_request_and_asking_back_accepts(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob)
    swap = await ask(ann, room)
    service.clock.forward(seconds=10)
    assert expect(await ann.post(swaps(room), {"targetUserId": bob.id}), 200) == swap
    accepted = expect(await bob.post(swaps(room), {}), 200)
    assert (accepted["swapId"], accepted["status"]) == (swap["swapId"], "accepted")
    assert (await look(ann, room))["myRole"] == "candidate"


async def test_a_swap_waits_half_a_minute(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    swap = await ask(ann, room)
    path = f"{swaps(room)}/{swap['swapId']}/respond"
    service.clock.forward(seconds=29.999)
    assert (await look(ann, room))["pendingRoleSwap"] == swap
    service.clock.forward(milliseconds=1)
    assert (await look(ann, room))["pendingRoleSwap"] is None
    refused(await bob.post(path, {"action": "accept"}), 409, "ROLE_SWAP_EXPIRED")
    again = await ask(ann, room)
    assert again["swapId"] != swap["swapId"]
    service.clock.forward(seconds=5)
    await sweep_presence(service.services)
    expired = [event for event in await events(service, room) if event.type == "role_swap_expired"]
    assert [event.details for event in expired] == [{"swapId": swap["swapId"]}]
    assert expired[0].created_at == service.clock.now() - timedelta(seconds=5)
    assert (await look(ann, room))["pendingRoleSwap"] == again
    expect(await bob.post(f"{swaps(room)}/{again['swapId']}/respond", {"action": "accept"}))


async def test_who_was_away_meanwhile_swaps_no_roles(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    for person, target in ((ann, bob), (bob, ann)):
        swap = await ask(person, room)
        expect(await person.post(f"/rooms/{room['roomId']}/leave"), 204)
        path = f"{swaps(room)}/{swap['swapId']}/respond"
        refused(await target.post(path, {"action": "accept"}), 409, "ROLE_SWAP_EXPIRED")
        refused(await target.post(swaps(room)), 404, "PARTICIPANT_NOT_FOUND")
        await join(person, room)
        refused(await target.post(path, {"action": "accept"}), 409, "ROLE_SWAP_EXPIRED")


async def test_there_must_be_somebody_to_swap_with(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 3})
    refused(await ann.post(swaps(room)), 404, "PARTICIPANT_NOT_FOUND")
    await join(bob, room, "observer")
    refused(await bob.post(swaps(room)), 403, "ROOM_PERMISSION_DENIED")
    for target in (bob.id, ann.id, UNKNOWN):
        refused(await ann.post(swaps(room), {"targetUserId": target}), 404, "PARTICIPANT_NOT_FOUND")
    wrong: list[Any] = [{"targetUserId": "x"}, {"targetUserId": None}, {"target": bob.id}, []]
    for body in wrong:
        refused(await ann.post(swaps(room), body), 400, "VALIDATION_FAILED")
    (cat,) = await people(service, "cat")
    await join(cat, room)
    assert expect(await ann.post(swaps(room), {"targetUserId": cat.id}), 201)["targetUserId"] == cat.id


async def test_ai_rooms_and_the_end_know_no_swaps(ann: Person, bob: Person) -> None:
    alone = await open_room(ann, "ai")
    refused(await ann.post(swaps(alone)), 409, "ROOM_NOT_PEER_MODE")
    room = await pair(ann, bob, phase="coding")
    swap = await ask(bob, room)
    await advance(ann, room, "wrapup")
    refused(await ann.post(swaps(room)), 409, "PARTICIPANT_CANNOT_CHANGE_ROLE")
    path = f"{swaps(room)}/{swap['swapId']}/respond"
    refused(await ann.post(path, {"action": "accept"}), 409, "ROLE_SWAP_EXPIRED")


async def test_a_role_that_is_changed_meanwhile_ends_the_request(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    swap = await ask(bob, room)
    expect(await ann.patch(f"/rooms/{room['roomId']}/participants/{bob.id}", {"role": "observer"}))
    path = f"{swaps(room)}/{swap['swapId']}/respond"
    refused(await ann.post(path, {"action": "accept"}), 409, "ROLE_SWAP_EXPIRED")


async def test_swaps_belong_to_their_room(service: Service, ann: Person, bob: Person) -> None:
    room, other = await pair(ann, bob), await pair(ann, bob)
    swap = await ask(bob, room)
    for swap_id in (UNKNOWN, swap["swapId"].upper(), *(text for text in MALFORMED if "." not in text)):
        refused(await ann.post(f"{swaps(room)}/{swap_id}/respond", {"action": "accept"}), 404, "ROLE_SWAP_NOT_FOUND")
    path = f"{swaps(other)}/{swap['swapId']}/respond"
    refused(await ann.post(path, {"action": "accept"}), 404, "ROLE_SWAP_NOT_FOUND")
    (cat,) = await people(service, "cat")
    refused(await cat.post(swaps(room)), 403, "ROOM_NOT_PARTICIPANT")
    path = f"{swaps(room)}/{swap['swapId']}/respond"
    refused(await cat.post(path, {"action": "accept"}), 403, "ROOM_NOT_PARTICIPANT")


class TestFinish:
    async def test_the_end_of_a_room_ends_its_request(self, service: Service, ann: Person, bob: Person) -> None:
        room = await pair(ann, bob, phase="coding")
        await ask(bob, room)
        await advance(ann, room, "finished")
        assert (await look(ann, room))["pendingRoleSwap"] is None
        assert "role_swap_expired" in [event.type for event in await events(service, room)]
