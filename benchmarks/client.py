"""HTTP/1.1 over one connection that stays open: as little of a client as there can be, so that it measures others."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """What was told of a job."""

    id: int
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class Told:
    """A stream, the result last. ``at``: when that was there (s of ``time.time``)."""

    at: float
    events: tuple[Event, ...]

    @property
    def result(self) -> Json:
        """The result."""
        return self.events[-1].data


class Connection:
    """One, to a service on loopback. ``token``: whose requests these are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str = "") -> None:
        self._reader = reader
        self._writer = writer
        self.token = token

    @classmethod
    async def open(cls, port: int, token: str = "") -> Connection:
        """Connect."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(reader, writer, token)

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """The JSON of an answer, which must be a good one."""
        status = await self._send(method, path, body)
        headers = await self._reader.readuntil(b"\r\n\r\n")
        length = int(headers.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        content = await self._reader.readexactly(length)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {content[:500]!r}")
        return dict(json.loads(content)) if content else {}

    async def until_result(self, path: str) -> Told:
        """Follow a stream of events until its result is there; what was told before is in it, however late one asks."""
        status = await self._send("GET", path, None, more="Last-Event-ID: 0\r\n")
        if status != 200:
            raise RuntimeError(f"GET {path}: {status}")
        events: list[Event] = []
        fields: dict[str, str] = {}
        while line := await self._reader.readline():
            name, _, value = line.decode().rstrip().partition(": ")
            fields[name] = value
            if name == "data":
                events.append(Event(int(fields["id"]), fields["event"], json.loads(value)))
                if events[-1].kind == "result":
                    return Told(time.time(), tuple(events))
        raise RuntimeError(f"GET {path}: the stream ended without a result")

    async def _send(self, method: str, path: str, body: Json | None, *, more: str = "") -> int:
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n{more}\r\n"
        )
        self._writer.write(head.encode() + content)
        return int((await self._reader.readline()).split()[1])

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
