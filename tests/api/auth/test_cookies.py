"""The cookie transport (API.md 1.3, 19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.api.people import PASSWORD, Person, Service, expect, refused

OpenBrowser = Callable[[], Person]
ACCOUNT = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
FRONTEND = "https://app.example"


def cookie(answer: httpx.Response) -> Any:
    jar = SimpleCookie(answer.headers["set-cookie"])
    assert list(jar) == ["refreshToken"]
    return jar["refreshToken"]


@pytest.fixture
def changes() -> Mapping[str, Any]:
    return {"cors_origins": (FRONTEND,)}


async def register(browser: OpenBrowser) -> tuple[Person, httpx.Response]:
    person = browser()
    answer = await person.post("/auth/register", ACCOUNT)
    person.token = expect(answer, 201)["accessToken"]
    return person, answer


async def test_a_browser_keeps_the_token_where_no_script_sees_it(browser: OpenBrowser) -> None:
    _, answer = await register(browser)
    assert "refreshToken" not in answer.json()
    kept = cookie(answer)
    assert kept["httponly"]
    assert kept["path"] == "/api/v1/auth"
    assert kept["max-age"] == "604800"
    assert kept["samesite"].lower() == "lax"
    assert not kept["secure"]


async def test_a_browser_goes_on_by_its_cookie(browser: OpenBrowser) -> None:
    person, answer = await register(browser)
    before = cookie(answer).value
    answer = await person.post("/auth/refresh")
    assert set(expect(answer)) == {"accessToken", "expiresIn"}
    assert cookie(answer).value != before
    answer = await person.post("/auth/refresh", {})
    assert set(expect(answer)) == {"accessToken", "expiresIn"}
    expect(await person.post("/auth/login", {"identifier": "ann", "password": PASSWORD}))


async def test_a_browser_that_logs_out_loses_its_cookie(browser: OpenBrowser) -> None:
    person, _ = await register(browser)
    answer = await person.post("/auth/logout")
    expect(answer, 204)
    gone = cookie(answer)
    assert (gone.value, gone["max-age"], gone["path"]) == ("", "0", "/api/v1/auth")
    assert not person.client.cookies
    refused(await person.get("/users/me"), 401, "UNAUTHORIZED")
    refused(await person.post("/auth/refresh"), 401, "UNAUTHORIZED")


async def test_a_token_in_the_body_wins_over_the_cookie(service: Service, browser: OpenBrowser) -> None:
    person, _ = await register(browser)
    bob = {"username": "bob", "email": "bob@example.com", "password": PASSWORD, "tokenTransport": "body"}
    theirs = expect(await service.nobody.post("/auth/register", bob), 201)
    answer = await person.post("/auth/refresh", {"refreshToken": theirs["refreshToken"]})
    assert "set-cookie" not in answer.headers
    fresh = Person(service.client, expect(answer)["accessToken"])
    assert expect(await fresh.get("/users/me"))["username"] == "bob"
    refused(await person.post("/auth/refresh", {"refreshToken": "nonsense"}), 401, "UNAUTHORIZED")


async def test_pages_of_others_may_not_have_it_used(browser: OpenBrowser) -> None:
    person, _ = await register(browser)
    for origin in [
        "https://evil.example",
        "null",
        "http://service.evil.example",
        "https://app.example.evil",
        "http://app.example",
    ]:
        for path in ["/auth/refresh", "/auth/logout"]:
            refused(await person.post(path, headers={"Origin": origin}), 403, "FORBIDDEN")
            expect(await person.get("/users/me"))


async def test_pages_of_others_may_not_sign_a_browser_in(browser: OpenBrowser) -> None:
    person, evil = browser(), {"Origin": "https://evil.example"}
    known = {"identifier": "ann", "password": PASSWORD}
    refused(await person.post("/auth/register", ACCOUNT, headers=evil), 403, "FORBIDDEN")
    expect(await person.post("/auth/register", ACCOUNT, headers={"Origin": FRONTEND}), 201)
    person.client.cookies.clear()
    refused(await person.post("/auth/login", known, headers=evil), 403, "FORBIDDEN")
    assert not person.client.cookies
    expect(await person.post("/auth/login", {**known, "tokenTransport": "body"}, headers=evil))
    expect(await person.post("/auth/login", known, headers={"Origin": FRONTEND}))


async def test_our_pages_and_those_that_are_named_may(browser: OpenBrowser) -> None:
    person, _ = await register(browser)
    for origin in (FRONTEND, "http://127.0.0.1:8000", "http://service"):
        expect(await person.post("/auth/refresh", headers={"Origin": origin}))
    expect(await person.post("/auth/logout", headers={"Origin": FRONTEND}), 204)


class TestProduction:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        names = (
            "access_token_secret",
            "refresh_token_secret",
            "collab_token_secret",
            "internal_secret",
            "upload_secret",
        )
        secrets = {name: f"{name}-{'x' * 32}" for name in names}
        return {"environment": "production", "public_url": "https://syncode.example", **secrets}

    async def test_the_cookie_stays_with_its_site_and_travels_encrypted(self, browser: OpenBrowser) -> None:
        _, answer = await register(browser)
        kept = cookie(answer)
        assert kept["secure"]
        assert kept["httponly"]
        assert kept["samesite"].lower() == "strict"
        assert kept["max-age"] == "604800"

    async def test_only_the_public_origin_is_ours(self, browser: OpenBrowser) -> None:
        person, _ = await register(browser)
        refused(await person.post("/auth/refresh", headers={"Origin": "https://service"}), 403, "FORBIDDEN")
        expect(await person.post("/auth/refresh", headers={"Origin": "https://syncode.example"}))
