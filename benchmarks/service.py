"""The service under load on loopback: requests a second, and how soon an answer is there.

A ``syncode serve`` of its own, with SQLite and a home that goes away, and clients in this process: they share the
processors, as they would on one machine. What the HTTP way costs is measured against the engine called in this process,
in turns.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.client import Connection
from benchmarks.cluster import serving
from benchmarks.measure import Spread, percentile, table
from benchmarks.people import CASES, CODE, People, arrive
from judge import Data, Problem, Source, TestCase, Trimmed
from runner import Engine, RunRequest, load_settings
from runner.share import SandboxShare

_STREAMS: Final = 50
_STREAMS_EACH: Final = 5

_ADDED: Final = f"""What HTTP, accounts and the database add to a program that is run, or judged on {CASES} cases,
until the last event or answer is there; warm jails on both sides, in turns. Both judge in all slots but the one that is
kept for interactive runs."""
_STREAMED: Final = """{} event streams open on one submission: between the first and the last of them to have its
result lie {} ms ({} submissions)."""


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


Ask = Callable[[Connection], Awaitable[None]]


def measure(turns: int) -> Found:
    """Start a service, measure, and end it. ``turns``: programs of each kind."""
    with serving({}, examples=True) as port:
        return asyncio.run(_measure(port, turns))


async def _measure(port: int, turns: int) -> Found:
    people = await arrive(port, 1 + _STREAMS // _STREAMS_EACH)
    first = people.first
    loads = [await _load(port, first.token, clients=clients, requests=1500) for clients in (1, 16)]
    runs = await _run_load(port, first.token, clients=4, requests=10 * turns)
    ways = await _ways(port, first.token, first.room, turns=turns)
    spread = [await _streams(port, people) for _ in range(max(3, turns // 3))]
    return Found((*loads, runs), tuple(ways), _STREAMS, tuple(spread))


async def _load(port: int, token: str, *, clients: int, requests: int) -> Load:
    async def ask(connection: Connection) -> None:
        await connection.call("GET", "/problems?limit=20")

    return await _hammer("GET /problems", port, token, ask=ask, clients=clients, requests=requests)


async def _run_load(port: int, token: str, *, clients: int, requests: int) -> Load:
    numbers = iter(range(requests * 2))

    async def ask(connection: Connection) -> None:
        body = {"language": "python", "code": f"{CODE} # {next(numbers)}", "stdin": "4\n"}
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
    tests = tuple(TestCase(str(n), Data(f"{n}\n".encode()), Data(f"{2 * n}\n".encode())) for n in range(CASES))
    runs: tuple[list[float], list[float]] = ([], [])
    judged: tuple[list[float], list[float]] = ([], [])
    with Engine.open(load_settings()) as engine:
        engine.keep_warm(["python"])
        language, problem = engine.language("python"), Problem(tests, Trimmed())
        share = SandboxShare(engine.sandbox, max(1, engine.slots - 1))  # as much as the service has for submissions
        for turn in range(turns):
            codes = [f"{CODE} # {kind} {turn}" for kind in range(4)]
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
            began = time.time()
            body = {"language": "python", "code": codes[2]}
            submission = (await connection.call("POST", f"/rooms/{room}/submit", body))["submissionId"]
            told = await stream.until_result(f"/submissions/{submission}/events")
            judged[0].append((told.at - began) * 1000)
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


async def _streams(port: int, people: People) -> float:
    """How far apart the results of many streams on one submission are, in ms."""
    connection = await Connection.open(port, people.first.token)
    body = {"language": "python", "code": f"import time\ntime.sleep(0.1)\n{CODE} # {time.time_ns()}"}
    submission = (await connection.call("POST", f"/rooms/{people.first.room}/submit", body))["submissionId"]
    others = people.persons[1:]
    readers = [await Connection.open(port, person.token) for person in others for _ in range(_STREAMS_EACH)]
    path = f"/submissions/{submission}/events"
    moments = [told.at for told in await asyncio.gather(*(reader.until_result(path) for reader in readers))]
    for reader in (*readers, connection):
        reader.close()
    return (max(moments) - min(moments)) * 1000
