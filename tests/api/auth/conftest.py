"""Browsers, which keep cookies by themselves; each has its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.api.people import Person, Service

OpenBrowser = Callable[[], Person]


@pytest_asyncio.fixture
async def browser(service: Service) -> AsyncIterator[OpenBrowser]:
    """Opens one."""
    async with contextlib.AsyncExitStack() as owned:
        clients: list[httpx.AsyncClient] = []

        def open_() -> Person:
            transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
            scheme = "https" if service.services.settings.production else "http"
            client = httpx.AsyncClient(transport=transport, base_url=f"{scheme}://service")
            clients.append(client)
            owned.push_async_callback(client.aclose)
            return Person(client)

        yield open_


@pytest.fixture
def mails(service: Service) -> Callable[[], list[str]]:
    """The texts of all mails so far, oldest first."""

    def read() -> list[str]:
        outbox: Path = service.services.settings.outbox
        found = sorted(outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [_text(path) for path in found]

    return read


def _text(path: Path) -> str:
    content = message_from_bytes(path.read_bytes()).get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()
