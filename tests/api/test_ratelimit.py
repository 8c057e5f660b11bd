"""How often somebody may do something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.api.people import Person, Service, expect, refused

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def changes() -> Mapping[str, Any]:
    return {"requests_per_minute": 5}


async def test_headers_say_where_one_stands(ann: Person) -> None:
    left = []
    for _ in range(5):
        response = await ann.get("/users/me")
        assert response.headers["X-RateLimit-Limit"] == "5"
        assert 0 < int(response.headers["X-RateLimit-Reset"]) <= 60
        left.append(response.headers["X-RateLimit-Remaining"])
    assert left == ["4", "3", "2", "1", "0"]


async def test_then_requests_are_refused(ann: Person) -> None:
    for _ in range(5):
        expect(await ann.get("/users/me"))
    response = await ann.get("/users/me")
    body = refused(response, 429, "RATE_LIMIT_EXCEEDED")
    seconds = int(response.headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert body["details"] == {"scope": "requests", "limit": 5, "windowSeconds": 60, "retryAfterSeconds": seconds}
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert response.headers["X-RateLimit-Limit"] == "5"


async def test_errors_have_the_headers_and_count_too(ann: Person) -> None:
    response = await ann.get("/problems/nonsense")
    refused(response, 404, "PROBLEM_NOT_FOUND")
    assert response.headers["X-RateLimit-Remaining"] == "4"
    response = await ann.patch("/users/me", {"no": "field"})
    refused(response, 400, "VALIDATION_FAILED")
    assert response.headers["X-RateLimit-Remaining"] == "3"


async def test_the_limit_comes_before_the_shape(ann: Person) -> None:
    for _ in range(5):
        expect(await ann.get("/users/me"))
    refused(await ann.patch("/users/me", {"no": "field"}), 429, "RATE_LIMIT_EXCEEDED")
    refused(await ann.get("/problems/nonsense"), 429, "RATE_LIMIT_EXCEEDED")


async def test_everybody_has_a_limit_of_their_own(service: Service, ann: Person, bob: Person) -> None:
    for _ in range(6):
        await ann.get("/users/me")
    expect(await bob.get("/users/me"))
    for _ in range(6):
        await service.nobody.post("/auth/logout")
    refused(await service.nobody.post("/auth/logout"), 429, "RATE_LIMIT_EXCEEDED")
    expect(await bob.get("/users/me"))


async def test_some_operations_are_not_counted(service: Service, ann: Person) -> None:
    room = expect(await ann.post("/rooms", {"mode": "peer"}), 201)["roomId"]
    job = expect(await ann.post("/execution/run", {"language": "python", "code": "print()"}), 202)["jobId"]
    unknown = "00000000-0000-4000-8000-000000000000"
    for _ in range(8):
        expect(await ann.get(f"/rooms/{room}"))
        expect(await ann.get(f"/execution/{job}"))
        refused(await ann.get(f"/submissions/{unknown}"), 404, "SUBMISSION_NOT_FOUND")
        expect(await ann.get("/health"))
        assert (await service.client.get("/metrics")).status_code == 200
    response = await ann.get("/users/me")
    assert response.headers["X-RateLimit-Remaining"] == "2"
    expect(await ann.get(f"/execution/{job}", waitMs=20_000))


async def test_who_is_not_known_is_not_counted(service: Service) -> None:
    stranger = Person(service.client, "no.real.token")
    for _ in range(8):
        refused(await stranger.get("/users/me"), 401, "UNAUTHORIZED")


async def test_addresses_are_not_taken_from_headers(service: Service) -> None:
    for number in range(5):
        await service.nobody.request("POST", "/auth/logout", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    headers = {"X-Forwarded-For": "203.0.113.77", "Forwarded": "for=203.0.113.78", "X-Real-IP": "203.0.113.79"}
    refused(await service.nobody.request("POST", "/auth/logout", headers=headers), 429, "RATE_LIMIT_EXCEEDED")


async def test_an_ipv6_network_is_one_caller(service: Service) -> None:
    async def status(address: str) -> int:
        transport = httpx.ASGITransport(service.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return (await Person(client).post("/auth/logout")).status_code

    addresses = ("2001:db8::1", "2001:db8::1%eth0", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8::2", "2001:db8::3")
    assert [await status(address) for address in addresses] == [401] * 5
    assert await status("2001:db8::4") == 429
    assert await status("2001:db8:0:1::4") == 401
    assert [await status("::ffff:198.51.100.1") for _ in range(3)] == [401] * 3
    assert [await status("198.51.100.1") for _ in range(3)] == [401, 401, 429]
    assert await status("::ffff:198.51.100.3") == 401
