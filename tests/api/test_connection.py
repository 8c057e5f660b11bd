"""What comes over a connection that is no request, or never becomes one."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from api.connection import MOST_HEAD_BYTES, Connection
from tests.api.people import Service, expect

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Talk = Callable[..., Coroutine[Any, Any, bytes]]
START = b"POST /api/v1/auth/logout HTTP/1.1\r\nHost: a\r\n"
CHUNKED = START + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def talk(live_service: Service) -> Talk:
    """Sends this and that, and reads until the server hangs up."""

    async def send(*parts: bytes) -> bytes:
        url = live_service.client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    return send


def refusal(answer: bytes) -> tuple[int, str]:
    """Status and code of an answer that has everything an error has."""
    head, _, body = answer.partition(b"\r\n\r\n")
    content = json.loads(body)
    assert set(content) == {
        "statusCode",
        "code",
        "message",
        "timestamp",
        *(["details"] if "details" in content else []),
    }
    assert re.search(rb"\r\nX-Request-Id: [0-9a-f-]{36}(\r\n|$)", head)
    assert head.startswith(f"HTTP/1.1 {content['statusCode']} ".encode())
    return content["statusCode"], content["code"]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HELLO\r\n\r\n",
        b"GET /api/v1/health?\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        CHUNKED + b"many\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_refused_as_anything_is(talk: Talk, nonsense: bytes) -> None:
    assert refusal(await talk(nonsense)) == (400, "VALIDATION_FAILED")


def endless() -> Iterator[bytes]:
    """More than is kept."""
    yield from [b"x" * 16_384] * (3 * MOST_HEAD_BYTES // 16_384)


@pytest.mark.parametrize(
    "start", [b"GET /", START + b"X-Long: ", CHUNKED + b"2;", CHUNKED + b"2\r\n{}\r\n0\r\nX-Trailer: "]
)
async def test_what_does_not_end_is_not_kept(talk: Talk, start: bytes) -> None:
    answer = await talk(start, *endless())
    assert not answer or refusal(answer) == (413, "PAYLOAD_TOO_LARGE")


async def test_heads_may_be_long_and_bodies_longer(live_service: Service) -> None:
    for _ in range(3):  # over one connection
        headers = {"X-Long": "x" * (MOST_HEAD_BYTES // 2)}
        expect(await live_service.nobody.request("GET", "/health", headers=headers))

        async def pieces() -> Any:
            for _ in range(20):
                yield b" " * 10_000

        content = {"content": pieces(), "headers": {"Content-Type": "application/json"}}
        expect(await live_service.nobody.request("POST", "/auth/logout", **content), 400)


async def test_a_head_is_not_waited_for_for_ever(
    talk: Talk, live_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "HEAD_S", 0.1)
    assert await talk() == b""
    assert await talk(START) == b""
    url = live_service.client.base_url
    for more in (b"GET /healthz HTT", b"\r\n"):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
        writer.write(more)
        assert await reader.read() == b""
        writer.close()
