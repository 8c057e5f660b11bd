"""How many jobs a second one worker does, and two: the same stream of jobs, workers of one slot each, in turns."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.added import LANGUAGE, RUN, SUBMISSION
from benchmarks.client import Connection, Json
from benchmarks.cluster import Servers, working
from benchmarks.measure import Spread, table
from benchmarks.people import CODE, People, Person

SLEEPER: Final = "a Python program that sleeps for 100 ms, run"
JOBS: Final = {RUN: 30, SUBMISSION: 12, SLEEPER: 20}
"""How many of each kind in a turn."""

CLIENTS: Final = 6
WORKERS: Final = (1, 2)
_WARM_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Jobs of a kind, done in a second, a value per turn, by the number of workers."""

    name: str
    per_s: dict[int, list[float]] = field(default_factory=lambda: {count: [] for count in WORKERS})

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        medians = [statistics.median(self.per_s[count]) for count in WORKERS]
        return self.name, *(Spread.of(self.per_s[count]).text for count in WORKERS), f"{medians[1] / medians[0]:.2f}"


def rates_table(rates: Sequence[Rate]) -> str:
    """The rates, and what the second worker makes of them."""
    return table(("jobs", "one worker, a second", "two workers, a second", "ratio"), [rate.row for rate in rates])


async def rates(port: int, servers: Servers, people: People, *, turns: int) -> list[Rate]:
    """As many clients as there are ``people``, each of whom waits for a result before the next job."""
    found = [Rate(name) for name in JOBS]
    for _ in range(turns):
        for count in WORKERS:
            with working(servers, count=count, languages=[LANGUAGE], slots=1):
                await asyncio.sleep(_WARM_S)
                for rate in found:
                    await _stream(port, people, rate.name, jobs=len(people.persons))
                    rate.per_s[count].append(await _stream(port, people, rate.name, jobs=JOBS[rate.name]))
    return found


async def _stream(port: int, people: People, name: str, *, jobs: int) -> float:
    """Jobs a second, from the first request to the last result."""
    left = iter(range(jobs))

    async def work(person: Person) -> None:
        connection = await Connection.open(port, person.token)
        for _ in left:
            await _do(connection, person, name)
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*map(work, people.persons))
    return jobs / (time.perf_counter() - began)


async def _do(connection: Connection, person: Person, name: str) -> None:
    code = f"{CODE} # {time.time_ns()}"
    if name == SLEEPER:
        code = f"import time\ntime.sleep(0.1)\n{code}"
    body: Json = {"language": LANGUAGE, "code": code}
    if name == SUBMISSION:
        id_ = (await connection.call("POST", f"/rooms/{person.room}/submit", body))["submissionId"]
        result = await connection.call("GET", f"/submissions/{id_}?waitMs=30000")
    else:
        id_ = (await connection.call("POST", "/execution/run", {**body, "stdin": "4\n"}))["jobId"]
        result = await connection.call("GET", f"/execution/{id_}?waitMs=30000")
    if result.get("verdict") != "accepted":  # it has none before its end
        raise RuntimeError(str(result))
