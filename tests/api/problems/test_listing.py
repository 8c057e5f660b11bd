"""GET /problems and GET /problems/tags."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, update

from api.problems.models import Problem
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.samples import CASE, create, room_with, set_counts, submit


async def titles(person: Person, **query: Any) -> list[str]:
    found = expect(await person.get("/problems", **query))
    assert found["pagination"] == {"nextCursor": None, "hasMore": False}
    return [problem["title"] for problem in found["data"]]


async def walk(person: Person, path: str = "/problems", **query: Any) -> list[str]:
    """The titles on all pages, which must be consistent."""
    found: list[str] = []
    cursor: Json = {}
    for _ in range(100):
        page = expect(await person.get(path, **query, **cursor))
        found += [problem["title"] for problem in page["data"]]
        following = page["pagination"]["nextCursor"]
        assert page["pagination"]["hasMore"] is (following is not None)
        if following is None:
            return found
        assert len(page["data"]) == query["limit"]
        cursor = {"cursor": following}
    pytest.fail("pages without end")


async def test_what_a_list_shows(service: Service, admin: Person, ann: Person) -> None:
    made = await create(
        admin, "One", tags=["b", "a"], company="Acme", testCases=[CASE, {**CASE, "isHidden": True}, CASE]
    )
    await set_counts(service, made["id"], accepted=1, total=3)
    shown = {
        "id": made["id"],
        "title": "One",
        "difficulty": "easy",
        "isPublished": True,
        "tags": ["b", "a"],
        "company": "Acme",
        "acceptanceRate": 33.33,
        "isBookmarked": False,
        "attemptStatus": None,
    }
    assert expect(await ann.get("/problems"))["data"] == [shown]
    more = {"testCaseCount": 3, "hiddenTestCaseCount": 1, "totalSubmissions": 3, "updatedAt": made["updatedAt"]}
    assert expect(await admin.get("/problems"))["data"] == [shown | more]
    refused(await service.nobody.get("/problems"), 401, "UNAUTHORIZED")


async def test_drafts_and_deleted_problems_are_not_listed(service: Service, admin: Person, ann: Person) -> None:
    await create(admin, "Draft", isPublished=False)
    gone = await create(admin, "Gone")
    expect(await admin.delete(f"/problems/{gone['id']}"), 204)
    service.clock.forward(seconds=1)
    await create(admin, "Shown")
    assert await titles(ann) == await titles(ann, includeDrafts="true") == await titles(admin) == ["Shown"]
    assert await titles(admin, includeDrafts="true") == ["Shown", "Draft"]


async def test_filters(service: Service, admin: Person, ann: Person) -> None:
    for number, (difficulty, tags, company) in enumerate(
        [("easy", ["arrays"], "Acme"), ("medium", ["arrays", "hashing"], "acme"), ("hard", [], None)]
    ):
        await create(admin, f"p{number}", difficulty=difficulty, tags=tags, company=company)
        service.clock.forward(seconds=1)
    assert await titles(ann, difficulty="easy") == ["p0"]
    assert await titles(ann, difficulty=["easy", "hard"]) == ["p2", "p0"]
    assert await titles(ann, difficulty="easy,hard,easy") == ["p2", "p0"]
    assert await titles(ann, tags="arrays") == ["p1", "p0"]
    assert await titles(ann, tags="hashing,unknown") == ["p1"]
    assert await titles(ann, tags="unknown") == []
    assert await titles(ann, company="Acme") == ["p0"]
    assert await titles(ann, company="Ac") == []
    assert await titles(ann, tags="arrays", difficulty="medium,hard", search="P1") == ["p1"]
    assert await titles(ann, unknown="x") == ["p2", "p1", "p0"]


async def test_a_search_looks_in_title_and_description_whatever_the_case(
    service: Service, admin: Person, ann: Person
) -> None:
    await create(admin, "Größte ÉTUDE", description="Über 100% of_it \\ slash/")
    service.clock.forward(seconds=1)
    await create(admin, "Other", description="İstanbul ΣΊΣΥΦΟΣ; its words 100 of it")
    for search in (
        "GRÖSSTE étude",
        "grösste",
        "über",
        "ÜBER",
        "100%",
        "OF_IT",
        "\\",
        "slash/",
        "étude",
        "e\N{COMBINING ACUTE ACCENT}tude",
    ):
        assert await titles(ann, search=search) == ["Größte ÉTUDE"], search
    for search in ("σίσυφος", "ΣΊΣΥΦΟΣ", "i̇stanbul", "words 100 OF it"):
        assert await titles(ann, search=search) == ["Other"], search
    assert await titles(ann, search="of") == ["Other", "Größte ÉTUDE"]
    assert await titles(ann, search="") == ["Other", "Größte ÉTUDE"]
    for search in ("%%", "o_f", "étude über", "*"):
        assert await titles(ann, search=search) == [], search


async def test_a_search_follows_changes(admin: Person, ann: Person) -> None:
    made = await create(admin, "Old words", description="stay")
    expect(await admin.patch(f"/problems/{made['id']}", {"title": "New words"}))
    assert (await titles(ann, search="old"), await titles(ann, search="new")) == ([], ["New words"])
    expect(await admin.patch(f"/problems/{made['id']}", {"description": "go"}))
    assert (await titles(ann, search="stay"), await titles(ann, search="GO")) == ([], ["New words"])


async def test_the_status_is_the_callers_own(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    made = {}
    for title in ("solved", "tried", "waiting", "broken", "cancelled", "other"):
        made[title] = (await create(admin, title))["id"]
        service.clock.forward(seconds=1)
    room = await room_with(service, made["other"], members=[ann, bob])

    async def tried(person: Person, title: str, verdict: str | None) -> None:
        await submit(service, person, problem_id=made[title], room_id=room, verdict=verdict)

    await tried(ann, "solved", "wrong_answer")
    await tried(ann, "solved", "accepted")
    await tried(ann, "solved", "runtime_error")
    await tried(ann, "tried", "compile_error")
    await tried(ann, "waiting", None)
    await tried(ann, "broken", "internal_error")
    await tried(ann, "cancelled", "cancelled")
    await tried(bob, "other", "accepted")
    found = expect(await ann.get("/problems", sortOrder="asc"))["data"]
    assert {problem["title"]: problem["attemptStatus"] for problem in found} == {
        "solved": "solved",
        "tried": "attempted",
        "waiting": "attempted",
        "broken": None,
        "cancelled": None,
        "other": None,
    }
    assert await titles(ann, status="solved") == ["solved"]
    assert await titles(ann, status="attempted") == ["waiting", "tried"]
    assert await titles(ann, status="todo") == ["other", "cancelled", "broken"]
    assert await titles(ann, status="todo,solved") == ["other", "cancelled", "broken", "solved"]
    assert await titles(bob, status="solved") == ["other"]
    detail = expect(await ann.get(f"/problems/{made['solved']}"))
    assert (detail["attemptStatus"], detail["userAttempts"]) == ("solved", 3)
    detail = expect(await ann.get(f"/problems/{made['broken']}"))
    assert (detail["attemptStatus"], detail["userAttempts"]) == (None, 0)


async def test_sorts_with_nulls_last_and_pages_that_never_overlap(service: Service, admin: Person, ann: Person) -> None:
    rows = [
        ("beta", "hard", 1, 2),
        ("Alpha", "easy", 2, 4),
        ("Zeta", "medium", 0, 0),
        ("eta", "easy", 2, 3),
        ("Éclair", "hard", 0, 5),
        ("gamma", "medium", 0, 0),
        ("_first", "medium", 1, 3),
    ]
    for title, difficulty, accepted, total in rows:
        made = await create(admin, title, difficulty=difficulty)
        await set_counts(service, made["id"], accepted=accepted, total=total)
        service.clock.forward(seconds=1)
    created = [title for title, *_ in rows]
    by_title = ["_first", "Alpha", "beta", "eta", "gamma", "Zeta", "Éclair"]
    ranks = {title: ("easy", "medium", "hard").index(difficulty) for title, difficulty, *_ in rows}
    for limit in (1, 2, 3, 100):
        for sort, ascending in (("createdAt", created), ("title", by_title)):
            assert await walk(ann, limit=limit, sortBy=sort, sortOrder="asc") == ascending
            assert await walk(ann, limit=limit, sortBy=sort) == ascending[::-1]
        for order in ("asc", "desc"):
            down = order == "desc"
            found = await walk(ann, limit=limit, sortBy="difficulty", sortOrder=order)
            assert sorted(found) == sorted(created)
            difficulties = [ranks[title] for title in found]
            assert difficulties == sorted(difficulties, reverse=down)
            found = await walk(ann, limit=limit, sortBy="popularity", sortOrder=order)
            assert set(found[-2:]) == {"Zeta", "gamma"}
            rates = {title: accepted / total for title, _, accepted, total in rows if total}
            assert [rates[title] for title in found[:-2]] == sorted(rates.values(), reverse=down)
            found = await walk(ann, limit=limit, sortBy="totalSubmissions", sortOrder=order)
            totals = {title: total for title, *_, total in rows}
            assert [totals[title] for title in found] == sorted(totals.values(), reverse=down)


async def test_pages_stay_in_step_while_problems_come(service: Service, admin: Person, ann: Person) -> None:
    for number in range(4):
        await create(admin, f"p{number}")
        service.clock.forward(milliseconds=1)
    first = expect(await ann.get("/problems", limit=2))
    await create(admin, "new")
    rest = expect(await ann.get("/problems", limit=2, cursor=first["pagination"]["nextCursor"]))
    assert [problem["title"] for problem in [*first["data"], *rest["data"]]] == ["p3", "p2", "p1", "p0"]


async def test_queries_that_make_no_sense(admin: Person, ann: Person) -> None:
    for number in range(2):
        await create(admin, f"p{number}")
    cursor = expect(await ann.get("/problems", limit=1))["pagination"]["nextCursor"]
    for wrong in (
        {"difficulty": "EASY"},
        {"difficulty": "easy,none"},
        {"status": "done"},
        {"tags": "No Slug"},
        {"tags": "x" * 51},
        {"tags": "\0"},
        {"tags": ",".join("x" * 51)},
        {"search": "s" * 101},
        {"search": "\0"},
        {"company": "\0"},
        {"sortBy": "popular"},
        {"sortOrder": "down"},
        {"includeDrafts": "yes"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "9" * 5000},
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": cursor[:-3]},
        {"cursor": cursor, "search": "p"},
        {"cursor": cursor, "sortBy": "title"},
        {"cursor": cursor, "sortOrder": "asc"},
        {"cursor": cursor, "status": "todo"},
    ):
        answer = refused(await ann.get("/problems", **wrong), 400, "VALIDATION_FAILED")
        assert next(iter(answer["details"])).split(".")[0] == next(iter(wrong)), (wrong, answer)
    refused(await admin.get("/problems", cursor=cursor), 400, "VALIDATION_FAILED")
    refused(await ann.get("/users/me/bookmarks", cursor=cursor), 400, "VALIDATION_FAILED")


async def test_a_page_costs_one_query_however_long(service: Service, admin: Person, ann: Person) -> None:
    for number in range(30):
        await create(admin, f"p{number}", tags=["a", f"t{number % 10}"])
    seen: list[str] = []
    engine = service.services.database.engine.sync_engine

    def note(*arguments: Any) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        expect(await ann.get("/problems", limit=30, tags="a", status="todo", search="p"))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in seen if "problems" in statement]) == 1
    assert len([statement for statement in seen if not statement.startswith("BEGIN")]) == 2


async def test_tags_by_how_many_published_problems_have_them(service: Service, admin: Person, ann: Person) -> None:
    await create(admin, "one", tags=["dynamic-programming", "zeta", "---"])
    await create(admin, "two", tags=["zeta", "alpha"])
    await create(admin, "draft", tags=["zeta", "secret"], isPublished=False)
    gone = await create(admin, "gone", tags=["zeta", "past"])
    expect(await admin.delete(f"/problems/{gone['id']}"), 204)
    public = [
        {"slug": "zeta", "name": "Zeta", "count": 2},
        {"slug": "---", "name": "---", "count": 1},
        {"slug": "alpha", "name": "Alpha", "count": 1},
        {"slug": "dynamic-programming", "name": "Dynamic programming", "count": 1},
    ]
    assert expect(await ann.get("/problems/tags")) == {"data": public}
    unused = [{"slug": "past", "name": "Past", "count": 0}, {"slug": "secret", "name": "Secret", "count": 0}]
    assert expect(await admin.get("/problems/tags")) == {"data": public + unused}
    refused(await service.nobody.get("/problems/tags"), 401, "UNAUTHORIZED")


async def test_many_of_the_same_moment_are_all_listed(service: Service, admin: Person, ann: Person) -> None:
    names = [(await create(admin, f"p{number}"))["title"] for number in range(9)]
    async with service.services.database.write() as work:
        await work.session.execute(update(Problem).values(created_at=work.now))
    for order in ("asc", "desc"):
        assert sorted(await walk(ann, limit=2, sortOrder=order)) == names
