"""The same request twice is carried out once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import func, select

from api.idempotency import IdempotencyKey, Once, forget_old_keys
from api.rooms.models import Room
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused

DAY: Final = timedelta(hours=24)
BODY: Json = {"mode": "peer", "name": "once"}


async def create(person: Person, key: str, body: Any = None, path: str = "/rooms") -> httpx.Response:
    return await person.post(path, BODY if body is None else body, headers={"Idempotency-Key": key})


async def sign_in(service: Service) -> Person:
    body = {"identifier": "ann", "password": PASSWORD, "tokenTransport": "body"}
    answer = expect(await service.nobody.post("/auth/login", body))
    return Person(service.client, answer["accessToken"], answer["user"])


async def count(service: Service, table: Any) -> int:
    async with service.services.database.read() as work:
        return int((await work.session.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


async def test_a_repeated_request_gets_the_same_answer(service: Service, ann: Person, key: str) -> None:
    first = await create(ann, key)
    again = await create(ann, key)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert await count(service, Room) == 1


async def test_spacing_and_order_make_no_other_body(service: Service, ann: Person, key: str) -> None:
    await create(ann, key)
    content = b'{ "name" : "\\u006fnce",\n"mode":"peer"}'
    headers = {"Content-Type": "application/json", "Idempotency-Key": key.upper()}
    again = await ann.request("POST", "/rooms", content=content, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await count(service, Room) == 1


async def test_another_body_is_a_conflict(ann: Person, key: str) -> None:
    expect(await create(ann, key), 201)
    for body in ({**BODY, "name": "twice"}, {"mode": "peer"}, {**BODY, "no": "field"}):
        refusal = refused(await create(ann, key, body), 409, "IDEMPOTENCY_CONFLICT")
        assert refusal["details"] == {"reason": "body_mismatch"}


async def test_keys_belong_to_a_person_and_a_route(service: Service, ann: Person, bob: Person, key: str) -> None:
    room = expect(await create(ann, key), 201)["roomId"]
    assert expect(await create(bob, key), 201)["roomId"] != room
    response = await create(ann, key, {}, "/rooms/00000000-0000-4000-8000-000000000000/run")
    assert response.status_code in {400, 404}
    assert await count(service, Room) == 2


async def test_of_requests_at_once_one_is_carried_out(service: Service, ann: Person, key: str) -> None:
    answers = await asyncio.gather(*(create(ann, key) for _ in range(6)))
    for answer in answers:
        if answer.status_code != 201:
            body = refused(answer, 409, "IDEMPOTENCY_CONFLICT")
            assert body["details"] == {"reason": "in_progress"}
    rooms = {answer.json()["roomId"] for answer in answers if answer.status_code == 201}
    assert len(rooms) == 1
    assert await count(service, Room) == 1
    assert (await create(ann, key)).headers["Idempotency-Replayed"] == "true"


async def test_while_the_first_is_at_work_others_are_refused(service: Service, ann: Person, key: str) -> None:
    body = b'{"mode":"peer","name":"once"}'
    once = Once.of(ann.id, method="POST", path="/api/v1/rooms", key=key, body=body)
    assert await once.begin(service.services.database, kept=DAY) is None
    refusal = refused(await create(ann, key), 409, "IDEMPOTENCY_CONFLICT")
    assert refusal["details"] == {"reason": "in_progress"}
    service.clock.forward(minutes=3)  # whoever had it died without an answer
    expect(await create(ann, key), 201)


async def test_failures_free_the_key(service: Service, ann: Person, key: str) -> None:
    refused(await create(ann, key, {"mode": "solo"}), 400, "VALIDATION_FAILED")
    refused(await create(ann, key, {**BODY, "problemId": str(uuid.uuid4())}), 404, "PROBLEM_NOT_FOUND")
    assert await count(service, IdempotencyKey) == 0
    first = await create(ann, key)
    expect(first, 201)
    assert "Idempotency-Replayed" not in first.headers


async def test_forbidden_requests_free_the_key(service: Service, ann: Person, key: str) -> None:
    problem = {
        "title": "x",
        "description": "x",
        "difficulty": "easy",
        "testCases": [{"input": "1", "expectedOutput": "1"}],
    }
    refused(await create(ann, key, problem, "/problems"), 403, "FORBIDDEN")
    assert await count(service, IdempotencyKey) == 0


async def test_what_is_no_key(service: Service, ann: Person) -> None:
    whole = str(uuid.uuid4())
    others = (
        whole.replace("-", ""),
        f"{{{whole}}}",
        f"urn:uuid:{whole}",
        f"-{whole}",
        "-" * 4 + whole.replace("-", ""),
    )
    for bad in ("x", "1", "not-a-uuid", "0" * 31, "0" * 33, " ", *others):
        body = refused(await create(ann, bad), 400, "VALIDATION_FAILED")
        assert set(body["details"]) == {"Idempotency-Key"}
    assert await count(service, Room) == 0


async def test_elsewhere_keys_are_ignored(ann: Person) -> None:
    headers = {"Idempotency-Key": "anything"}
    expect(await ann.request("PATCH", "/users/me", json={"bio": "a"}, headers=headers))
    expect(await ann.request("GET", "/rooms", headers=headers))


async def test_keys_are_kept_for_a_day(service: Service, ann: Person, key: str) -> None:
    database, forward = service.services.database, service.clock.forward
    once = Once.of(ann.id, method="POST", path="/x", key=key, body=b"{}")
    assert await once.begin(database, kept=DAY) is None
    async with database.write() as work:
        await once.conclude(work, status=201, body=b"{}")
    forward(hours=23, minutes=59)
    async with database.write() as work:
        await forget_old_keys(work, kept=DAY)
    assert await once.begin(database, kept=DAY) is not None
    forward(minutes=2)
    async with database.write() as work:
        await forget_old_keys(work, kept=DAY)
    assert await count(service, IdempotencyKey) == 0
    assert await once.begin(database, kept=DAY) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestShorter:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"idempotency_key_hours": 1}

    async def test_how_long_they_are_kept_is_a_setting(self, service: Service, ann: Person, key: str) -> None:
        room = expect(await create(ann, key), 201)["roomId"]
        service.clock.forward(minutes=59)
        ann = await sign_in(service)
        assert expect(await create(ann, key), 201)["roomId"] == room
        service.clock.forward(minutes=2)
        ann = await sign_in(service)
        assert expect(await create(ann, key), 201)["roomId"] != room


async def test_odd_paths_do_no_harm(service: Service, ann: Person, key: str) -> None:
    body = {"language": "python", "code": "print()"}
    for odd in ("%00", "%ff", "x" * 2000, "%F0%9F%98%80"):
        refused(await create(ann, key, body, f"/rooms/{odd}/run"), 404, "ROOM_NOT_FOUND")
    assert await count(service, IdempotencyKey) == 0


async def test_runs_are_started_once(ann: Person, key: str) -> None:
    body = {"language": "python", "code": "print('once')"}
    first, again = await create(ann, key, body, "/execution/run"), await create(ann, key, body, "/execution/run")
    assert expect(first, 202) == expect(again, 202)
    assert expect(await ann.get("/users/me/quotas"))["execution"]["used"] == 1
    expect(await ann.get(f"/execution/{first.json()['jobId']}", waitMs=20_000))
