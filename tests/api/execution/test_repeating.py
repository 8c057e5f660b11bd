"""The same request twice is carried out once (API.md 1.6)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from tests.api.execution.work import again, batched, done, idle, judged, program, used
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room


async def ask(person: Person, path: str, body: Json, key: str) -> httpx.Response:
    return await person.post(path, body, headers={"Idempotency-Key": key})


async def settle(person: Person, accepted: Json) -> None:
    if "batchId" in accepted:
        await batched(person, accepted["batchId"])
    elif "submissionId" in accepted:
        await judged(person, accepted["submissionId"])
    else:
        await done(person, accepted["jobId"])


@pytest.mark.parametrize("what", ["/execution/run", "/execution/batches", "run", "submit"])
async def test_a_request_may_be_repeated(ann: Person, bob: Person, admin: Person, service: Service, what: str) -> None:
    path, body, key = what, program(), str(uuid.uuid4())
    if not what.startswith("/"):
        room = await open_room(ann, problemId=await make_problem(admin))
        path = f"/rooms/{room['roomId']}/{what}"
    if what.endswith("batches"):
        body = program(inputs=[{}])
    first = await ask(ann, path, body, key)
    accepted = expect(first, 202)
    assert "Idempotency-Replayed" not in first.headers
    before = await used(service, ann)
    for _ in range(2):
        second = await ask(ann, path, dict(reversed(body.items())), key.upper())
        assert expect(second, 202) == accepted
        assert second.headers["Idempotency-Replayed"] == "true"
    await settle(ann, accepted)
    assert expect(await ask(ann, path, body, key), 202) == accepted
    assert (await used(service, ann)) == (before[0], 0)
    reason = refused(await ask(ann, path, {**body, "code": "print(2)\n"}, key), 409, "IDEMPOTENCY_CONFLICT")
    assert reason["details"] == {"reason": "body_mismatch"}
    details = refused(await ask(ann, path, body, "again"), 400, "VALIDATION_FAILED")["details"]
    assert list(details) == ["Idempotency-Key"]
    if what.startswith("/"):
        other = expect(await ask(bob, path, body, key), 202)
        assert other != accepted
        await settle(bob, other)
    service.clock.forward(hours=24, seconds=1)
    ann = await again(service, ann)
    if what.startswith("/"):
        later = expect(await ask(ann, path, body, key), 202)
        assert later != accepted  # whose result, by the host's clock, is of yesterday
        await idle(service, ann)


async def test_what_was_refused_may_be_tried_again_with_the_same_key(ann: Person, service: Service) -> None:
    key = str(uuid.uuid4())
    refused(await ask(ann, "/execution/run", program(""), key), 400, "VALIDATION_FAILED")
    body = program(languageVersion="python-1")
    refused(await ask(ann, "/execution/run", body, key), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")
    accepted = expect(await ask(ann, "/execution/run", program(), key), 202)
    await done(ann, accepted["jobId"])
    assert await used(service, ann) == (1, 0)


async def test_of_requests_at_once_one_is_carried_out(ann: Person, service: Service) -> None:
    key = str(uuid.uuid4())
    answers = await asyncio.gather(*(ask(ann, "/execution/run", program(), key) for _ in range(5)))
    accepted: list[Any] = [answer.json() for answer in answers if answer.status_code == 202]
    assert accepted
    assert all(one == accepted[0] for one in accepted)
    for answer in answers:
        if answer.status_code != 202:
            assert refused(answer, 409, "IDEMPOTENCY_CONFLICT")["details"] == {"reason": "in_progress"}
    await done(ann, accepted[0]["jobId"])
    assert await used(service, ann) == (1, 0)
