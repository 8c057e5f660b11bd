"""What time does to rooms."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from api.database import Work
from api.rooms import sweeps
from api.rooms.lifecycle import finish_room
from api.rooms.models import Room
from api.rooms.sweeps import sweep_presence, sweep_rooms
from api.services import Services
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import advance, events, join, look, open_room, pair, people, seat, session_row


async def status_of(service: Service, room: Json) -> str:
    async with service.services.database.read() as work:
        found = await work.session.get(Room, room["roomId"])
        assert found is not None
        return found.status


async def test_who_is_silent_for_two_minutes_is_away(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    service.clock.forward(seconds=119)
    await sweep_presence(service.services)
    async with service.services.database.read() as work:
        active = select(func.count()).select_from(Room).where(Room.empty_since.is_not(None))
        assert (await work.session.execute(active)).scalar_one() == 0
    assert seat(await look(bob, room), ann)["isActive"]
    service.clock.forward(seconds=1)
    await sweep_presence(service.services)
    seen = await look(bob, room)
    assert (seat(seen, ann)["isActive"], seat(seen, bob)["isActive"], seen["hostId"]) == (False, True, bob.id)
    last = [(event.type, event.user_id, event.details) for event in await events(service, room)][-2:]
    assert last == [
        ("participant_left", ann.id, {"reason": "inactive"}),
        ("host_transferred", ann.id, {"from": ann.id, "to": bob.id}),
    ]
    refused(await ann.post(f"/rooms/{room['roomId']}/control/lock-editor"), 403, "ROOM_NOT_PARTICIPANT")
    assert (await join(ann, room))["assignedRole"] == "interviewer"


async def test_anything_said_in_a_room_is_a_sign_of_life(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    for _ in range(3):
        service.clock.forward(seconds=100)
        refused(
            await bob.put(f"/rooms/{room['roomId']}/control/problem", {"problemId": None}),
            403,
            "ROOM_PERMISSION_DENIED",
        )
        refused(await ann.post(f"/rooms/{room['roomId']}/run", {"no": "field"}), 400, "VALIDATION_FAILED")
        await sweep_presence(service.services)
    assert {one["isActive"] for one in (await look(ann, room))["participants"]} == {True}
    service.clock.forward(seconds=100)
    expect(await bob.get("/users/me"))
    service.clock.forward(seconds=20)
    await sweep_presence(service.services)
    assert {one["isActive"] for one in (await look(ann, room))["participants"]} == {False}


async def test_empty_rooms_finish_after_ten_minutes(service: Service, ann: Person, bob: Person) -> None:
    left, silent = await pair(ann, bob, phase="coding"), await open_room(bob)
    again = await open_room(ann)
    for room, person in ((left, ann), (left, bob), (again, ann)):
        expect(await person.post(f"/rooms/{room['roomId']}/leave"), 204)
    service.clock.forward(minutes=2)
    await sweep_presence(service.services)
    service.clock.forward(minutes=7, seconds=59)
    await sweep_rooms(service.services)
    assert [await status_of(service, room) for room in (left, again, silent)] == ["coding", "waiting", "waiting"]
    await join(ann, again)
    service.clock.forward(seconds=1)
    await sweep_rooms(service.services)
    assert [await status_of(service, room) for room in (left, again, silent)] == ["finished", "waiting", "waiting"]
    session = await session_row(service, left)
    assert session is not None
    assert (session.status, session.duration_ms) == ("finished", 600_000)
    assert [event.user_id for event in await events(service, left)][-2:] == [None, None]
    service.clock.forward(minutes=2)
    await sweep_rooms(service.services)
    assert await status_of(service, silent) == "finished"


async def test_a_session_lasts_no_longer_than_it_may(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, config={"maxDuration": 5})
    waiting = await open_room(ann, config={"maxDuration": 1})
    service.clock.forward(minutes=2)
    await advance(ann, room, "warmup", "coding")
    expect(await ann.post(f"/rooms/{room['roomId']}/control/pause-timer"))
    service.clock.forward(minutes=4, seconds=59)
    await sweep_rooms(service.services)
    assert (await look(ann, room))["status"] == "coding"
    service.clock.forward(seconds=1)
    await sweep_rooms(service.services)
    seen = await look(ann, room)
    assert (seen["status"], seen["elapsedMs"], seen["timerPaused"]) == ("finished", 0, False)
    assert {one["isActive"] for one in seen["participants"]} == {False}
    assert (await look(ann, waiting))["status"] == "waiting"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_room_that_cannot_be_swept_keeps_no_other_from_it(
    service: Service, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = sorted([await open_room(ann), await open_room(ann)], key=lambda room: str(room["roomId"]))
    for room in rooms:
        expect(await ann.post(f"/rooms/{room['roomId']}/leave"), 204)
    service.clock.forward(minutes=10)

    async def stumble(work: Work, services: Services, room: Room, *, by: str | None) -> None:
        if room.id == rooms[0]["roomId"]:
            raise RuntimeError("stumbled")
        await finish_room(work, services, room, by=by)

    monkeypatch.setattr(sweeps, "finish_room", stumble)
    await sweep_rooms(service.services)
    assert [await status_of(service, room) for room in rooms] == ["waiting", "finished"]
    monkeypatch.undo()
    await sweep_rooms(service.services)
    assert [await status_of(service, room) for room in rooms] == ["finished", "finished"]


async def test_observers_may_become_hosts_of_what_was_left_to_them(service: Service, ann: Person, bob: Person) -> None:
    room = await open_room(ann, config={"maxParticipants": 3})
    await join(bob, room, "observer")
    (cat,) = await people(service, "cat")
    await join(cat, room, "observer")
    service.clock.forward(seconds=60)
    await look(bob, room)
    service.clock.forward(seconds=60)
    await sweep_presence(service.services)
    seen = await look(bob, room)
    assert (seen["hostId"], [one["isActive"] for one in seen["participants"]].count(True)) == (bob.id, 1)
