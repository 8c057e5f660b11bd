"""Two at once: exactly one wins, and the other sees what the winner made of it."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest

from api.database import Work
from api.problems.access import find_problem
from api.rooms.access import find_participant, lock_room
from api.schemas import moment_text
from tests.api.people import Person, Service, expect
from tests.api.rooms.parties import events, look, make_problem, open_room, pair, people, seat, took_part


async def outcomes(*calls: Coroutine[Any, Any, httpx.Response]) -> Counter[tuple[int, str]]:
    """What became of calls made at the same time: status and code of each."""
    answers = await asyncio.gather(*calls)
    return Counter((answer.status_code, answer.json().get("code", "") if answer.content else "") for answer in answers)


async def test_the_last_seat_goes_to_exactly_one(service: Service, ann: Person) -> None:
    guests = await people(service, *(f"guest{number}" for number in range(5)))
    room = await open_room(ann, config={"maxParticipants": 3})
    body = {"roomCode": room["roomCode"]}
    found = await outcomes(*(guest.post(f"/rooms/{room['roomId']}/join", body) for guest in guests))
    assert found == {(200, ""): 2, (409, "ROOM_FULL"): 3}
    roles = sorted(one["role"] for one in (await look(ann, room))["participants"])
    assert roles == ["candidate", "interviewer", "observer"]


async def test_one_role_goes_to_exactly_one(service: Service, ann: Person) -> None:
    guests = await people(service, *(f"guest{number}" for number in range(4)))
    room = await open_room(ann, config={"maxParticipants": 8})
    body = {"roomCode": room["roomCode"], "requestedRole": "candidate"}
    found = await outcomes(*(guest.post(f"/rooms/{room['roomId']}/join", body) for guest in guests))
    assert found == {(200, ""): 1, (409, "ROOM_ROLE_UNAVAILABLE"): 3}


async def test_one_person_joins_once(ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    body = {"roomCode": room["roomCode"]}
    found = await outcomes(*(bob.post(f"/rooms/{room['roomId']}/join", body) for _ in range(4)))
    assert found == {(200, ""): 1, (409, "ROOM_ALREADY_JOINED"): 3}


async def test_the_same_step_is_made_once(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    path = f"/rooms/{room['roomId']}/control/transition"
    for target in ("warmup", "coding", "wrapup"):
        found = await outcomes(*(ann.post(path, {"targetStatus": target}) for _ in range(3)))
        assert found == {(200, ""): 1, (409, "ROOM_INVALID_TRANSITION"): 2}
    found = await outcomes(*(ann.post(path, {"targetStatus": "finished"}) for _ in range(3)))
    assert found == {(200, ""): 1, (409, "ROOM_FINISHED"): 2}
    kinds = Counter(event.type for event in await events(service, room))
    assert kinds == {"session_started": 1, "phase_changed": 4, "session_finished": 1}


async def test_a_room_has_a_host_however_people_come_and_go(service: Service, ann: Person, bob: Person) -> None:
    guests = await people(service, "cat", "dan")
    room = await pair(ann, bob, config={"maxParticipants": 8})
    path = f"/rooms/{room['roomId']}"
    body = {"roomCode": room["roomCode"]}
    found = await outcomes(
        ann.post(f"{path}/leave"), *(guest.post(f"{path}/join", body) for guest in guests), bob.post(f"{path}/leave")
    )
    assert found == {(204, ""): 2, (200, ""): 2}
    seen = await look(guests[0], room)
    assert seat(seen, next(guest for guest in (*guests, ann, bob) if guest.id == seen["hostId"]))["isActive"] or (
        seen["hostId"] in {ann.id, bob.id}
    )
    roles = Counter(one["role"] for one in seen["participants"] if one["isActive"])
    assert roles["interviewer"] <= 1
    assert roles["candidate"] <= 1
    assert roles.total() == 2


async def test_a_swap_is_accepted_or_declined(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    swap = expect(await bob.post(f"/rooms/{room['roomId']}/control/role-swaps"), 201)
    path = f"/rooms/{room['roomId']}/control/role-swaps/{swap['swapId']}/respond"
    found = await outcomes(ann.post(path, {"action": "accept"}), ann.post(path, {"action": "decline"}))
    assert found == {(200, ""): 1, (409, "ROLE_SWAP_EXPIRED"): 1}
    kinds = Counter(event.type for event in await events(service, room))
    accepted = kinds["role_swap_accepted"] == 1
    assert kinds["role_swap_accepted"] + kinds["role_swap_declined"] == 1
    seen = await look(ann, room)
    there = await took_part(service, room)
    assert seen["myRole"] == there[ann.id].role == ("candidate" if accepted else "interviewer")


async def test_both_asking_at_once_swaps_once(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    path = f"/rooms/{room['roomId']}/control/role-swaps"
    found = await outcomes(ann.post(path), bob.post(path))
    assert found == {(201, ""): 1, (200, ""): 1}
    assert (await look(ann, room))["myRole"] == "candidate"


async def test_one_key_makes_one_room(ann: Person) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answers = await asyncio.gather(*(ann.post("/rooms", {"mode": "peer"}, headers=headers) for _ in range(4)))
    made = {answer.json()["roomId"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert answer.status_code == 409
            assert answer.json()["details"] == {"reason": "in_progress"}
    assert len(expect(await ann.get("/rooms"))["data"]) == 1


async def test_destroying_and_joining_leave_no_half_a_room(ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}"
    found = await outcomes(ann.delete(path), bob.post(f"{path}/join", {"roomCode": room["roomCode"]}))
    assert found[200, ""] + found[404, "ROOM_NOT_FOUND"] == 2
    assert found[200, ""] >= 1
    assert expect(await bob.get("/rooms"))["data"] == []


async def test_a_lock_is_made_once(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    path = f"/rooms/{room['roomId']}/control/lock-editor"
    answers = await asyncio.gather(*(ann.post(path) for _ in range(3)))
    assert Counter(expect(answer)["changed"] for answer in answers) == {True: 1, False: 2}
    path = f"/rooms/{room['roomId']}/control/unlock-editor"
    assert await outcomes(*(ann.post(path) for _ in range(3))) == {(200, ""): 1, (409, "ROOM_EDITOR_NOT_LOCKED"): 2}


class TestLimit:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"rooms_hosted": 2}

    async def test_the_last_room_one_may_host_is_made_once(self, ann: Person) -> None:
        await open_room(ann)
        found = await outcomes(*(ann.post("/rooms", {"mode": "peer"}) for _ in range(4)))
        assert found == {(201, ""): 1, (429, "RATE_LIMIT_EXCEEDED"): 3}


async def test_leaving_everything_while_rooms_change_waits_its_turn(ann: Person, bob: Person) -> None:
    rooms = [await pair(ann, bob) for _ in range(3)]
    found = await outcomes(
        bob.delete("/users/me"),
        *(ann.post(f"/rooms/{room['roomId']}/control/transition", {"targetStatus": "finished"}) for room in rooms),
        *(ann.get(f"/rooms/{room['roomId']}") for room in rooms),
    )
    assert found == {(204, ""): 1, (200, ""): 6}
    for room in rooms:
        assert not seat(await look(ann, room), bob)["isActive"]


async def test_a_swap_and_the_end_of_the_room_come_one_after_the_other(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob, phase="coding")
    swap = expect(await bob.post(f"/rooms/{room['roomId']}/control/role-swaps"), 201)
    respond = f"/rooms/{room['roomId']}/control/role-swaps/{swap['swapId']}/respond"
    end = f"/rooms/{room['roomId']}/control/transition"
    found = await outcomes(
        ann.post(respond, {"action": "accept"}),
        bob.post(respond, {"action": "accept"}),
        ann.post(end, {"targetStatus": "finished"}),
    )
    assert found[200, ""] in {1, 2}
    kinds = [event.type for event in await events(service, room)]
    assert ("role_swap_accepted" in kinds) != ("role_swap_expired" in kinds)
    assert (await look(ann, room))["status"] == "finished"


async def test_an_account_goes_while_rooms_are_handed_to_it(service: Service, ann: Person) -> None:
    for bob in await people(service, *(f"bob{number}" for number in range(4))):
        rooms = [await pair(ann, bob) for _ in range(2)]
        found = await outcomes(bob.delete("/users/me"), *(ann.post(f"/rooms/{room['roomId']}/leave") for room in rooms))
        assert found == {(204, ""): 3}
        for room in rooms:
            assert [one["isActive"] for one in (await look(ann, room))["participants"]] == [False, False]


async def test_who_waited_for_a_room_comes_after_who_had_it(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    async with service.services.database.write() as work:
        await lock_room(work, room["roomId"])
        pausing = asyncio.create_task(ann.post(f"/rooms/{room['roomId']}/control/pause-timer"))
        await asyncio.sleep(0.2)
        service.clock.forward(seconds=3)
    paused = expect(await pausing)
    assert paused["elapsedMs"] == 3000
    assert paused["changedAt"] == moment_text(service.clock.now())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite one writes at a time
async def test_a_problem_is_chosen_by_many_at_once(service: Service, ann: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    async with asyncio.timeout(10), service.services.database.write() as work:  # or it would wait for itself for ever
        await find_problem(work, problem, drafts=False, keep=True)
        assert (await open_room(ann, problemId=problem))["problemId"] == problem


async def be_ready(work: Work, room_id: str, user_id: str) -> None:
    """Change somebody's row within a transaction that goes on."""
    participant = await find_participant(work, room_id, user_id)
    assert participant is not None
    participant.is_ready = True
    await work.session.flush()


async def test_signs_of_life_are_written_beside_a_room_that_is_being_changed(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob)
    activity, database = service.services.activity, service.services.database
    await activity.flush(database)
    service.clock.forward(seconds=10)
    first, last = sorted((ann.id, bob.id))
    for person in (first, last):
        activity.seen(person, room["roomId"])
    async with database.write() as work:
        await lock_room(work, room["roomId"])
        await be_ready(work, room["roomId"], last)
        flushing = asyncio.create_task(activity.flush(database))
        await asyncio.sleep(0.2)
        assert not flushing.done()
        await be_ready(work, room["roomId"], first)  # not in the order in which signs of life are written
    await flushing
    async with database.read() as work:
        seen = [await find_participant(work, room["roomId"], person) for person in (first, last)]
    assert [(one.is_ready, one.seen_at) for one in seen if one] == [(True, service.clock.now())] * 2
