"""Reading the audit log."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.audit import audit
from tests.api.people import Person, Service, expect, refused

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


async def actions(admin: Person, **query: Any) -> list[str]:
    return [entry["action"] for entry in expect(await admin.get("/admin/audit-logs", **query))["data"]]


@pytest.fixture
async def history(service: Service, admin: Person, ann: Person) -> list[str]:
    """Some entries, one each minute; when they were made."""
    moments = []
    for number, (action, target, actor) in enumerate(
        [("problem.create", "problem", admin.id), ("system.sweep", "room", None), ("problem.delete", "problem", ann.id)]
    ):
        service.clock.forward(minutes=1)
        async with service.services.database.write() as work:
            audit(
                work, action, target_type=target, target_id=f"target-{number}", actor_id=actor, ip_address="203.0.113.7"
            )
        moments.append(service.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    return moments


async def test_everybody_else_is_forbidden(ann: Person) -> None:
    refused(await ann.get("/admin/audit-logs"), 403, "FORBIDDEN")


@pytest.mark.usefixtures("history")
async def test_entries_come_newest_first(admin: Person) -> None:
    assert (await actions(admin))[:3] == ["problem.delete", "system.sweep", "problem.create"]
    assert (await actions(admin, sortOrder="asc"))[-1] == "problem.delete"


async def test_an_entry_tells_everything(history: list[str], admin: Person) -> None:
    (entry,) = expect(await admin.get("/admin/audit-logs", targetId="target-0"))["data"]
    assert entry == {
        "id": entry["id"],
        "action": "problem.create",
        "targetType": "problem",
        "targetId": "target-0",
        "actorId": admin.id,
        "actor": {"id": admin.id, "username": "root", "email": "root@example.com", "displayName": None},
        "metadata": None,
        "ipAddress": "203.0.113.7",
        "createdAt": history[0],
    }
    (entry,) = expect(await admin.get("/admin/audit-logs", targetId="target-1"))["data"]
    assert (entry["actorId"], entry["actor"]) == (None, None)


@pytest.mark.usefixtures("history")
async def test_entries_are_found(admin: Person, ann: Person) -> None:
    assert await actions(admin, action="PROBLEM.") == ["problem.delete", "problem.create"]
    assert await actions(admin, actorId=ann.id, action="problem") == ["problem.delete"]
    assert await actions(admin, targetType="room") == ["system.sweep"]
    assert await actions(admin, targetType="roo") == []
    assert await actions(admin, targetType="x" * 255) == []
    assert await actions(admin, search="sweep") == ["system.sweep"]
    assert await actions(admin, search="target-2") == ["problem.delete"]
    assert "problem.delete" in await actions(admin, search="ANN@example")
    assert await actions(admin, search="%") == []
    assert await actions(admin, actorId=UNKNOWN) == []


async def test_entries_of_a_time(history: list[str], admin: Person) -> None:
    first, second, third = history
    assert await actions(admin, **{"from": second}) == ["problem.delete", "system.sweep"]
    assert await actions(admin, **{"from": second, "to": second}) == ["system.sweep"]
    assert await actions(admin, **{"from": first, "to": second, "sortOrder": "asc"}) == [
        "problem.create",
        "system.sweep",
    ]
    refused(await admin.get("/admin/audit-logs", **{"from": third, "to": first}), 400, "VALIDATION_FAILED")


NO_QUERIES: Final[list[Any]] = [
    {"search": "x" * 101},
    {"search": "\0"},
    {"action": "x" * 101},
    {"actorId": "x"},
    {"targetId": "x" * 256},
    {"targetType": "\0"},
    {"from": "yesterday"},
    {"to": "0001-01-01T00:00:00+14:00"},
    {"from": "9999-12-31T23:59:59-14:00"},
    {"limit": 101},
    {"limit": "many"},
    {"cursor": "x"},
    {"sortOrder": "up"},
]


async def test_queries_that_make_no_sense(admin: Person) -> None:
    for query in NO_QUERIES:
        refused(await admin.get("/admin/audit-logs", **query), 400, "VALIDATION_FAILED")


@pytest.mark.usefixtures("history")
async def test_what_nobody_asked_for_is_ignored(admin: Person) -> None:
    assert len(await actions(admin, colour="blue", limit=2)) == 2
