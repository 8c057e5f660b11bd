"""The service as people use it: clients that are signed in, and what they do all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from fastapi import FastAPI
from sqlalchemy import update

from api.clock import whole_ms
from api.routing import BASE
from api.services import Services
from api.users.models import User
from tests.api.declared import is_declared

PASSWORD: Final = "correct horse battery"
Json = dict[str, Any]


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = whole_ms(datetime.now(UTC))

    def now(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


class Person:
    """Somebody with a client. Paths are relative to the API's base; ``user`` is their profile."""

    def __init__(self, client: httpx.AsyncClient, token: str | None = None, user: Json | None = None) -> None:
        self.client = client
        self.token = token
        self.user = user or {}

    @property
    def id(self) -> str:
        return str(self.user["id"])

    async def request(self, method: str, path: str, **keywords: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers.update(keywords.pop("headers", {}))
        return await self.client.request(method, BASE + path, headers=headers, **keywords)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.request("GET", path, params=query)

    async def post(self, path: str, body: Any = None, **keywords: Any) -> httpx.Response:
        return await self.request("POST", path, json=body, **keywords)

    async def put(self, path: str, body: Any = None, **keywords: Any) -> httpx.Response:
        return await self.request("PUT", path, json=body, **keywords)

    async def patch(self, path: str, body: Any = None, **keywords: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=body, **keywords)

    async def delete(self, path: str, **keywords: Any) -> httpx.Response:
        return await self.request("DELETE", path, **keywords)


class Service:
    """A service that runs, with a clock that can be moved (or the host's)."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, clock: ManualClock) -> None:
        self.app = app
        self.client = client
        self.clock = clock
        self.nobody = Person(client)

    @property
    def services(self) -> Services:
        found = self.app.state.services
        assert isinstance(found, Services)
        return found

    async def person(self, name: str) -> Person:
        """A new account, signed in."""
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "tokenTransport": "body"}
        answer = expect(await self.nobody.post("/auth/register", body), 201)
        return Person(self.client, answer["accessToken"], answer["user"])

    async def admin(self, name: str = "root") -> Person:
        """A new account that is an admin."""
        person = await self.person(name)
        async with self.services.database.write() as work:
            await work.session.execute(update(User).where(User.id == person.id).values(role="admin"))
        return person


def expect(response: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert response.status_code == status, (response.status_code, response.text)
    return response.json() if response.content else None


def refused(response: httpx.Response, status: int, code: str) -> Json:
    """The body of an error that must be this one."""
    body = expect(response, status)
    assert (body["statusCode"], body["code"]) == (status, code), body
    assert set(body) <= {"statusCode", "code", "message", "timestamp", "details"}
    assert is_declared(response, code), (str(response.request.url), code)
    return dict(body)
