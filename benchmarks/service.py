"""The service under load on loopback: requests a second, and how soon an answer is there.

A ``syncode serve`` of its own, with SQLite and a home that goes away, and clients in this process: they share the
processors, as they would on one machine. What the HTTP way costs is measured against the engine called in this process,
in turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Spread, percentile, table
from judge import Data, Problem, Source, TestCase, Trimmed
from runner import Engine, RunRequest, load_settings
from runner.share import SandboxShare

_STARTS_S: Final = 60
_PASSWORD: Final = "correct horse battery"  # noqa: S105 - of an account that lives as long as the measurement
_LIFTED: Final = {
    f"SYNCODE_{name}": "1000000000"
    for name in (
        "REQUESTS_PER_MINUTE",
        "RUNS_PER_MINUTE",
        "SUBMISSIONS_PER_MINUTE",
        "EXECUTIONS_PER_DAY",
        "LOGINS_PER_MINUTE",
    )
}
_CASES: Final = 10
_STREAMS: Final = 50
_STREAMS_EACH: Final = 5
_CODE: Final = "print(int(input()) * 2)"


_ADDED: Final = f"""What HTTP, accounts and the database add to a program that is run, or judged on {_CASES} cases,
until the last event or answer is there; warm jails on both sides, in turns. Both judge in all slots but the one that is
kept for interactive runs."""
_STREAMED: Final = """{} event streams open on one submission: between the first and the last of them to have its
result lie {} ms ({} submissions)."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """Answers under load: how many a second, and how long each took, in ms."""

    name: str
    clients: int
    per_s: float
    latencies_ms: tuple[float, ...]

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        median, p99 = statistics.median(self.latencies_ms), percentile(self.latencies_ms, 0.99)
        return self.name, self.clients, f"{self.per_s:.0f}", f"{median:.1f}", f"{p99:.1f}", len(self.latencies_ms)


@dataclass(frozen=True, slots=True)
class Way:
    """The same work over HTTP and by calling the engine, a value per turn, in ms."""

    name: str
    http_ms: tuple[float, ...]
    called_ms: tuple[float, ...]

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        more = statistics.median(self.http_ms) - statistics.median(self.called_ms)
        return self.name, Spread.of(self.http_ms).text, Spread.of(self.called_ms).text, f"{more:+.1f}"


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was measured. ``spread_ms``: from the first to the last of many streams to have the result."""

    loads: tuple[Load, ...]
    ways: tuple[Way, ...]
    streams: int
    spread_ms: tuple[float, ...]

    @property
    def text(self) -> str:
        """As a section of the report."""
        spread = Spread.of(self.spread_ms)
        under_load = ("request", "clients", "a second", "p50, ms", "p99, ms", "requests")
        parts = (
            "Clients and service share the processors. Requests go over connections that stay open.",
            table(under_load, [load.row for load in self.loads]),
            _ADDED,
            table(("work", "over HTTP, ms", "engine called, ms", "more, ms"), [way.row for way in self.ways]),
            _STREAMED.format(self.streams, spread.text, spread.count),
        )
        return "\n\n".join(part.rstrip() for part in parts)

    @property
    def raw(self) -> dict[str, Any]:
        """The values."""
        return {
            "loads": {f"{x.name}, {x.clients}": {"per_s": x.per_s, "ms": x.latencies_ms} for x in self.loads},
            "ways_ms": {x.name: {"http": x.http_ms, "called": x.called_ms} for x in self.ways},
            "streams_spread_ms": self.spread_ms,
        }


class Connection:
    """HTTP/1.1 over one connection that stays open: as little of a client as there can be."""

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

    async def until_result(self, path: str) -> float:
        """Follow a stream of events; the moment (s) at which its result was there."""
        status = await self._send("GET", path, None)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status}")
        while True:
            line = await self._reader.readline()
            if line.strip() == b"event: result":
                await self._reader.readline()
                return time.perf_counter()
            if not line:
                raise RuntimeError(f"GET {path}: the stream ended without a result")

    async def _send(self, method: str, path: str, body: Json | None) -> int:
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        return int((await self._reader.readline()).split()[1])

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


Ask = Callable[[Connection], Awaitable[None]]


def measure(turns: int) -> Found:
    """Start a service, measure, and end it. ``turns``: programs of each kind."""
    with _served() as port:
        return asyncio.run(_measure(port, turns))


async def _measure(port: int, turns: int) -> Found:
    async with _people(port, 1 + _STREAMS // _STREAMS_EACH) as (tokens, room):
        loads = [await _load(port, tokens[0], clients=clients, requests=1500) for clients in (1, 16)]
        runs = await _run_load(port, tokens[0], clients=4, requests=10 * turns)
        ways = await _ways(port, tokens[0], room, turns=turns)
        spread = [await _streams(port, tokens, room) for _ in range(max(3, turns // 3))]
    return Found((*loads, runs), tuple(ways), _STREAMS, tuple(spread))


async def _load(port: int, token: str, *, clients: int, requests: int) -> Load:
    async def ask(connection: Connection) -> None:
        await connection.call("GET", "/problems?limit=20")

    return await _hammer("GET /problems", port, token, ask=ask, clients=clients, requests=requests)


async def _run_load(port: int, token: str, *, clients: int, requests: int) -> Load:
    numbers = iter(range(requests * 2))

    async def ask(connection: Connection) -> None:
        body = {"language": "python", "code": f"{_CODE} # {next(numbers)}", "stdin": "4\n"}
        job = (await connection.call("POST", "/execution/run", body))["jobId"]
        result = await connection.call("GET", f"/execution/{job}?waitMs=30000")
        if result["stdout"] != "8\n":
            raise RuntimeError(str(result))

    return await _hammer("POST run, GET its result", port, token, ask=ask, clients=clients, requests=requests)


async def _hammer(name: str, port: int, token: str, *, ask: Ask, clients: int, requests: int) -> Load:
    connections = [await Connection.open(port, token) for _ in range(clients)]
    latencies: list[float] = []

    async def work(connection: Connection, count: int) -> None:
        for _ in range(count):
            began = time.perf_counter()
            await ask(connection)
            latencies.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(work(connection, 5) for connection in connections))
    latencies.clear()
    began = time.perf_counter()
    await asyncio.gather(*(work(connection, requests // clients) for connection in connections))
    took_s = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return Load(name, clients, len(latencies) / took_s, tuple(latencies))


async def _ways(port: int, token: str, room: str, *, turns: int) -> list[Way]:
    connection, stream = await Connection.open(port, token), await Connection.open(port, token)
    tests = tuple(TestCase(str(n), Data(f"{n}\n".encode()), Data(f"{2 * n}\n".encode())) for n in range(_CASES))
    runs: tuple[list[float], list[float]] = ([], [])
    judged: tuple[list[float], list[float]] = ([], [])
    with Engine.open(load_settings()) as engine:
        engine.keep_warm(["python"])
        language, problem = engine.language("python"), Problem(tests, Trimmed())
        share = SandboxShare(engine.sandbox, max(1, engine.slots - 1))  # as much as the service has for submissions
        for turn in range(turns):
            codes = [f"{_CODE} # {kind} {turn}" for kind in range(4)]
            engine.settle()
            await asyncio.sleep(0.5)  # the service's jails are replaced too
            began = time.perf_counter()
            body = {"language": "python", "code": codes[0], "stdin": "4\n"}
            job = (await connection.call("POST", "/execution/run", body))["jobId"]
            await connection.call("GET", f"/execution/{job}?waitMs=30000")
            runs[0].append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            engine.run(RunRequest(Source.of(language, codes[1].encode()), stdin=b"4\n"))
            runs[1].append((time.perf_counter() - began) * 1000)
            engine.settle()
            await asyncio.sleep(0.5)
            began = time.perf_counter()
            body = {"language": "python", "code": codes[2]}
            submission = (await connection.call("POST", f"/rooms/{room}/submit", body))["submissionId"]
            ended = await stream.until_result(f"/submissions/{submission}/events")
            judged[0].append((ended - began) * 1000)
            stream.close()
            stream = await Connection.open(port, token)
            began = time.perf_counter()
            engine.judge(Source.of(language, codes[3].encode()), problem, sandbox=share)
            judged[1].append((time.perf_counter() - began) * 1000)
    connection.close()
    stream.close()
    return [
        Way("a Python program, run", tuple(runs[0]), tuple(runs[1])),
        Way("a Python submission, judged", tuple(judged[0]), tuple(judged[1])),
    ]


async def _streams(port: int, tokens: Sequence[str], room: str) -> float:
    """How far apart the results of many streams on one submission are, in ms."""
    connection = await Connection.open(port, tokens[0])
    body = {"language": "python", "code": f"import time\ntime.sleep(0.1)\n{_CODE} # {time.time_ns()}"}
    submission = (await connection.call("POST", f"/rooms/{room}/submit", body))["submissionId"]
    readers = [await Connection.open(port, token) for token in tokens[1:] for _ in range(_STREAMS_EACH)]
    path = f"/submissions/{submission}/events"
    moments = await asyncio.gather(*(reader.until_result(path) for reader in readers))
    for reader in (*readers, connection):
        reader.close()
    return (max(moments) - min(moments)) * 1000


@contextlib.asynccontextmanager
async def _people(port: int, count: int) -> AsyncIterator[tuple[list[str], str]]:
    """Tokens of so many admins, and a room of the first with a problem."""
    connection = await Connection.open(port)
    login = {"identifier": "admin", "password": _PASSWORD, "tokenTransport": "body"}
    tokens = [(await connection.call("POST", "/auth/login", login))["accessToken"]]
    connection.token = tokens[0]
    tests = [{"input": f"{n}\n", "expectedOutput": f"{2 * n}\n"} for n in range(_CASES)]
    problem = {"title": "Twice", "description": "Twice.", "difficulty": "easy", "testCases": tests, "isPublished": True}
    made = await connection.call("POST", "/problems", problem)
    room = (await connection.call("POST", "/rooms", {"mode": "peer", "problemId": made["id"]}))["roomId"]
    for number in range(1, count):
        body = {"username": f"reader{number}", "email": f"reader{number}@example.com", "password": _PASSWORD}
        found = await connection.call("POST", "/auth/register", {**body, "tokenTransport": "body"})
        await connection.call("PATCH", f"/admin/users/{found['user']['id']}", {"role": "admin"})
        tokens.append(found["accessToken"])
    connection.close()
    yield tokens, room


@contextlib.contextmanager
def _served() -> Iterator[int]:
    """The port of a service on a home of its own, with the host's images and the example problems."""
    command = str(Path(sys.executable).with_name("syncode"))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "images").symlink_to(load_settings().home / "images")
        environment = {**os.environ, **_LIFTED, "SYNCODE_HOME": name, "SYNCODE_ADMIN_PASSWORD": _PASSWORD}
        for arguments in (["db", "upgrade"], ["seed"]):
            subprocess.run([command, *arguments], env=environment, check=True, capture_output=True)
        port = _free_port()
        process = subprocess.Popen([command, "serve", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL)
        try:
            _await(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _STARTS_S
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError("the service did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
