"""What the way to the judge adds: through a service with workers, through one that judges itself, called in process."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from benchmarks.client import Connection
from benchmarks.measure import Spread, table
from benchmarks.people import CASES, CODE, Person, arrive
from benchmarks.phases import Seen
from judge import Data, Problem, Source, TestCase, Trimmed
from runner import Engine, RunRequest, load_settings
from runner.share import SandboxShare

LANGUAGE: Final = "python"
RUN: Final = "a Python program, run"
SUBMISSION: Final = "a Python submission, judged"
_PAUSE_S: Final = 0.4  # jails that were used are replaced meanwhile


@dataclass(frozen=True, slots=True)
class Way:
    """The same work three ways, a value per turn, in ms. ``seen``: the jobs of the last way."""

    name: str
    called_ms: list[float] = field(default_factory=list)
    embedded_ms: list[float] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    @property
    def distributed_ms(self) -> list[float]:
        """The last way."""
        return [seen.took_ms for seen in self.seen]

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        called, embedded, distributed = map(statistics.median, (self.called_ms, self.embedded_ms, self.distributed_ms))
        spreads = (Spread.of(values).text for values in (self.called_ms, self.embedded_ms, self.distributed_ms))
        return self.name, *spreads, f"{embedded - called:+.1f}", f"{distributed - called:+.1f}"


def ways_table(ways: Sequence[Way]) -> str:
    """The ways."""
    header = ("work", "called, ms", "embedded, ms", "distributed, ms", "embedded more, ms", "distributed more, ms")
    return table(header, [way.row for way in ways])


async def ways(embedded_port: int, distributed_port: int, owner: Person, *, turns: int) -> tuple[Way, Way]:
    """Runs and submissions, each way in turn. ``owner``: of the service with workers; the other was never used."""
    people = await arrive(embedded_port, 1)
    run, submission = Way(RUN), Way(SUBMISSION)
    with _engine() as called:
        embedded, distributed = Asked(embedded_port, people.first), Asked(distributed_port, owner)
        for turn in range(-1, turns):  # the first of each is not counted
            for way in (run, submission):
                for number in range(3):
                    called.engine.settle()
                    await asyncio.sleep(_PAUSE_S)
                    match (number + turn) % 3:  # none always comes after the same
                        case 0:
                            way.called_ms.append(called.took_ms(way.name))
                        case 1:
                            way.embedded_ms.append((await embedded.see(way.name)).took_ms)
                        case _:
                            way.seen.append(await distributed.see(way.name))
    for way in (run, submission):
        for values in (way.called_ms, way.embedded_ms, way.seen):
            del values[0]
    return run, submission


@dataclass(frozen=True, slots=True)
class Asked:
    """A service, asked by somebody."""

    port: int
    person: Person

    async def see(self, name: str) -> Seen:
        """A job, from the request to its last event."""
        connection, stream = [await Connection.open(self.port, self.person.token) for _ in range(2)]
        body = {"language": LANGUAGE, "code": f"{CODE} # {time.time_ns()}"}
        sent_at = time.time()
        if name == RUN:
            id_ = (await connection.call("POST", "/execution/run", {**body, "stdin": "4\n"}))["jobId"]
            told = await stream.until_result(f"/execution/{id_}/events")
        else:
            id_ = (await connection.call("POST", f"/rooms/{self.person.room}/submit", body))["submissionId"]
            told = await stream.until_result(f"/submissions/{id_}/events")
        for each in (connection, stream):
            each.close()
        if told.result["verdict"] != "accepted":
            raise RuntimeError(str(told.result))
        return Seen(sent_at, told)


@dataclass(frozen=True, slots=True)
class _Called:
    """The engine in this process, with as much of it for submissions as a service has."""

    engine: Engine
    share: SandboxShare
    problem: Problem

    def took_ms(self, name: str) -> float:
        """A run or a judgement."""
        source = Source.of(self.engine.language(LANGUAGE), f"{CODE} # {time.time_ns()}".encode())
        began = time.perf_counter()
        if name == RUN:
            self.engine.run(RunRequest(source, stdin=b"4\n"))
        else:
            self.engine.judge(source, self.problem, sandbox=self.share)
        return (time.perf_counter() - began) * 1000


@contextmanager
def _engine() -> Iterator[_Called]:
    tests = tuple(TestCase(str(n), Data(f"{n}\n".encode()), Data(f"{2 * n}\n".encode())) for n in range(CASES))
    with Engine.open(load_settings()) as engine:
        engine.keep_warm([LANGUAGE])
        yield _Called(engine, SandboxShare(engine.sandbox, max(1, engine.slots - 1)), Problem(tests, Trimmed()))
