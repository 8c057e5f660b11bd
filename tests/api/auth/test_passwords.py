"""POST /auth/password/change, forgot and reset."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from api.admin.models import AuditLog
from api.auth.models import PasswordReset
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused

Mails = Callable[[], list[str]]
NEW = "another horse battery"


async def can_sign_in(service: Service, password: str) -> bool:
    answer = await service.nobody.post("/auth/login", {"identifier": "ann", "password": password})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def another_session(service: Service) -> Person:
    body = {"identifier": "ann", "password": PASSWORD, "tokenTransport": "body"}
    answer = expect(await service.nobody.post("/auth/login", body))
    return Person(service.client, answer["accessToken"], answer["user"])


async def ask(service: Service, email: str = "ann@example.com") -> None:
    assert expect(await service.nobody.post("/auth/password/forgot", {"email": email}), 202) == {"accepted": True}


async def reset(service: Service, token: str, password: str = NEW) -> Any:
    return await service.nobody.post("/auth/password/reset", {"token": token, "newPassword": password})


def token_in(mail: str) -> str:
    found = re.search(r"^    (\S{43})\s*$", mail, re.MULTILINE)
    assert found, mail
    return found[1]


async def audited(service: Service, action: str) -> list[tuple[str | None, str, str | None]]:
    async with service.services.database.read() as work:
        rows = (await work.session.execute(select(AuditLog).where(AuditLog.action == action))).scalars().all()
    return [(row.actor_id, row.target_id, row.ip_address) for row in rows]


async def test_changing_ends_all_other_sessions(service: Service, ann: Person) -> None:
    other = await another_session(service)
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    expect(await ann.post("/auth/password/change", body), 204)
    expect(await ann.get("/users/me"))
    refused(await other.get("/users/me"), 401, "UNAUTHORIZED")
    assert await can_sign_in(service, NEW)
    assert not await can_sign_in(service, PASSWORD)
    assert await audited(service, "auth.password.change") == [(ann.id, ann.id, "127.0.0.1")]


async def test_changing_needs_the_current_password(service: Service, ann: Person) -> None:
    body = {"currentPassword": "not the password", "newPassword": NEW}
    refused(await ann.post("/auth/password/change", body), 401, "AUTH_INVALID_CREDENTIALS")
    refused(await service.nobody.post("/auth/password/change", body), 401, "UNAUTHORIZED")
    assert await can_sign_in(service, PASSWORD)
    assert await audited(service, "auth.password.change") == []


async def test_the_new_password_is_another_one(ann: Person) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": PASSWORD}
    answer = refused(await ann.post("/auth/password/change", body), 400, "VALIDATION_FAILED")
    assert list(answer["details"]) == ["newPassword"]


async def test_fields_of_a_change_that_break_their_rules(ann: Person) -> None:
    wrongs: list[Json] = [
        {"newPassword": "short"},
        {"newPassword": "x" * 129},
        {"currentPassword": ""},
        {"currentPassword": 1},
    ]
    for wrong in wrongs:
        body = {"currentPassword": PASSWORD, "newPassword": NEW, **wrong}
        answer = refused(await ann.post("/auth/password/change", body), 400, "VALIDATION_FAILED")
        assert list(answer["details"]) == list(wrong)


async def test_of_two_changes_at_once_one_wins(service: Service, ann: Person) -> None:
    bodies = [{"currentPassword": PASSWORD, "newPassword": f"{NEW} {number}"} for number in range(4)]
    answers = await asyncio.gather(*(ann.post("/auth/password/change", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401]
    won = next(body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 204)
    assert await can_sign_in(service, won["newPassword"])


async def test_a_token_comes_by_mail_and_works_once(service: Service, ann: Person, mails: Mails) -> None:
    other = await another_session(service)
    await ask(service, " ANN@example.com ")
    token = token_in(mails()[-1])
    expect(await reset(service, token), 204)
    refused(await ann.get("/users/me"), 401, "UNAUTHORIZED")
    refused(await other.get("/users/me"), 401, "UNAUTHORIZED")
    assert await can_sign_in(service, NEW)
    assert not await can_sign_in(service, PASSWORD)
    refused(await reset(service, token, "yet another one"), 401, "AUTH_TOKEN_REVOKED")
    assert await audited(service, "auth.password.reset") == [(ann.id, ann.id, "127.0.0.1")]


async def test_a_token_lives_60_minutes(service: Service, ann: Person, mails: Mails) -> None:
    assert ann.token
    await ask(service)
    token = token_in(mails()[-1])
    service.clock.forward(minutes=59, seconds=59)
    refused(await reset(service, token, "short"), 400, "VALIDATION_FAILED")
    service.clock.forward(seconds=1)
    refused(await reset(service, token), 401, "AUTH_TOKEN_EXPIRED")
    assert await can_sign_in(service, PASSWORD)


async def test_a_newer_token_voids_older_ones(service: Service, ann: Person, mails: Mails) -> None:
    assert ann.token
    await ask(service)
    await ask(service)
    older, newer = (token_in(mail) for mail in mails())
    refused(await reset(service, older), 401, "AUTH_TOKEN_REVOKED")
    expect(await reset(service, newer), 204)


async def test_a_change_voids_tokens_that_are_out(service: Service, ann: Person, mails: Mails) -> None:
    await ask(service)
    expect(await ann.post("/auth/password/change", {"currentPassword": PASSWORD, "newPassword": NEW}), 204)
    refused(await reset(service, token_in(mails()[-1])), 401, "AUTH_TOKEN_REVOKED")


async def test_of_two_resets_at_once_one_wins(service: Service, ann: Person, mails: Mails) -> None:
    assert ann.token
    await ask(service)
    token = token_in(mails()[-1])
    answers = await asyncio.gather(*(reset(service, token, f"{NEW} {number}") for number in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401]


async def test_an_unknown_address_is_answered_alike_and_gets_nothing(
    service: Service, ann: Person, mails: Mails
) -> None:
    assert ann.token
    await ask(service, "nobody@example.com")
    assert mails() == []
    answers = [
        await service.nobody.post("/auth/password/forgot", {"email": email})
        for email in ("ann@example.com", "nobody@example.com")
    ]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


async def test_a_deleted_account_gets_nothing_and_its_token_is_void(
    service: Service, ann: Person, mails: Mails
) -> None:
    await ask(service)
    token = token_in(mails()[-1])
    expect(await ann.delete("/users/me"), 204)
    refused(await reset(service, token), 401, "AUTH_TOKEN_REVOKED")
    await ask(service)
    assert len(mails()) == 1


async def test_only_hashes_of_tokens_are_kept(service: Service, ann: Person, mails: Mails) -> None:
    assert ann.token
    await ask(service)
    async with service.services.database.read() as work:
        kept = (await work.session.execute(select(PasswordReset.token_hash))).scalar_one()
    assert token_in(mails()[-1]) not in kept
    assert len(kept) == 64


async def test_addresses_that_are_none(service: Service) -> None:
    for email in ["nobody", "", 1, None, "a\0@example.com"]:
        answer = await service.nobody.post("/auth/password/forgot", {"email": email})
        assert list(refused(answer, 400, "VALIDATION_FAILED")["details"]) == ["email"]


async def test_tokens_that_never_were(service: Service) -> None:
    for token in ["nonsense", "x" * 256, "\0", "ä"]:
        refused(await reset(service, token), 401, "AUTH_TOKEN_REVOKED")


async def test_fields_of_a_reset_that_break_their_rules(service: Service) -> None:
    wrongs: list[Json] = [
        {"token": ""},
        {"token": 1},
        {"token": "x" * 257},
        {"newPassword": "short"},
        {"newPassword": None},
    ]
    for wrong in wrongs:
        answer = await service.nobody.post("/auth/password/reset", {"token": "x", "newPassword": NEW, **wrong})
        assert list(refused(answer, 400, "VALIDATION_FAILED")["details"]) == list(wrong)


class TestLimit:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"password_mails_per_hour": 2}

    async def test_more_mails_than_allowed_are_not_sent(self, service: Service, ann: Person, mails: Mails) -> None:
        assert ann.token
        for _ in range(4):
            await ask(service)
        assert len(mails()) == 2

    async def test_one_caller_cannot_have_mails_sent_to_many(self, service: Service, mails: Mails) -> None:
        for name in ("ann", "bob", "cyd"):
            await service.person(name)
            await ask(service, f"{name}@example.com")
        assert len(mails()) == 2


class TestMailServerIsDown:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"mail_url": "smtp://127.0.0.1:9"}

    async def test_the_answer_is_the_same(self, service: Service, ann: Person) -> None:
        assert ann.token
        await ask(service)
        await ask(service, "nobody@example.com")
