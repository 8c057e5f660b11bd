"""PATCH, publish-status and DELETE of problems."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import delete, select, update

from api.admin.models import AuditLog
from api.enums import RoomStatus, SessionStatus
from api.problems.models import Problem, TestCaseRow
from api.rooms.models import Room
from api.sessions.models import Session
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.samples import CASE, PROGRAM, UNKNOWN, create, problem, room_with

HIDDEN = {"input": "h", "expectedOutput": "h", "isHidden": True}


async def audited(service: Service) -> list[tuple[str, Any]]:
    logged = select(AuditLog).where(AuditLog.target_type == "problem").order_by(AuditLog.created_at)
    async with service.services.database.read() as work:
        rows = (await work.session.execute(logged)).scalars().all()
    return [(row.action.removeprefix("admin.problem."), row.details) for row in rows]


async def test_what_is_absent_stays(service: Service, admin: Person) -> None:
    made = await create(
        admin, tags=["a", "b"], company="Acme", timeLimit=5, starterCode={"c": "x"}, testCases=[CASE, HIDDEN]
    )
    path = f"/problems/{made['id']}"
    service.clock.forward(seconds=1)
    untouched = expect(await admin.patch(path, {}))
    assert untouched["updatedAt"] == made["updatedAt"]
    changed = expect(await admin.patch(path, {"difficulty": "hard", "tags": ["b", "c"]}))
    now = expect(await admin.get(path, includeHidden="true"))
    assert now == {**made, "difficulty": "hard", "tags": ["b", "c"], "updatedAt": now["updatedAt"]}
    assert now["updatedAt"] > made["updatedAt"]
    assert changed["testCases"] == [{**CASE, "isHidden": False}]
    assert await audited(service) == [
        ("create", {"title": "Add two numbers"}),
        ("update", {"fields": ["difficulty", "tags"]}),
    ]


async def test_null_clears_where_it_may(admin: Person) -> None:
    said: Json = {
        "company": "Acme",
        "constraints": "c",
        "starterCode": {"c": "x"},
        "timeLimit": 5,
        "memoryLimit": 5,
        "allowedLanguages": ["c"],
    }
    made = await create(admin, **said)
    assert {name: made[name] for name in said} == said
    path = f"/problems/{made['id']}"
    cleared = expect(await admin.patch(path, dict.fromkeys(said)))
    assert {name: cleared[name] for name in said} == dict.fromkeys(said)
    for name in (
        *("title", "description", "difficulty", "tags", "examples", "outputLimitMb", "testCases", "kind", "checker"),
        *("scoring", "stopOnFirstFailure", "languageLimits"),
    ):
        answer = refused(await admin.patch(path, {name: None}), 400, "VALIDATION_FAILED")
        assert list(answer["details"]) == [name]
    refused(await admin.patch(path, {"isPublished": True}), 400, "VALIDATION_FAILED")
    refused(await admin.patch(path, {"id": UNKNOWN}), 400, "VALIDATION_FAILED")
    refused(await admin.patch(path, []), 400, "VALIDATION_FAILED")


async def test_tests_are_replaced_as_a_whole(service: Service, admin: Person) -> None:
    made = await create(admin, testCases=[CASE, HIDDEN, HIDDEN])
    path = f"/problems/{made['id']}"
    cases = [{**HIDDEN, "input": "\0new\r\n"}, {**CASE, "isHidden": False}]
    changed = expect(await admin.patch(path, {"testCases": cases}))
    assert (changed["testCaseCount"], changed["hiddenTestCaseCount"]) == (2, 1)
    assert expect(await admin.get(path, includeHidden="true"))["testCases"] == cases
    async with service.services.database.read() as work:
        rows = (await work.session.execute(select(TestCaseRow.index, TestCaseRow.input))).all()
    assert sorted((index, data) for index, data in rows) == [(0, b"\0new\r\n"), (1, b"1 2\n")]


async def test_a_change_must_fit_what_stays(admin: Person) -> None:
    nothing = [{"input": "x", "expectedOutput": ""}]
    checked = await create(admin, "Checked", checker={"type": "custom", "program": PROGRAM}, testCases=[CASE, *nothing])
    talk = await create(admin, "Talk", kind="interactive", interactor=PROGRAM)
    flagged = await create(
        admin, "Flagged", checker={"type": "custom", "program": PROGRAM}, testCases=[{**CASE, "checkerArgs": ["x"]}]
    )
    scored = await create(
        admin,
        "Scored",
        scoring={"mode": "points", "groups": [{"name": "g", "points": 100}]},
        testCases=[{**CASE, "group": "g"}],
    )
    plain = await create(admin, "Plain")

    async def wrong(made: Json, changes: Json, field: str) -> None:
        answer = refused(await admin.patch(f"/problems/{made['id']}", changes), 400, "VALIDATION_FAILED")
        assert list(answer["details"]) == [field]
        assert expect(await admin.get(f"/problems/{made['id']}", includeHidden="true")) == made

    await wrong(checked, {"checker": {"type": "trimmed"}}, "testCases.1.expectedOutput")
    await wrong(flagged, {"checker": {"type": "trimmed"}}, "testCases.0.checkerArgs")
    await wrong(talk, {"kind": "standard"}, "interactor")
    await wrong(talk, {"interactor": None}, "interactor")
    await wrong(plain, {"kind": "interactive"}, "interactor")
    await wrong(plain, {"interactor": PROGRAM}, "interactor")
    await wrong(plain, {"testCases": nothing}, "testCases.0.expectedOutput")
    await wrong(plain, {"checker": {"type": "custom", "program": {**PROGRAM, "code": " "}}}, "checker.program")
    await wrong(scored, {"testCases": [CASE]}, "scoring.groups")
    await wrong(scored, {"testCases": [{**CASE, "group": "h"}]}, "testCases.0.group")
    await wrong(scored, {"scoring": {"mode": "points"}}, "testCases.0.group")
    expect(await admin.patch(f"/problems/{scored['id']}", {"scoring": {"mode": "pass_fail"}}))
    expect(await admin.patch(f"/problems/{talk['id']}", {"kind": "standard", "interactor": None}))
    expect(await admin.patch(f"/problems/{plain['id']}", {"kind": "interactive", "interactor": PROGRAM}))


async def test_a_title_that_another_has(admin: Person) -> None:
    first = await create(admin, "First")
    second = await create(admin, "Second")
    path = f"/problems/{second['id']}"
    refused(await admin.patch(path, {"title": "FIRST", "tags": ["new"]}), 409, "PROBLEM_DUPLICATE_TITLE")
    assert expect(await admin.get(path))["tags"] == []
    assert expect(await admin.patch(path, {"title": "SECOND"}))["title"] == "SECOND"
    expect(await admin.delete(f"/problems/{first['id']}"), 204)
    expect(await admin.patch(path, {"title": "first"}))


async def test_of_those_who_want_one_title_by_a_change_one_gets_it(admin: Person) -> None:
    made = [await create(admin, f"p{number}") for number in range(4)]
    answers = await asyncio.gather(*(admin.patch(f"/problems/{one['id']}", {"title": "Same"}) for one in made))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_concurrent_replacements_of_tests_leave_one_list(admin: Person) -> None:
    made = await create(admin)
    path = f"/problems/{made['id']}"
    lists = [[{**CASE, "input": f"{size}", "isHidden": False}] * size for size in range(1, 7)]
    changes = [{"testCases": cases, "tags": [f"t{len(cases)}", "all"]} for cases in lists]
    answers = await asyncio.gather(*(admin.patch(path, change) for change in changes))
    assert [answer.status_code for answer in answers] == [200] * 6
    now = expect(await admin.get(path, includeHidden="true"))
    assert now["testCases"] == lists[now["testCaseCount"] - 1]
    assert now["tags"] == [f"t{now['testCaseCount']}", "all"]


async def test_publishing_and_withdrawing(service: Service, admin: Person, ann: Person) -> None:
    made = await create(admin, isPublished=False)
    path = f"/problems/{made['id']}"
    service.clock.forward(seconds=1)
    shown = expect(await admin.patch(f"{path}/publish-status", {"isPublished": True}))
    assert (shown["isPublished"], shown["id"], shown["updatedAt"] > made["updatedAt"]) == (True, made["id"], True)
    expect(await ann.get(path))
    service.clock.forward(seconds=1)
    again = expect(await admin.patch(f"{path}/publish-status", {"isPublished": True}))
    assert again["updatedAt"] == shown["updatedAt"]
    assert expect(await admin.patch(f"{path}/publish-status", {"isPublished": False}))["isPublished"] is False
    refused(await ann.get(path), 404, "PROBLEM_NOT_FOUND")
    assert [action for action, _ in await audited(service)] == ["create", "publish", "unpublish"]
    for wrong in ({}, {"isPublished": None}, {"isPublished": "true"}, {"isPublished": True, "x": 1}):
        refused(await admin.patch(f"{path}/publish-status", wrong), 400, "VALIDATION_FAILED")


async def test_a_problem_without_tests_is_not_published(service: Service, admin: Person) -> None:
    made = await create(admin, isPublished=False)
    async with service.services.database.write() as work:
        await work.session.execute(delete(TestCaseRow))
        await work.session.execute(update(Problem).values(test_count=0, hidden_test_count=0))
    path = f"/problems/{made['id']}/publish-status"
    refused(await admin.patch(path, {"isPublished": True}), 422, "PROBLEM_NO_TEST_CASES")


async def test_a_deleted_problem_is_set_aside(service: Service, admin: Person, ann: Person) -> None:
    made = await create(admin)
    path = f"/problems/{made['id']}"
    expect(await ann.put(f"/users/me/bookmarks/{made['id']}"), 204)
    expect(await admin.delete(path), 204)
    for answer in (
        await admin.get(path),
        await admin.patch(path, {"title": "x"}),
        await admin.patch(f"{path}/publish-status", {"isPublished": True}),
        await admin.delete(path),
    ):
        refused(answer, 404, "PROBLEM_NOT_FOUND")
    assert expect(await ann.get("/users/me/bookmarks"))["data"] == []
    async with service.services.database.read() as work:
        row = await work.session.get(Problem, made["id"])
    assert row is not None
    assert (row.title, row.title_key, row.deleted_at) == ("Add two numbers", None, service.clock.now())
    assert ("delete", {"title": "Add two numbers"}) in await audited(service)
    await create(admin)


async def test_a_problem_in_use_stays(service: Service, admin: Person, ann: Person) -> None:
    made = await create(admin)
    path = f"/problems/{made['id']}"
    room_id = await room_with(service, made["id"], members=[ann], status=RoomStatus.WAITING)
    refused(await admin.delete(path), 409, "PROBLEM_IN_USE")

    async def change(table: type[Room | Session], **values: object) -> None:
        async with service.services.database.write() as work:
            await work.session.execute(update(table).values(**values))

    await change(Room, status=RoomStatus.FINISHED.value)
    expect(await admin.delete(path), 204)
    other = await create(admin)
    path = f"/problems/{other['id']}"
    await room_with(
        service,
        other["id"],
        members=[ann],
        status=RoomStatus.FINISHED,
        session=SessionStatus.ONGOING,
        selected=False,
    )
    refused(await admin.delete(path), 409, "PROBLEM_IN_USE")
    await change(Session, status=SessionStatus.FINISHED.value)
    expect(await admin.delete(path), 204)
    assert room_id


async def test_one_of_two_deletions_finds_it(admin: Person) -> None:
    made = await create(admin)
    answers = await asyncio.gather(*(admin.delete(f"/problems/{made['id']}") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]


async def test_only_admins_change_problems_and_drafts_stay_unknown(
    service: Service, admin: Person, ann: Person
) -> None:
    shown = await create(admin, "Shown")
    draft = await create(admin, "Draft", isPublished=False)
    for made, status, code in ((shown, 403, "FORBIDDEN"), (draft, 404, "PROBLEM_NOT_FOUND")):
        path = f"/problems/{made['id']}"
        refused(await ann.patch(path, {"title": "x"}), status, code)
        refused(await ann.patch(path, {}), status, code)
        refused(await ann.patch(f"{path}/publish-status", {"isPublished": False}), status, code)
        refused(await ann.delete(path), status, code)
        refused(await ann.patch(path, {"title": ""}), 400, "VALIDATION_FAILED")
        refused(await ann.patch(f"{path}/publish-status", {}), 400, "VALIDATION_FAILED")
        refused(await service.nobody.delete(path), 401, "UNAUTHORIZED")
    for wrong in (UNKNOWN, "x", "%00"):
        for person in (ann, admin):
            refused(await person.patch(f"/problems/{wrong}", {}), 404, "PROBLEM_NOT_FOUND")
            refused(await person.delete(f"/problems/{wrong}"), 404, "PROBLEM_NOT_FOUND")
            answer = await person.patch(f"/problems/{wrong}/publish-status", {"isPublished": True})
            refused(answer, 404, "PROBLEM_NOT_FOUND")
    assert len(expect(await admin.get("/problems", includeDrafts="true"))["data"]) == 2
    assert problem()["title"] == "Add two numbers"
