"""GET /problems/{id}."""

from __future__ import annotations

from sqlalchemy import update

from api.enums import RoomStatus
from api.rooms.models import Participant, Room
from tests.api.people import Person, Service, expect, refused
from tests.api.problems.samples import CASE, PROGRAM, UNKNOWN, create, room_with

HIDDEN = {**CASE, "input": "hidden input", "isHidden": True}


async def test_hidden_tests_are_for_admins_who_ask(admin: Person, ann: Person) -> None:
    made = await create(admin, testCases=[HIDDEN, CASE, HIDDEN])
    path = f"/problems/{made['id']}"
    visible = [{**CASE, "isHidden": False}]
    assert [case["input"] for case in made["testCases"]] == ["hidden input", CASE["input"], "hidden input"]
    assert expect(await admin.get(path))["testCases"] == visible
    assert expect(await admin.get(path, includeHidden="false"))["testCases"] == visible
    assert expect(await admin.get(path, includeHidden="true"))["testCases"] == made["testCases"]
    plain = await ann.get(path)
    assert expect(plain)["testCases"] == visible
    assert "hidden input" not in plain.text
    assert set(made) - set(plain.json()) == {"testCaseCount", "hiddenTestCaseCount"}
    assert expect(await ann.get(path, includeHidden="false"))["testCases"] == visible
    refused(await ann.get(path, includeHidden="true"), 403, "FORBIDDEN")
    refused(await ann.get(path, includeHidden="1"), 400, "VALIDATION_FAILED")


async def test_programs_that_judge_are_for_admins(admin: Person, ann: Person) -> None:
    program = {**PROGRAM, "code": "secret = 1\n"}
    checked = await create(admin, "Checked", checker={"type": "custom", "program": program, "args": ["secret"]})
    talk = await create(admin, "Talk", kind="interactive", interactor=program)
    for made in (checked, talk):
        assert "secret" in (await admin.get(f"/problems/{made['id']}")).text
        answer = await ann.get(f"/problems/{made['id']}")
        assert "secret" not in answer.text
    assert expect(await ann.get(f"/problems/{checked['id']}"))["checker"] == {"type": "custom"}
    shown = expect(await ann.get(f"/problems/{talk['id']}"))
    assert (shown["interactor"], shown["kind"]) == (None, "interactive")
    options = {"type": "float", "options": {"absoluteTolerance": 0.5}}
    made = await create(admin, "Number", checker=options)
    assert expect(await ann.get(f"/problems/{made['id']}"))["checker"] == options


async def test_what_is_not_there(service: Service, admin: Person, ann: Person) -> None:
    draft = await create(admin, "Draft", isPublished=False)
    gone = await create(admin, "Gone")
    expect(await admin.delete(f"/problems/{gone['id']}"), 204)
    for wrong in (UNKNOWN, gone["id"], "x", "é%00", "1" * 500, gone["id"].upper()):
        for person in (ann, admin):
            refused(await person.get(f"/problems/{wrong}"), 404, "PROBLEM_NOT_FOUND")
    refused(await ann.get(f"/problems/{draft['id']}"), 404, "PROBLEM_NOT_FOUND")
    refused(await ann.get(f"/problems/{draft['id']}", includeHidden="true"), 404, "PROBLEM_NOT_FOUND")
    expect(await admin.get(f"/problems/{draft['id']}"))
    refused(await service.nobody.get(f"/problems/{draft['id']}"), 401, "UNAUTHORIZED")


async def test_members_of_a_room_may_read_its_problem_until_it_is_over(
    service: Service, admin: Person, ann: Person, bob: Person
) -> None:
    made = await create(admin, testCases=[CASE, HIDDEN])
    path = f"/problems/{made['id']}"
    room_id = await room_with(service, made["id"], members=[ann])
    expect(await admin.patch(f"{path}/publish-status", {"isPublished": False}))
    assert expect(await ann.get(path))["isPublished"] is False
    refused(await ann.get(path, includeHidden="true"), 403, "FORBIDDEN")
    refused(await bob.get(path), 404, "PROBLEM_NOT_FOUND")
    assert expect(await ann.get("/problems"))["data"] == []

    async def change(table: type[Participant | Room], **values: object) -> None:
        key = table.room_id if table is Participant else Room.id
        async with service.services.database.write() as work:
            await work.session.execute(update(table).where(key == room_id).values(**values))

    await change(Participant, is_active=False, left_at=service.clock.now())
    expect(await ann.get(path))
    await change(Participant, removed_at=service.clock.now())
    refused(await ann.get(path), 404, "PROBLEM_NOT_FOUND")
    await change(Participant, removed_at=None)
    await change(Room, status=RoomStatus.FINISHED.value)
    refused(await ann.get(path), 404, "PROBLEM_NOT_FOUND")
