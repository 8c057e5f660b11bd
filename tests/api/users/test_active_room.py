"""GET /users/me/active-room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.rooms.models import Participant
from tests.api.people import Person, expect
from tests.api.users.history import History


async def room_of(person: Person) -> Any:
    answer = expect(await person.get("/users/me/active-room"))
    assert set(answer) == {"room"}
    return answer["room"]


async def test_nobody_is_in_a_room_at_first(ann: Person) -> None:
    assert await room_of(ann) is None


async def test_the_newest_unfinished_room_one_is_active_in(history: History, bob: Person) -> None:
    await history.back(hours=2).room()
    newest = await history.back(hours=1).room()
    await history.room("finished")
    await history.room(is_active=False, left_at=history.at)
    room = await room_of(history.person)
    assert room["roomId"] == newest
    assert room["myRole"] == "interviewer"
    assert room["collabToken"]
    assert await room_of(bob) is None


async def test_a_room_one_dropped_out_of_for_10_minutes(history: History) -> None:
    dropped = await history.back(hours=1).room(is_active=False, left_at=history.at)
    await history.room(is_active=False, left_at=history.at - timedelta(minutes=5))
    assert (await room_of(history.person))["roomId"] == dropped
    history.service.clock.forward(minutes=10)
    assert (await room_of(history.person))["roomId"] == dropped
    history.service.clock.forward(milliseconds=1)
    assert await room_of(history.person) is None


async def test_a_room_one_left_or_was_kicked_from_is_no_place_to_go_back_to(history: History) -> None:
    await history.room(is_active=False, left_at=history.at, left_by_choice=True)
    await history.room(is_active=False, left_at=history.at, removed_at=history.at)
    await history.room("finished", is_active=False, left_at=history.at)
    assert await room_of(history.person) is None


async def test_who_only_asks_where_to_go_back_to_is_not_there(history: History) -> None:
    services = history.service.services
    room = await history.room()
    history.service.clock.forward(seconds=60)
    assert (await room_of(history.person))["roomId"] == room
    await services.activity.flush(services.database)
    async with services.database.read() as work:
        assert (await work.session.get_one(Participant, (room, history.person.id))).seen_at == history.at
