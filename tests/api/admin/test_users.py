"""Accounts as admins see and change them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from sqlalchemy import func, select, update

from api.admin.models import AuditLog
from api.users.models import User
from tests.api.admin.jobs import SLEEPER, until_running
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused
from tests.api.rooms.parties import join, look, open_room, pair

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


async def names(admin: Person, **query: Any) -> list[str]:
    page = expect(await admin.get("/admin/users", **query))
    return [entry["username"] for entry in page["data"]]


async def change(admin: Person, person: Person, **body: Any) -> Json:
    return dict(expect(await admin.patch(f"/admin/users/{person.id}", body)))


async def actions(service: Service, target: str) -> list[str]:
    async with service.services.database.read() as work:
        statement = select(AuditLog.action).where(AuditLog.target_id == target).order_by(AuditLog.created_at)
        return [action for action in (await work.session.execute(statement)).scalars() if action.startswith("admin.")]


async def test_everybody_else_is_forbidden(ann: Person, bob: Person) -> None:
    for path in ("/admin/users", f"/admin/users/{bob.id}"):
        body = refused(await ann.get(path), 403, "FORBIDDEN")
        assert body["details"] == {"capability": "user:list"}
    refused(await ann.patch(f"/admin/users/{bob.id}", {"role": "admin"}), 403, "FORBIDDEN")
    refused(await ann.patch(f"/admin/users/{bob.id}", {"banned": True}), 403, "FORBIDDEN")
    refused(await ann.patch(f"/admin/users/{ann.id}", {"role": "admin"}), 403, "FORBIDDEN")


async def test_shape_and_existence_come_before_the_capability(ann: Person) -> None:
    refused(await ann.patch(f"/admin/users/{UNKNOWN}", {"role": "king"}), 400, "VALIDATION_FAILED")
    refused(await ann.patch(f"/admin/users/{UNKNOWN}", {"role": "admin"}), 404, "USER_NOT_FOUND")
    refused(await ann.get(f"/admin/users/{UNKNOWN}"), 404, "USER_NOT_FOUND")
    refused(await ann.get("/admin/users", limit=0), 400, "VALIDATION_FAILED")


async def test_an_entry_has_every_field(admin: Person, ann: Person) -> None:
    entry = next(one for one in expect(await admin.get("/admin/users"))["data"] if one["id"] == ann.id)
    assert set(entry) == {
        "id", "email", "username", "displayName", "role", "avatarUrl", "bannedAt", "bannedReason", "lastActiveAt",
        "deletedAt", "createdAt", "updatedAt",
    }  # fmt: skip
    assert (entry["username"], entry["email"], entry["role"]) == ("ann", "ann@example.com", "user")


@pytest.mark.usefixtures("ann")
async def test_users_are_found_by_parts_of_names_and_addresses(admin: Person, bob: Person) -> None:
    expect(await bob.patch("/users/me", {"displayName": "Robert 100%"}))
    assert await names(admin, search="AN") == ["ann"]
    assert await names(admin, search="bob@EXAMPLE") == ["bob"]
    assert await names(admin, search="robert") == ["bob"]
    assert await names(admin, search="100%") == ["bob"]
    assert await names(admin, search="%") == ["bob"]
    assert await names(admin, search="_") == []
    expect(await bob.patch("/users/me", {"displayName": "Özgür Ünal"}))
    assert await names(admin, search="ÖZGÜR ü") == ["bob"]
    assert await names(admin, search="'; drop table users; --") == []
    refused(await admin.get("/admin/users", search="x" * 101), 400, "VALIDATION_FAILED")
    refused(await admin.get("/admin/users", search="a\0b"), 400, "VALIDATION_FAILED")


@pytest.mark.usefixtures("ann")
async def test_users_are_listed_by_status_and_role(service: Service, admin: Person, bob: Person) -> None:
    eve = await service.person("eve")
    expect(await eve.delete("/users/me"), 204)
    await change(admin, bob, banned=True)
    assert set(await names(admin)) == {"root", "ann", "bob"}
    assert set(await names(admin, status="active")) == {"root", "ann"}
    assert await names(admin, status="banned") == ["bob"]
    assert await names(admin, status="deleted") == ["eve"]
    assert await names(admin, role="admin") == ["root"]
    assert set(await names(admin, role="user")) == {"ann", "bob"}
    refused(await admin.get("/admin/users", status="asleep"), 400, "VALIDATION_FAILED")
    refused(await admin.get("/admin/users", role="king"), 400, "VALIDATION_FAILED")


async def test_pages_neither_overlap_nor_skip(service: Service, admin: Person) -> None:
    for number in range(5):  # all made at one moment: ties are broken by id
        await service.person(f"person{number}")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "sortOrder": "asc"}
    while True:
        page = expect(await admin.get("/admin/users", **query))
        seen += [entry["username"] for entry in page["data"]]
        assert page["pagination"]["hasMore"] is (page["pagination"]["nextCursor"] is not None)
        if not page["pagination"]["hasMore"]:
            break
        query["cursor"] = page["pagination"]["nextCursor"]
    assert sorted(seen) == ["person0", "person1", "person2", "person3", "person4", "root"]
    refused(await admin.get("/admin/users", cursor=query["cursor"], sortOrder="desc"), 400, "VALIDATION_FAILED")
    refused(await admin.get("/admin/users", cursor=query["cursor"], role="user"), 400, "VALIDATION_FAILED")


async def test_the_detail_tells_everything(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    service.clock.forward(seconds=90)
    detail = expect(await admin.get(f"/admin/users/{bob.id}"))
    assert set(detail) == {
        "id", "email", "username", "displayName", "role", "avatarUrl", "bannedAt", "bannedReason", "lastActiveAt",
        "deletedAt", "createdAt", "updatedAt", "bio", "stats", "quotas", "activeRoom", "recentSessions",
        "recentAuditLogs",
    }  # fmt: skip
    assert detail["stats"] == {"totalSessions": 0, "totalProblems": 0, "streakDays": 0}
    assert detail["quotas"]["rooms"] == {"activeCount": 0, "maxActive": 100}
    assert detail["activeRoom"] == {"roomId": room["roomId"], "status": "coding", "role": "candidate"}
    (session,) = detail["recentSessions"]
    assert (session["sessionId"], session["roomId"]) == (room["sessionId"], room["roomId"])
    assert (session["mode"], session["duration"], session["finishedAt"]) == ("peer", 90, None)
    assert {(one["username"], one["role"]) for one in session["participants"]} == {
        ("ann", "interviewer"),
        ("bob", "candidate"),
    }
    assert [entry["action"] for entry in detail["recentAuditLogs"]] == ["auth.register"]


async def test_the_detail_shows_only_the_newest(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    rooms = []
    for _ in range(6):
        rooms.append(await pair(ann, bob, phase="finished"))
        service.clock.forward(seconds=1)
        expect(await bob.post("/auth/login", {"identifier": "bob", "password": PASSWORD}))
        expect(await bob.post("/auth/login", {"identifier": "bob", "password": PASSWORD}))
    detail = expect(await admin.get(f"/admin/users/{bob.id}"))
    assert len(detail["recentSessions"]) == 5
    assert detail["recentSessions"][0]["roomId"] == rooms[-1]["roomId"]
    assert detail["recentSessions"][0]["finishedAt"] is not None
    assert len(detail["recentAuditLogs"]) == 10
    assert detail["activeRoom"] is None


async def test_nobody_has_that_id(admin: Person) -> None:
    for user_id in (UNKNOWN, "x", "%00", UNKNOWN.replace("-", "")):
        refused(await admin.get(f"/admin/users/{user_id}"), 404, "USER_NOT_FOUND")
        refused(await admin.patch(f"/admin/users/{user_id}", {"role": "user"}), 404, "USER_NOT_FOUND")


async def test_deleted_accounts_are_nobody(admin: Person, ann: Person) -> None:
    expect(await ann.delete("/users/me"), 204)
    refused(await admin.get(f"/admin/users/{ann.id}"), 404, "USER_NOT_FOUND")
    refused(await admin.patch(f"/admin/users/{ann.id}", {"banned": True}), 404, "USER_NOT_FOUND")


async def test_a_role_is_given_and_taken(service: Service, admin: Person, ann: Person) -> None:
    assert (await change(admin, ann, role="admin"))["role"] == "admin"
    assert "root" in await names(ann)
    assert (await change(admin, ann, role="admin"))["role"] == "admin"
    assert (await change(admin, ann, role="user"))["role"] == "user"
    refused(await ann.get("/admin/users"), 403, "FORBIDDEN")
    assert await actions(service, ann.id) == ["admin.user.role", "admin.user.role"]
    entry = expect(await admin.get("/admin/audit-logs", action="admin.user.role"))["data"][0]
    assert entry["metadata"] == {"from": "admin", "to": "user"} or entry["metadata"] == {"from": "user", "to": "admin"}


async def test_a_ban_ends_everything_at_once(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    other = await open_room(bob)
    banned = await change(admin, bob, banned=True, bannedReason="Shares answers")
    assert (banned["bannedAt"] is not None, banned["bannedReason"]) == (True, "Shares answers")
    assert banned["activeRoom"] is None
    refused(await bob.get("/users/me"), 403, "USER_BANNED")
    refused(await bob.get("/admin/users"), 403, "USER_BANNED")
    login = {"identifier": "bob", "password": PASSWORD}
    refused(await service.nobody.post("/auth/login", login), 403, "USER_BANNED")
    refused(
        await service.nobody.post("/auth/login", login | {"password": "wrong password"}),
        401,
        "AUTH_INVALID_CREDENTIALS",
    )
    seats = {one["username"]: one["isActive"] for one in (await look(ann, room))["participants"]}
    assert seats == {"ann": True, "bob": False}
    assert (await look(admin, other))["participants"][0]["isActive"] is False
    assert await actions(service, bob.id) == ["admin.user.ban"]


async def test_a_ban_cancels_what_runs(admin: Person, ann: Person) -> None:
    job = expect(await ann.post("/execution/run", SLEEPER), 202)["jobId"]
    await until_running(ann, job)
    await change(admin, ann, banned=True)
    ended = expect(await admin.get(f"/execution/{job}", waitMs=20_000))
    assert (ended["status"], ended["verdict"]) == ("failed", "cancelled")


async def test_an_unban_restores_login_only(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    await change(admin, bob, banned=True, bannedReason="A mistake")
    free = await change(admin, bob, banned=False)
    assert (free["bannedAt"], free["bannedReason"]) == (None, None)
    refused(await bob.get("/users/me"), 401, "UNAUTHORIZED")
    body = expect(
        await service.nobody.post("/auth/login", {"identifier": "bob", "password": PASSWORD, "tokenTransport": "body"})
    )
    again = Person(service.client, body["accessToken"], body["user"])
    assert (
        next(one for one in (await look(again, room))["participants"] if one["username"] == "bob")["isActive"] is False
    )
    await change(admin, bob, banned=False)
    assert await actions(service, bob.id) == ["admin.user.ban", "admin.user.unban"]


async def test_a_second_ban_changes_the_reason_alone(service: Service, admin: Person, ann: Person) -> None:
    first = await change(admin, ann, banned=True, bannedReason="One")
    service.clock.forward(minutes=1)
    again = await change(admin, ann, banned=True)
    assert again == {**first, "quotas": again["quotas"]}
    second = await change(admin, ann, banned=True, bannedReason="Two")
    assert (second["bannedAt"], second["bannedReason"]) == (first["bannedAt"], "Two")
    assert (await change(admin, ann, banned=True, bannedReason=None))["bannedReason"] is None
    assert await actions(service, ann.id) == ["admin.user.ban"] * 3


NO_CHANGES: Final[list[tuple[Any, str]]] = [
    ({}, "body"),
    ({"role": None}, "role"),
    ({"role": "king"}, "role"),
    ({"role": 1}, "role"),
    ({"banned": None}, "banned"),
    ({"banned": "true"}, "banned"),
    ({"banned": 1}, "banned"),
    ({"bannedReason": "why"}, "body"),
    ({"banned": False, "bannedReason": "why"}, "body"),
    ({"banned": False, "bannedReason": None}, "body"),
    ({"banned": True, "bannedReason": ""}, "bannedReason"),
    ({"banned": True, "bannedReason": "x" * 501}, "bannedReason"),
    ({"banned": True, "bannedReason": "a\0b"}, "bannedReason"),
    ({"banned": True, "banned_reason": "x"}, "banned_reason"),
    ({"banned": True, "username": "x"}, "username"),
    ([], "body"),
    ("admin", "body"),
    (None, "body"),
]


async def test_what_is_no_change(service: Service, admin: Person, ann: Person) -> None:
    for body, field in NO_CHANGES:
        answer = refused(await admin.patch(f"/admin/users/{ann.id}", body), 400, "VALIDATION_FAILED")
        assert field in answer["details"], body
    assert await actions(service, ann.id) == []


async def test_reasons_may_be_as_long_as_they_may(admin: Person, ann: Person) -> None:
    assert (await change(admin, ann, banned=True, bannedReason="𝄞" * 500))["bannedReason"] == "𝄞" * 500


async def test_nobody_changes_oneself(service: Service, admin: Person) -> None:
    for body in ({"banned": True}, {"role": "user"}, {"role": "admin"}, {"banned": False}):
        refused(await admin.patch(f"/admin/users/{admin.id}", body), 400, "VALIDATION_FAILED")
    assert await actions(service, admin.id) == []


@pytest.mark.parametrize("body", [{"role": "user"}, {"banned": True}])
async def test_of_two_admins_who_depose_each_other_one_stays(service: Service, admin: Person, body: Json) -> None:
    other = await service.admin("other")
    answers = await asyncio.gather(
        admin.patch(f"/admin/users/{other.id}", body), other.patch(f"/admin/users/{admin.id}", body)
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert statuses[1] in {400, 403}  # too late, or no admin any more by then
    async with service.services.database.read() as work:
        left = select(func.count()).where(User.role == "admin", User.banned_at.is_(None))
        assert (await work.session.execute(left)).scalar_one() == 1


async def test_a_banned_admin_is_none(service: Service, admin: Person) -> None:
    other = await service.admin("other")
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == other.id).values(banned_at=work.now))
    refused(await other.patch(f"/admin/users/{admin.id}", {"role": "user"}), 403, "USER_BANNED")
    assert (await change(admin, other, role="user"))["role"] == "user"


async def test_role_and_ban_go_together(service: Service, admin: Person, ann: Person) -> None:
    changed = await change(admin, ann, role="admin", banned=True)
    assert (changed["role"], changed["bannedAt"] is not None) == ("admin", True)
    assert set(await actions(service, ann.id)) == {"admin.user.role", "admin.user.ban"}


async def test_a_banned_host_hands_the_room_over(admin: Person, ann: Person, bob: Person) -> None:
    room = await open_room(ann)
    await join(bob, room)
    await change(admin, ann, banned=True)
    assert (await look(bob, room))["hostId"] == bob.id
