"""GET, PATCH and DELETE /users/me, GET /users/{id}."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from api.database import new_id
from api.rooms.models import Participant
from api.users.models import User
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused
from tests.api.users.history import History

FIELDS = {"id", "email", "username", "displayName", "avatarUrl", "bio", "role", "stats", "createdAt", "updatedAt"}


async def test_oneself(service: Service, ann: Person) -> None:
    me = expect(await ann.get("/users/me"))
    assert set(me) == FIELDS
    assert (me["email"], me["username"], me["role"]) == ("ann@example.com", "ann", "user")
    refused(await service.nobody.get("/users/me"), 401, "UNAUTHORIZED")


async def test_another_person_shows_neither_address_nor_role(ann: Person, bob: Person) -> None:
    profile = expect(await ann.get(f"/users/{bob.id}"))
    assert set(profile) == {"id", "username", "displayName", "avatarUrl", "bio", "createdAt"}
    assert profile["username"] == "bob"
    assert expect(await ann.get(f"/users/{ann.id}"))["id"] == ann.id


async def test_nobody_of_that_id(ann: Person, bob: Person) -> None:
    for id_ in (new_id(), "nonsense", "0", ann.id.upper(), "%00", "ME", f"{{{ann.id}}}"):
        refused(await ann.get(f"/users/{id_}"), 404, "USER_NOT_FOUND")
    expect(await bob.delete("/users/me"), 204)
    refused(await ann.get(f"/users/{bob.id}"), 404, "USER_NOT_FOUND")


async def test_a_change_changes_what_it_names(service: Service, ann: Person) -> None:
    service.clock.forward(minutes=1)
    me = expect(await ann.patch("/users/me", {"displayName": "  Ann A.  ", "bio": " \n I count.\t"}))
    assert (me["displayName"], me["bio"], me["username"]) == ("Ann A.", "I count.", "ann")
    assert me["updatedAt"] > me["createdAt"]
    me = expect(await ann.patch("/users/me", {"username": "Ann_2"}))
    assert (me["displayName"], me["bio"], me["username"]) == ("Ann A.", "I count.", "Ann_2")
    assert expect(await ann.get("/users/me")) == me
    login = {"identifier": "ann_2", "password": PASSWORD}
    assert expect(await service.nobody.post("/auth/login", login))["user"] == me


@pytest.mark.parametrize("nothing", [None, "", "   "])
async def test_null_and_empty_text_clear(ann: Person, nothing: Any) -> None:
    expect(await ann.patch("/users/me", {"displayName": "Ann", "bio": "Hello"}))
    me = expect(await ann.patch("/users/me", {"displayName": nothing, "bio": nothing}))
    assert me["displayName"] is me["bio"] is None


async def test_an_empty_change_changes_nothing(service: Service, ann: Person) -> None:
    before = expect(await ann.get("/users/me"))
    service.clock.forward(minutes=1)
    assert expect(await ann.patch("/users/me", {})) == before
    assert expect(await ann.patch("/users/me", {"username": "ann"})) == before


async def test_fields_that_break_their_rules_are_named(ann: Person) -> None:
    wrongs: list[Json] = [
        {"displayName": "x" * 101},
        {"displayName": "a\0b"},
        {"displayName": 1},
        {"bio": "x" * 501},
        {"bio": ["x"]},
        {"username": "ab"},
        {"username": "a b c"},
        {"username": None},
        {"email": "new@example.com"},
        {"role": "admin"},
        {"avatarUrl": "https://evil.example"},
    ]
    for wrong in wrongs:
        named = refused(await ann.patch("/users/me", wrong), 400, "VALIDATION_FAILED")
        assert list(named["details"]) == list(wrong)
    for whole in ("[]", '"x"', "null", "", '{"displayName": "\\ud800"}'):
        answer = await ann.request("PATCH", "/users/me", content=whole, headers={"Content-Type": "application/json"})
        refused(answer, 400, "VALIDATION_FAILED")
    expect(await ann.patch("/users/me", {"displayName": "ü" * 100, "bio": f" {'😀' * 500} "}))


async def test_a_name_somebody_has_is_refused(ann: Person, bob: Person) -> None:
    refused(await ann.patch("/users/me", {"username": "BOB", "bio": "x"}), 409, "USER_USERNAME_TAKEN")
    assert expect(await ann.get("/users/me"))["bio"] is None
    assert expect(await ann.patch("/users/me", {"username": "ANN"}))["username"] == "ANN"
    assert expect(await bob.get("/users/me"))["username"] == "bob"


async def test_of_people_who_want_one_name_at_once_one_gets_it(service: Service) -> None:
    people = [await service.person(f"user{number}") for number in range(4)]
    answers = await asyncio.gather(*(person.patch("/users/me", {"username": "zoe"}) for person in people))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 409, "USER_USERNAME_TAKEN")


async def test_a_deleted_account_is_gone_and_its_name_is_free(service: Service, ann: Person, bob: Person) -> None:
    expect(await ann.patch("/users/me", {"displayName": "Ann A.", "bio": "private"}))
    expect(await ann.delete("/users/me"), 204)
    refused(await ann.get("/users/me"), 401, "UNAUTHORIZED")
    refused(await ann.delete("/users/me"), 401, "UNAUTHORIZED")
    again = await service.person("ann")
    assert again.id != ann.id
    refused(await bob.patch("/users/me", {"username": "ann"}), 409, "USER_USERNAME_TAKEN")
    async with service.services.database.read() as work:
        row = (await work.session.execute(select(User).where(User.id == ann.id))).scalar_one()
    assert (row.username, row.display_name, row.deleted_at) == ("ann", "Ann A.", service.clock.now())


async def test_a_deleted_account_leaves_all_rooms(service: Service, history: History) -> None:
    ann = history.person
    room_id = await history.room()
    expect(await ann.delete("/users/me"), 204)
    async with service.services.database.read() as work:
        seat = (await work.session.execute(select(Participant).where(Participant.room_id == room_id))).scalar_one()
    assert not seat.is_active
    assert seat.left_at == service.clock.now()


async def test_of_two_deletions_at_once_one_is_carried_out(ann: Person) -> None:
    answers = await asyncio.gather(*(ann.delete("/users/me") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401]


async def test_figures_are_of_finished_sessions_in_sight(history: History) -> None:
    first, second, hidden, open_ = [await history.problem() for _ in range(4)]
    room = await history.session()
    await history.submission(room, first)
    await history.submission(room, first)
    await history.submission(room, second, "wrong_answer")
    await history.submission(await history.session(hidden=True), hidden)
    await history.submission(await history.session(finished=False), open_)
    stats = expect(await history.person.get("/users/me"))["stats"]
    assert stats == {"totalSessions": 1, "totalProblems": 1, "streakDays": 1}


async def test_a_streak_ends_today_or_yesterday(service: Service, history: History) -> None:
    async def streak() -> int:
        return int(expect(await history.person.get("/users/me"))["stats"]["streakDays"])

    assert await streak() == 0
    problem = await history.problem()
    for days in (5, 3, 2):
        await history.back(days=days).session()
    assert await streak() == 0
    room = await history.back(days=1).session(finished=False)
    assert await streak() == 0
    await history.back(days=1).submission(room, problem, "wrong_answer")
    assert await streak() == 0
    await history.back(days=1).submission(room, problem)
    assert await streak() == 3
    await history.back(hours=12).session()  # midnight is today
    assert await streak() == 4
    service.clock.forward(hours=11)
    history.renew_token()
    assert await streak() == 4
    await history.back(days=4).session(hidden=True)
    assert await streak() == 4


async def test_figures_are_of_nobody_else(history: History, bob: Person) -> None:
    await history.submission(await history.session(minutes=10), await history.problem())
    stats = expect(await bob.get("/users/me"))["stats"]
    assert stats == {"totalSessions": 0, "totalProblems": 0, "streakDays": 0}
