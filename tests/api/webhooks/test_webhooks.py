"""Webhooks of a person: made, listed, given new secrets, deleted; and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import select, text

from api.idempotency import HEADER
from api.webhooks.models import Webhook
from tests.api.execution.work import UNKNOWN, again, program
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room
from tests.api.webhooks.receiver import Receiver
from tests.api.webhooks.work import EVENTS, make, mine

FIELDS: Final = {"webhookId", "url", "events", "description", "active", "createdAt"}
MALFORMED: Final = ("x", "00000000000040008000000000000000", UNKNOWN.replace("0", "A"), "%00")


async def test_a_webhook_is_made_listed_and_deleted(service: Service, ann: Person, receiver: Receiver) -> None:
    assert await mine(ann) == []
    made = await make(ann, receiver.url, "batch.finished", "execution.finished", description=" mine ")
    assert set(made) == {*FIELDS, "secret"}
    assert (made["url"], made["events"]) == (receiver.url, ["batch.finished", "execution.finished"])
    assert (made["description"], made["active"]) == ("mine", True)
    secret = made.pop("secret")
    assert len(secret) >= 40
    service.clock.forward(seconds=1)
    second = await make(ann, receiver.url)
    assert second["description"] is None
    assert second.pop("secret") != secret
    assert await mine(ann) == [made, second]
    expect(await ann.delete(f"/webhooks/{made['webhookId']}"), 204)
    assert await mine(ann) == [second]
    refused(await ann.delete(f"/webhooks/{made['webhookId']}"), 404, "WEBHOOK_NOT_FOUND")
    assert receiver.requests == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": None}, "url"),
        ({"url": 5}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://127.0.0.1/" + "x" * 2048}, "url"),
        ({"url": "http://127.0.0.1:8443/"}, "url"),
        ({"url": "https://ann:secret@127.0.0.1:8443/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"events": []}, "events"),
        ({"events": None}, "events"),
        ({"events": "batch.finished"}, "events"),
        ({"events": ["batch.finished", "batch.finished"]}, "events"),
        ({"events": ["webhook.test"]}, "events.0"),
        ({"description": "x" * 201}, "description"),
        ({"description": None}, "description"),
        ({"description": "\0"}, "description"),
        ({"secret": "of my own"}, "secret"),
        ({"active": False}, "active"),
    ],
)
async def test_what_no_webhook_can_be_names_its_field(
    ann: Person, receiver: Receiver, changed: Json, field: str
) -> None:
    body = {"url": receiver.url, "events": EVENTS, **changed}
    answer = refused(await ann.post("/webhooks", body), 400, "VALIDATION_FAILED")
    assert [name.startswith(field) for name in answer["details"]] == [True], answer
    assert await mine(ann) == []


async def test_one_person_has_ten_at_most_whatever_comes_at_once(ann: Person, bob: Person, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["batch.finished"]}
    answers = await asyncio.gather(*(ann.post("/webhooks", body) for _ in range(14)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 4
    details = refused(await ann.post("/webhooks", body), 429, "RATE_LIMIT_EXCEEDED")["details"]
    assert (details["scope"], details["limit"]) == ("webhooks", 10)
    await make(bob, receiver.url)
    expect(await ann.delete(f"/webhooks/{(await mine(ann))[0]['webhookId']}"), 204)
    await make(ann, receiver.url)


class TestTooOften:
    @pytest.fixture
    def changes(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**changes, "webhook_calls_per_minute": 2}

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    async def test_webhooks_are_made_and_tested_only_so_often(
        self, ann: Person, bob: Person, receiver: Receiver
    ) -> None:
        webhook = (await make(ann, receiver.url))["webhookId"]
        refused(await ann.post(f"/webhooks/{UNKNOWN}/test"), 404, "WEBHOOK_NOT_FOUND")  # which counts nothing
        expect(await ann.post(f"/webhooks/{webhook}/test"), 202)
        body = {"url": receiver.url, "events": EVENTS}
        for answer in (await ann.post(f"/webhooks/{webhook}/test"), await ann.post("/webhooks", body)):
            details = refused(answer, 429, "RATE_LIMIT_EXCEEDED")["details"]
            assert (details["scope"], details["limit"]) == ("webhook_calls", 2)
        assert [one["webhookId"] for one in await mine(ann)] == [webhook]
        await make(bob, receiver.url)


async def test_the_same_request_twice_makes_one(ann: Person, receiver: Receiver) -> None:
    body, key = {"url": receiver.url, "events": EVENTS}, {HEADER: UNKNOWN}
    first = expect(await ann.post("/webhooks", body, headers=key), 201)
    assert expect(await ann.post("/webhooks", body, headers=key), 201) == first
    assert len(await mine(ann)) == 1


async def test_nobody_elses_can_be_told_from_none(ann: Person, bob: Person, admin: Person, receiver: Receiver) -> None:
    webhook = (await make(ann, receiver.url))["webhookId"]
    for person in (bob, admin):
        for id_ in (webhook, UNKNOWN, *MALFORMED):
            for answer in (
                await person.delete(f"/webhooks/{id_}"),
                await person.post(f"/webhooks/{id_}/rotate-secret"),
                await person.post(f"/webhooks/{id_}/test"),
                await person.get(f"/webhooks/{id_}/deliveries"),
            ):
                refused(answer, 404, "WEBHOOK_NOT_FOUND")
        assert await mine(person) == []
    assert len(await mine(ann)) == 1


async def test_jobs_may_name_only_ones_own(ann: Person, bob: Person, admin: Person, receiver: Receiver) -> None:
    problem = await make_problem(admin)
    foreign = (await make(bob, receiver.url))["webhookId"]
    room = (await open_room(ann, problemId=problem))["roomId"]
    for path in ("/execution/run", f"/rooms/{room}/run", f"/rooms/{room}/submit", "/execution/batches"):
        body = program(webhookId=foreign) | ({"inputs": [{}]} if "batches" in path else {})
        refused(await ann.post(path, body), 404, "WEBHOOK_NOT_FOUND")
    body = {"webhookId": foreign}
    refused(await admin.post(f"/problems/{problem}/validate", body), 404, "WEBHOOK_NOT_FOUND")
    for person in (ann, admin):
        assert expect(await person.get("/users/me/quotas"))["execution"]["used"] == 0
    assert receiver.requests == []


async def test_a_new_secret_is_shown_once(service: Service, ann: Person, receiver: Receiver) -> None:
    made = await make(ann, receiver.url)
    rotated = expect(await ann.post(f"/webhooks/{made['webhookId']}/rotate-secret"))
    assert set(rotated) == set(made)
    assert rotated["secret"] != made["secret"]
    assert "secret" not in (await mine(ann))[0]
    service.clock.forward(days=30)
    ann = await again(service, ann)
    assert expect(await ann.post(f"/webhooks/{made['webhookId']}/rotate-secret"))["secret"] not in {
        made["secret"],
        rotated["secret"],
    }


async def test_no_database_holds_a_secret(service: Service, ann: Person, receiver: Receiver) -> None:
    secrets = [(await make(ann, receiver.url))["secret"]]
    webhook = (await mine(ann))[0]["webhookId"]
    secrets += [expect(await ann.post(f"/webhooks/{webhook}/rotate-secret"))["secret"] for _ in range(2)]
    async with service.services.database.read() as work:
        row = (await work.session.execute(select(Webhook))).scalar_one()
        names = [column.name for column in Webhook.__table__.columns]
        values = (await work.session.execute(text(f"SELECT {', '.join(names)} FROM webhooks"))).one()  # noqa: S608
    assert row.id == webhook
    for secret in secrets:
        assert secret.removeprefix("whsec_") not in str(values)


async def test_with_an_account_its_webhooks_go(service: Service, ann: Person, bob: Person, receiver: Receiver) -> None:
    await make(ann, receiver.url)
    kept = await make(bob, receiver.url)
    expect(await ann.delete("/users/me"), 204)
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(Webhook.id))).scalars().all() == [kept["webhookId"]]


async def test_all_of_it_needs_a_token(service: Service) -> None:
    for method, path in (
        ("GET", "/webhooks"),
        ("POST", "/webhooks"),
        ("DELETE", f"/webhooks/{UNKNOWN}"),
        ("POST", f"/webhooks/{UNKNOWN}/rotate-secret"),
        ("POST", f"/webhooks/{UNKNOWN}/test"),
        ("GET", f"/webhooks/{UNKNOWN}/deliveries"),
    ):
        refused(await service.nobody.request(method, path), 401, "UNAUTHORIZED")
