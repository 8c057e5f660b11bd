"""/users/me/bookmarks."""

from __future__ import annotations

import asyncio

from tests.api.people import Person, Service, expect, refused
from tests.api.problems.samples import UNKNOWN, create

BOOKMARKS = "/users/me/bookmarks"


async def titles(person: Person) -> list[str]:
    return [problem["title"] for problem in expect(await person.get(BOOKMARKS))["data"]]


async def test_the_newest_bookmark_comes_first(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    made = [await create(admin, f"p{number}") for number in range(5)]
    for place in (2, 0, 4, 1):
        expect(await ann.put(f"{BOOKMARKS}/{made[place]['id']}"), 204)
        service.clock.forward(seconds=1)
    expect(await ann.put(f"{BOOKMARKS}/{made[2]['id']}"), 204)  # keeps its place
    assert await titles(ann) == ["p1", "p4", "p0", "p2"]
    first = expect(await ann.get(BOOKMARKS, limit=3))
    rest = expect(await ann.get(BOOKMARKS, limit=3, cursor=first["pagination"]["nextCursor"]))
    assert [problem["title"] for problem in [*first["data"], *rest["data"]]] == ["p1", "p4", "p0", "p2"]
    assert rest["pagination"] == {"nextCursor": None, "hasMore": False}
    assert expect(await ann.get(BOOKMARKS, sortOrder="asc"))["data"][0]["title"] == "p1"
    assert await titles(bob) == []
    listed = expect(await ann.get("/problems", sortBy="title", sortOrder="asc"))["data"]
    assert [problem["isBookmarked"] for problem in listed] == [True, True, True, False, True]
    assert expect(await ann.get(BOOKMARKS))["data"][0] == listed[1]
    assert expect(await ann.get(f"/problems/{made[0]['id']}"))["isBookmarked"] is True
    assert expect(await bob.get(f"/problems/{made[0]['id']}"))["isBookmarked"] is False
    expect(await ann.delete(f"{BOOKMARKS}/{made[4]['id']}"), 204)
    assert await titles(ann) == ["p1", "p0", "p2"]
    refused(await ann.get(BOOKMARKS, limit="0"), 400, "VALIDATION_FAILED")
    refused(await ann.get(BOOKMARKS, cursor="x"), 400, "VALIDATION_FAILED")
    refused(await bob.get(BOOKMARKS, cursor=first["pagination"]["nextCursor"]), 400, "VALIDATION_FAILED")
    refused(await service.nobody.get(BOOKMARKS), 401, "UNAUTHORIZED")


async def test_withdrawn_problems_are_left_out_for_all_but_admins(admin: Person, ann: Person) -> None:
    made = await create(admin)
    for person in (ann, admin):
        expect(await person.put(f"{BOOKMARKS}/{made['id']}"), 204)
    expect(await admin.patch(f"/problems/{made['id']}/publish-status", {"isPublished": False}))
    assert (await titles(ann), await titles(admin)) == ([], ["Add two numbers"])
    refused(await ann.put(f"{BOOKMARKS}/{made['id']}"), 404, "PROBLEM_NOT_FOUND")
    expect(await admin.put(f"{BOOKMARKS}/{made['id']}"), 204)
    expect(await admin.patch(f"/problems/{made['id']}/publish-status", {"isPublished": True}))
    assert await titles(ann) == ["Add two numbers"]


async def test_what_cannot_be_bookmarked_can_be_forgotten(service: Service, admin: Person, ann: Person) -> None:
    draft = await create(admin, isPublished=False)
    for wrong in (UNKNOWN, draft["id"], "x", "%00", "9" * 300):
        refused(await ann.put(f"{BOOKMARKS}/{wrong}"), 404, "PROBLEM_NOT_FOUND")
        expect(await ann.delete(f"{BOOKMARKS}/{wrong}"), 204)
    refused(await service.nobody.put(f"{BOOKMARKS}/{draft['id']}"), 401, "UNAUTHORIZED")
    refused(await service.nobody.delete(f"{BOOKMARKS}/{draft['id']}"), 401, "UNAUTHORIZED")


async def test_the_same_bookmark_many_times_at_once(admin: Person, ann: Person) -> None:
    made = await create(admin)
    path = f"{BOOKMARKS}/{made['id']}"
    answers = await asyncio.gather(*(ann.put(path) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {204}
    assert await titles(ann) == ["Add two numbers"]
    answers = await asyncio.gather(*(ann.delete(path) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {204}
    assert await titles(ann) == []
