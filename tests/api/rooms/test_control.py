"""Problem, settings, language and lock of a room."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from api.problems.models import Problem
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import UNKNOWN, advance, events, join, look, make_problem, open_room, pair, people


def control(room: Json, action: str) -> str:
    return f"/rooms/{room['roomId']}/control/{action}"


async def test_a_problem_is_chosen_changed_and_taken_away(ann: Person, bob: Person, admin: Person) -> None:
    first, second = await make_problem(admin, "First"), await make_problem(admin, "Second")
    room = await pair(ann, bob)
    for phase in ("warmup", "coding"):
        for problem in (first, second, None, second):
            answer = expect(await ann.put(control(room, "problem"), {"problemId": problem}))
            assert (answer["problemId"], answer["myRole"]) == (problem, "interviewer")
        await advance(ann, room, phase)
    expect(await ann.put(control(room, "problem"), {"problemId": first}))
    await advance(ann, room, "wrapup")
    refused(await ann.put(control(room, "problem"), {"problemId": second}), 409, "ROOM_INVALID_TRANSITION")
    refused(await ann.put(control(room, "problem"), {"problemId": None}), 409, "ROOM_INVALID_TRANSITION")
    refused(await bob.put(control(room, "problem"), {"problemId": second}), 403, "ROOM_PERMISSION_DENIED")


async def test_only_published_problems_are_chosen_and_stay_when_withdrawn(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    problem, draft = await make_problem(admin), await make_problem(admin, "Draft", isPublished=False)
    room = await pair(ann, bob)
    for wrong in (UNKNOWN, draft):
        refused(await ann.put(control(room, "problem"), {"problemId": wrong}), 404, "PROBLEM_NOT_FOUND")
    for body in ({}, {"problemId": "x"}, {"problemId": 5}, {"problemId": problem, "title": "x"}):
        refused(await ann.put(control(room, "problem"), body), 400, "VALIDATION_FAILED")
    expect(await ann.put(control(room, "problem"), {"problemId": problem}))
    async with service.services.database.write() as work:
        await work.session.execute(update(Problem).where(Problem.id == problem).values(is_published=False))
    assert (await look(bob, room))["problemId"] == problem
    assert expect(await ann.put(control(room, "problem"), {"problemId": problem}))["problemId"] == problem
    assert expect(await ann.get("/rooms"))["data"][0]["problemTitle"] == "Add two numbers"
    expect(await ann.put(control(room, "problem"), {"problemId": None}))
    refused(await ann.put(control(room, "problem"), {"problemId": problem}), 404, "PROBLEM_NOT_FOUND")


async def test_choosing_the_same_problem_again_is_no_event(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    problem = await make_problem(admin)
    room = await pair(ann, bob, phase="warmup", problemId=problem)
    expect(await ann.put(control(room, "problem"), {"problemId": problem}))
    assert [event.type for event in await events(service, room)] == ["session_started", "phase_changed"]


async def test_settings_change_what_is_given(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="warmup", name="Before")
    before = await look(ann, room)
    path = control(room, "settings")
    unchanged = expect(await ann.patch(path, {}))
    assert {**unchanged, "collabToken": ""} == {**before, "collabToken": ""}
    assert expect(await ann.patch(path, {"name": " After "}))["name"] == "After"
    assert expect(await ann.patch(path, {"name": None}))["name"] is None
    assert expect(await ann.patch(path, {"name": " "}))["name"] is None
    config: Json = {"maxParticipants": 4, "maxDuration": 60, "isPrivate": False, "requireReady": True}
    changed = expect(await ann.patch(path, {"config": {"maxParticipants": 4, "isPrivate": False}}))["config"]
    assert changed == {**config, "maxDuration": 120, "requireReady": False}
    changed = expect(await ann.patch(path, {"config": {"maxDuration": 60, "requireReady": True}, "language": "java"}))
    assert (changed["config"], changed["language"]) == (config, "java")
    assert expect(await ann.patch(path, {"regenerateCode": False}))["roomCode"] == room["roomCode"]
    kinds = [event.type for event in await events(service, room)]
    assert (kinds.count("settings_changed"), kinds.count("language_changed")) == (5, 1)
    denied = refused(await bob.patch(path, {"name": "Mine"}), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "room:settings"}


async def test_settings_leave_room_for_the_people_and_the_time_there_was(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob, config={"maxParticipants": 4})
    (cat,) = await people(service, "cat")
    await join(cat, room)
    path = control(room, "settings")
    body = refused(await ann.patch(path, {"name": "x", "config": {"maxParticipants": 2}}), 400, "VALIDATION_FAILED")
    assert set(body["details"]) == {"config.maxParticipants"}
    assert (await look(ann, room))["name"] is None
    service.clock.forward(minutes=3)
    expect(await ann.patch(path, {"config": {"maxDuration": 1, "maxParticipants": 3}}))
    expect(await ann.patch(path, {"config": {"maxDuration": 60}}))
    await advance(ann, room, "warmup", "coding")
    expect(await ann.post(control(room, "pause-timer")))
    service.clock.forward(minutes=10, seconds=1)
    body = refused(await ann.patch(path, {"config": {"maxDuration": 10}}), 400, "VALIDATION_FAILED")
    assert set(body["details"]) == {"config.maxDuration"}
    assert expect(await ann.patch(path, {"config": {"maxDuration": 11}}))["config"]["maxDuration"] == 11


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_settings_that_are_none_are_refused(ann: Person) -> None:
    room = await open_room(ann)
    wrong: list[Any] = [
        {"mode": "ai"},
        {"name": "x" * 101},
        {"name": "a\0"},
        {"language": None},
        {"language": "perl"},
        {"config": None},
        {"config": {"maxParticipants": None}},
        {"config": {"maxParticipants": 9}},
        {"regenerateCode": None},
        {"regenerateCode": "yes"},
        {"roomCode": "ABCDEF"},
        None,
    ]
    for body in wrong:
        refused(await ann.patch(control(room, "settings"), body), 400, "VALIDATION_FAILED")


async def test_a_new_code_voids_the_old_one_at_once(ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    changed = expect(await ann.patch(control(room, "settings"), {"regenerateCode": True}))
    join_path = f"/rooms/{room['roomId']}/join"
    refused(await bob.post(join_path, {"roomCode": room["roomCode"]}), 400, "ROOM_INVALID_CODE")
    expect(await bob.post(join_path, {"roomCode": changed["roomCode"]}))


async def test_the_language_is_changed_by_who_writes_and_by_the_host(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await pair(ann, bob, phase="warmup", config={"maxParticipants": 3})
    path = f"/rooms/{room['roomId']}/language"
    (cat,) = await people(service, "cat")
    await join(cat, room)
    denied = refused(await cat.patch(path, {"language": "c"}), 403, "ROOM_PERMISSION_DENIED")
    assert denied["details"] == {"capability": "code:change-language"}
    for body in ({}, {"language": None}, {"language": "C"}, {"language": "c", "x": 1}, None):
        refused(await bob.patch(path, body), 400, "VALIDATION_FAILED")
    assert expect(await bob.patch(path, {"language": "c"}))["language"] == "c"
    service.clock.forward(seconds=1)
    expect(await bob.patch(path, {"language": "c"}))
    expect(await ann.post(f"/rooms/{room['roomId']}/ownership/transfer", {"targetUserId": cat.id}))
    service.clock.forward(seconds=1)
    assert expect(await cat.patch(path, {"language": "cpp"}))["language"] == "cpp"
    changes = [event.details for event in await events(service, room) if event.type == "language_changed"]
    assert changes == [{"from": None, "to": "c"}, {"from": "c", "to": "cpp"}]


async def test_the_editor_is_locked_once_and_unlocked_once(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    lock, unlock = control(room, "lock-editor"), control(room, "unlock-editor")
    refused(await ann.post(unlock), 409, "ROOM_EDITOR_NOT_LOCKED")
    for path in (lock, unlock):
        refused(await bob.post(path), 403, "ROOM_PERMISSION_DENIED")
    locked = expect(await ann.post(lock))
    assert locked == {
        "roomId": room["roomId"],
        "editorLocked": True,
        "changed": True,
        "lockedAt": locked["lockedAt"],
        "lockedBy": ann.id,
    }
    assert (await look(bob, room))["editorLocked"]
    service.clock.forward(seconds=1)
    assert expect(await ann.post(lock)) == {**locked, "changed": False}
    unlocked = expect(await ann.post(unlock))
    assert unlocked == {
        "roomId": room["roomId"],
        "editorLocked": False,
        "changed": True,
        "unlockedAt": unlocked["unlockedAt"],
        "unlockedBy": ann.id,
    }
    refused(await ann.post(unlock), 409, "ROOM_EDITOR_NOT_LOCKED")
    kinds = [event.type for event in await events(service, room)]
    assert [kind for kind in kinds if kind.startswith("editor")] == ["editor_locked", "editor_unlocked"]


async def test_a_shared_document_cannot_be_ensured_where_there_is_none(
    service: Service, ann: Person, bob: Person
) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/collab/ensure"
    refused(await ann.post(path), 503, "COLLAB_SERVICE_UNAVAILABLE")
    refused(await bob.post(path), 403, "ROOM_NOT_PARTICIPANT")
    refused(await service.nobody.post(path), 401, "UNAUTHORIZED")
