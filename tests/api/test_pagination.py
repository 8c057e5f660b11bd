"""Pages, and cursors that somebody made up."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from api.pagination import Keyset, PageQuery, paginate
from api.schemas import View
from api.users.models import User
from tests.api.people import Person, Service, expect, refused


def unpack(cursor: str) -> list[Any]:
    return list(json.loads(base64.urlsafe_b64decode(cursor + "==")))


def pack(content: Any) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.fixture
async def cursor(service: Service, admin: Person) -> str:
    """A cursor of the list of accounts."""
    for number in range(3):
        await service.person(f"person{number}")
    return str(expect(await admin.get("/admin/users", limit=1))["pagination"]["nextCursor"])


async def test_cursors_that_are_none(cursor: str, admin: Person) -> None:
    for bad in (
        "",
        "x",
        "====",
        "a" * 10_000,
        cursor[:-3],
        cursor + "!",
        cursor.swapcase(),
        "\0",
        "é",
        cursor + cursor,
    ):
        refused(await admin.get("/admin/users", cursor=bad), 400, "VALIDATION_FAILED")


async def test_cursors_that_were_made_up(cursor: str, admin: Person) -> None:
    scope, kind, moment, last = unpack(cursor)
    assert kind == "moment"
    made_up: list[Any] = [
        [scope, kind, moment],
        [scope, kind, moment, last, last],
        [scope, kind, moment, None],
        [scope, kind, moment, 5],
        [scope, kind, moment, {"a": 1}],
        [scope, kind, moment, "a\0b"],
        [scope, kind, moment, "\ud800"],
        [scope, kind, moment, True],
        [scope, kind, 5, last],
        [scope, kind, None, last],
        [scope, kind, "yesterday", last],
        [scope, kind, "0001-01-01T00:00:00+14:00", last],
        [scope, kind, "9999-12-31T23:59:59-14:00", last],
        [scope, "plain", 5, last],
        [scope, "plain", 1e300, last],
        [scope, "plain", moment, last],
        [scope, "plain", [], last],
        [scope, "plain", {}, last],
        [scope, "plain", True, last],
        [scope, "plain", None, last],
        ["0" * 16, kind, moment, last],
        [None, kind, moment, last],
        {"scope": scope},
        5,
        None,
        b"[" * 5000,
        b'["' + scope.encode() + b'", "plain", NaN, "x"]',
        b'["' + scope.encode() + b'", "plain", ' + b"9" * 5000 + b', "x"]',
        b"\xff\xfe",
    ]
    for content in made_up:
        refused(await admin.get("/admin/users", cursor=pack(content)), 400, "VALIDATION_FAILED")


async def test_moments_of_other_zones_are_moments(cursor: str, admin: Person) -> None:
    scope, kind, moment, last = unpack(cursor)
    expect(await admin.get("/admin/users", cursor=pack([scope, kind, moment.replace("+00:00", "+00:30"), last])))


async def test_cursors_of_other_lists_and_people(cursor: str, admin: Person, ann: Person) -> None:
    expect(await admin.get("/admin/users", cursor=cursor))
    expect(await admin.get("/admin/users", cursor=cursor, limit=50))
    for path, query in (
        ("/admin/users", {"role": "user"}),
        ("/admin/users", {"search": "p"}),
        ("/admin/users", {"sortOrder": "asc"}),
        ("/admin/rooms", {}),
        ("/admin/audit-logs", {}),
        ("/problems", {}),
        ("/rooms", {}),
    ):
        refused(await admin.get(path, cursor=cursor, **query), 400, "VALIDATION_FAILED")
    refused(await ann.get("/rooms", cursor=cursor), 400, "VALIDATION_FAILED")


async def test_limits(admin: Person) -> None:
    for good in (1, 100):
        expect(await admin.get("/admin/users", limit=good))
    for bad in (0, 101, -1, "x", "1.5", "1e2", "", " ", 10**30):
        refused(await admin.get("/admin/users", limit=bad), 400, "VALIDATION_FAILED")
    for bad in ("ASC", "up", ""):
        refused(await admin.get("/admin/users", sortOrder=bad), 400, "VALIDATION_FAILED")


class Shown(View):
    """A row."""

    name: str


@pytest.mark.parametrize("descending", [True, False])
async def test_nulls_come_last_and_nothing_is_skipped(service: Service, *, descending: bool) -> None:
    people = [await service.person(f"person{number}") for number in range(7)]
    for number, person in enumerate(people):
        if number % 2:
            expect(await person.patch("/users/me", {"displayName": f"name {number % 4}"}))
    seen: list[str] = []
    page = PageQuery(limit=2, descending=descending)
    async with service.services.database.read() as work:
        while True:
            made = await paginate(
                work.session,
                select(User),
                page,
                Keyset(User.display_name, User.id, ("test",)),
                show=lambda row: Shown(name=row.User.display_name or ""),
            )
            seen += [each.name for each in made.data]
            if not made.pagination.has_more:
                break
            page = PageQuery(limit=2, cursor=made.pagination.next_cursor, descending=descending)
    names = sorted(["name 1", "name 3", "name 1"], reverse=descending)
    assert seen == [*names, "", "", "", ""]


async def test_sorts_by_expressions_have_cursors_too(service: Service) -> None:
    for name in ("Beta", "alpha", "Gamma"):
        await service.person(name)
    keyset = Keyset(func.lower(User.username), User.id, ("test",), descending=False)
    async with service.services.database.read() as work:
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            page = PageQuery(limit=1, cursor=cursor)
            made = await paginate(
                work.session, select(User), page, keyset, show=lambda row: Shown(name=row.User.username)
            )
            seen += [each.name for each in made.data]
            cursor = made.pagination.next_cursor
    assert seen == ["alpha", "Beta", "Gamma"]
