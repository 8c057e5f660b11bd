"""POST /auth/login."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from api.admin.models import AuditLog
from api.auth.passwords import Passwords
from api.users.models import User
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused


async def login(service: Service, identifier: Any = "ann", password: Any = PASSWORD, **more: Any) -> Any:
    body = {"identifier": identifier, "password": password, "tokenTransport": "body", **more}
    return await service.nobody.post("/auth/login", body)


async def test_by_name_or_address_whatever_the_case(service: Service, ann: Person) -> None:
    for identifier in ["ann", "ANN", "ann@example.com", "Ann@Example.com", " ann "]:
        answer = expect(await login(service, identifier))
        assert set(answer) == {"accessToken", "expiresIn", "refreshToken", "user"}
        assert answer["user"]["id"] == ann.id
        fresh = Person(service.client, answer["accessToken"], answer["user"])
        assert expect(await fresh.get("/users/me"))["id"] == ann.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_by_an_address_as_it_was_given_however_it_is_kept(service: Service) -> None:
    for number, email in enumerate(("ann@xn--exmple-cua.com", "Bo\u0308b@Example.com")):
        account = {"username": f"user{number}", "email": email, "password": PASSWORD}
        user = expect(await service.nobody.post("/auth/register", account), 201)["user"]
        assert user["email"] != email
        for identifier in (email, f" {email} ", user["email"]):
            assert expect(await login(service, identifier))["user"]["id"] == user["id"]


async def test_other_sessions_stay(service: Service, ann: Person) -> None:
    answer = expect(await login(service))
    expect(await ann.get("/users/me"))
    expect(await Person(service.client, answer["accessToken"]).get("/users/me"))


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(service: Service, ann: Person) -> None:
    answers = [
        refused(await login(service, name, password), 401, "AUTH_INVALID_CREDENTIALS")
        for name, password in (
            (ann.user["username"], "not the password"),
            ("nobody", PASSWORD),
            ("nobody@example.com", PASSWORD),
            ("no-name-at-all!", PASSWORD),
            ("ann", PASSWORD.upper()),
            ("ann", PASSWORD + " "),
        )
    ]
    assert len({answer["message"] for answer in answers}) == 1


async def test_it_is_audited(service: Service, ann: Person) -> None:
    expect(await login(service))
    await login(service, password="wrong password")
    async with service.services.database.read() as work:
        rows = (await work.session.execute(select(AuditLog).where(AuditLog.action == "auth.login"))).scalars().all()
    assert [(row.actor_id, row.target_id, row.ip_address) for row in rows] == [(ann.id, ann.id, "127.0.0.1")]


async def test_what_a_proxy_forwards_as_an_address_may_be_anything(service: Service, ann: Person) -> None:
    transport = httpx.ASGITransport(service.app, client=("x" * 5000, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        body = {"identifier": ann.user["username"], "password": PASSWORD}
        expect(await Person(client).post("/auth/login", body))


async def test_a_ban_is_told_only_to_who_knows_the_password(service: Service, ann: Person) -> None:
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == ann.id).values(banned_at=datetime.now(UTC)))
    refused(await login(service), 403, "USER_BANNED")
    refused(await login(service, password="wrong password"), 401, "AUTH_INVALID_CREDENTIALS")


async def test_a_deleted_account_is_unknown(service: Service, ann: Person) -> None:
    expect(await ann.delete("/users/me"), 204)
    refused(await login(service), 401, "AUTH_INVALID_CREDENTIALS")
    refused(await login(service, "ann@example.com"), 401, "AUTH_INVALID_CREDENTIALS")


async def test_fields_that_break_their_rules_are_named(service: Service) -> None:
    wrongs: list[Json] = [
        {"identifier": ""},
        {"identifier": "x" * 256},
        {"identifier": "a\0"},
        {"identifier": 1},
        {"password": ""},
        {"password": "x" * 129},
        {"password": None},
        {"tokenTransport": "BODY"},
        {"username": "ann"},
    ]
    for wrong in wrongs:
        answer = await service.nobody.post("/auth/login", {"identifier": "ann", "password": PASSWORD, **wrong})
        assert set(wrong) == set(refused(answer, 400, "VALIDATION_FAILED")["details"])


async def test_a_hash_of_another_cost_is_made_anew(service: Service, ann: Person) -> None:
    dear = service.services.settings.model_copy(update={"password_memory_kib": 64})
    before = await Passwords(dear).hash(PASSWORD)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == ann.id).values(password_hash=before))
    expect(await login(service))
    async with service.services.database.read() as work:
        after = (await work.session.execute(select(User.password_hash))).scalar_one()
    assert "m=64," in before
    assert "m=8," in after
    expect(await login(service))


class TestTime:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"password_memory_kib": 8192, "password_passes": 3}

    async def test_an_unknown_name_takes_as_long_as_a_wrong_password(self, service: Service, ann: Person) -> None:
        async def seconds(name: str) -> float:
            began = time.perf_counter()
            refused(await login(service, name, "not the password"), 401, "AUTH_INVALID_CREDENTIALS")
            return time.perf_counter() - began

        known, unknown = [], []
        for _ in range(7):
            known.append(await seconds(ann.user["username"]))
            unknown.append(await seconds("nobody"))
        # Without the hash it would be a small fraction.
        assert statistics.median(unknown) > statistics.median(known) / 2


class TestLimit:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"logins_per_minute": 4}

    async def test_signing_up_and_in_count_together(self, service: Service) -> None:
        await service.person("ann")
        refused(await login(service, password="wrong password"), 401, "AUTH_INVALID_CREDENTIALS")
        refused(await login(service, "", PASSWORD), 400, "VALIDATION_FAILED")  # does not count
        expect(await login(service))
        answer = await login(service)
        assert answer.headers["X-RateLimit-Limit"] == "4"
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        answer = await login(service)
        details = refused(answer, 429, "RATE_LIMIT_EXCEEDED")["details"]
        assert set(details) == {"scope", "limit", "windowSeconds", "retryAfterSeconds"}
        assert (details["limit"], details["windowSeconds"]) == (4, 60)
        assert int(answer.headers["Retry-After"]) == details["retryAfterSeconds"]
        body = {"username": "bob", "email": "bob@example.com", "password": PASSWORD}
        refused(await service.nobody.post("/auth/register", body), 429, "RATE_LIMIT_EXCEEDED")
