"""POST /auth/register."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import func, select

from api.admin.models import AuditLog
from api.users.models import User
from tests.api.people import PASSWORD, Json, Service, expect, refused


def body(**changes: Any) -> Json:
    return {"username": "ada", "email": "ada@example.com", "password": PASSWORD, "tokenTransport": "body", **changes}


async def test_a_new_account_is_signed_in(service: Service) -> None:
    answer = expect(await service.nobody.post("/auth/register", body(username="Ada_1", email=" Ada@Example.COM ")), 201)
    assert set(answer) == {"accessToken", "expiresIn", "refreshToken", "user"}
    assert answer["expiresIn"] == 900
    user = answer["user"]
    assert user["username"] == "Ada_1"
    assert user["email"] == "ada@example.com"
    assert user["role"] == "user"
    assert user["stats"] == {"totalSessions": 0, "totalProblems": 0, "streakDays": 0}
    assert user["displayName"] is user["avatarUrl"] is user["bio"] is None
    me = await service.nobody.get("/users/me")
    refused(me, 401, "UNAUTHORIZED")
    me = await service.nobody.request("GET", "/users/me", headers={"Authorization": f"Bearer {answer['accessToken']}"})
    assert expect(me) == user


async def test_it_is_audited_and_the_password_is_kept_as_a_hash_only(service: Service) -> None:
    user = expect(await service.nobody.post("/auth/register", body()), 201)["user"]
    async with service.services.database.read() as work:
        log = (await work.session.execute(select(AuditLog))).scalar_one()
        row = (await work.session.execute(select(User))).scalar_one()
    assert (log.action, log.target_type, log.target_id, log.actor_id) == (
        "auth.register",
        "user",
        user["id"],
        user["id"],
    )
    assert log.ip_address == "127.0.0.1"
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in row.password_hash


async def test_fields_that_break_their_rules_are_named(service: Service) -> None:
    wrongs: list[tuple[Json, str]] = [
        ({"username": "ab"}, "username"),
        ({"username": "a" * 31}, "username"),
        ({"username": "with space"}, "username"),
        ({"username": "ädä"}, "username"),
        ({"username": "ada\n"}, "username"),
        ({"username": "ad\0a"}, "username"),
        ({"username": 12345}, "username"),
        ({"username": None}, "username"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@b@example.com"}, "email"),
        ({"email": "a\n@example.com"}, "email"),
        ({"email": "a\0@example.com"}, "email"),
        ({"email": f"a@{'b' * 250}.com"}, "email"),
        ({"email": f"{'a' * 65}@example.com"}, "email"),
        ({"email": "a@[127.0.0.1]"}, "email"),
        ({"email": ["a@example.com"]}, "email"),
        ({"password": "seven77"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": 1234567890}, "password"),
        ({"tokenTransport": "header"}, "tokenTransport"),
        ({"tokenTransport": None}, "tokenTransport"),
        ({"role": "admin"}, "role"),
        ({"token_transport": "body"}, "token_transport"),
    ]
    for wrong, field in wrongs:
        answer = refused(await service.nobody.post("/auth/register", body(**wrong)), 400, "VALIDATION_FAILED")
        assert field in answer["details"]


async def test_fields_that_must_be_there(service: Service) -> None:
    for missing in ["username", "email", "password"]:
        given = body()
        del given[missing]
        answer = refused(await service.nobody.post("/auth/register", given), 400, "VALIDATION_FAILED")
        assert answer["details"] == {missing: "is required"}


async def test_bounds_of_fields_are_inclusive(service: Service) -> None:
    for number, changes in enumerate(
        ({"username": "abc"}, {"username": "a" * 30}, {"password": "x" * 8}, {"password": "ü" * 128})
    ):
        given = {"username": f"user{number}", "email": f"user{number}@example.com", **changes}
        expect(await service.nobody.post("/auth/register", body(**given)), 201)


async def test_names_and_addresses_are_unique_ignoring_case(service: Service) -> None:
    expect(await service.nobody.post("/auth/register", body()), 201)
    answer = await service.nobody.post("/auth/register", body(username="ADA", email="other@example.com"))
    refused(answer, 409, "AUTH_USERNAME_TAKEN")
    answer = await service.nobody.post("/auth/register", body(username="other", email="ADA@example.com"))
    refused(answer, 409, "AUTH_EMAIL_TAKEN")


async def test_of_two_things_taken_the_address_is_reported(service: Service) -> None:
    expect(await service.nobody.post("/auth/register", body()), 201)
    refused(await service.nobody.post("/auth/register", body()), 409, "AUTH_EMAIL_TAKEN")


async def test_of_simultaneous_registrations_of_one_name_one_wins(service: Service) -> None:
    answers = await asyncio.gather(
        *(service.nobody.post("/auth/register", body(email=f"ada{number}@example.com")) for number in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "AUTH_USERNAME_TAKEN")
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 1
        assert (await work.session.execute(select(func.count()).select_from(AuditLog))).scalar_one() == 1


async def test_of_simultaneous_registrations_of_one_address_one_wins(service: Service) -> None:
    answers = await asyncio.gather(
        *(service.nobody.post("/auth/register", body(username=f"ada{number}")) for number in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"AUTH_EMAIL_TAKEN"}


async def test_only_json_is_taken(service: Service) -> None:
    answer = await service.client.post("/api/v1/auth/register", data=body())
    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    answer = await service.client.post(
        "/api/v1/auth/register", content=b"{", headers={"Content-Type": "application/json"}
    )
    refused(answer, 400, "VALIDATION_FAILED")
