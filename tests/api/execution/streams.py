"""Reading streams of events as a browser does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from api.routing import BASE
from tests.api.people import Json, Person

PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``at``: when it came, by the loop's clock."""

    id: int
    kind: str
    data: Json
    at: float


class Stream:
    """A stream that is open."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> Event:
        """The next event. Raises ``StopAsyncIteration`` at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            while True:
                line = await anext(self._lines)
                if line.startswith(":"):
                    continue
                if line:
                    name, _, value = line.partition(": ")
                    assert name not in fields, line
                    fields[name] = value
                elif fields:
                    assert set(fields) == {"id", "event", "data"}
                    now = asyncio.get_running_loop().time()
                    return Event(int(fields["id"]), fields["event"], json.loads(fields["data"]), now)

    async def rest(self) -> list[Event]:
        """Everything until the server closes."""
        events = []
        with contextlib.suppress(StopAsyncIteration):
            while True:
                events.append(await self.next())
        return events

    async def until(self, kind: str, **data: Any) -> list[Event]:
        """Everything up to an event of this kind that holds all of ``data``."""
        events = [await self.next()]
        while events[-1].kind != kind or not data.items() <= events[-1].data.items():
            events.append(await self.next())
        return events


@contextlib.asynccontextmanager
async def watching(
    client: httpx.AsyncClient, person: Person, path: str, *, after: int | None = None
) -> AsyncIterator[Stream]:
    """A stream, from after an event on; leaving it hangs up."""
    headers = {"Authorization": f"Bearer {person.token}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    async with client.stream("GET", BASE + path, headers=headers) as response:
        if response.status_code != 200:
            await response.aread()
        yield Stream(response)


async def watch(client: httpx.AsyncClient, person: Person, path: str, *, after: int | None = None) -> list[Event]:
    """All events of a stream until the server closes it."""
    async with watching(client, person, path, after=after) as stream:
        assert stream.response.status_code == 200
        return await stream.rest()
