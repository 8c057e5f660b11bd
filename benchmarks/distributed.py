"""A service whose jobs workers do: what that way adds, how it grows, and how long people wait while it is full.

PostgreSQL and Redis as they are deployed, a service, and workers, each a process of its own, with the clients on the
same processors. Only Python's image is lent to them, so that nothing else is kept warm.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.added import LANGUAGE, Way, ways, ways_table
from benchmarks.cluster import Servers, running_servers, serving, working
from benchmarks.people import CASES, arrive
from benchmarks.phases import PHASES, Profile, profiles_table
from benchmarks.rates import CLIENTS, Rate, rates, rates_table
from benchmarks.waits import Wait, waits, waits_table

_SLOTS: Final = 2
_TURNS_OF_RATES: Final = 2
_ADDED: Final = f"""From the request to the last event (SSE), against the engine called in this process, in turns, warm
jails on all sides: a service that judges itself (SQLite), and one with a worker (PostgreSQL, Redis, Celery). All have
two slots, one of which is kept for interactive runs; a submission has {CASES} tests. Wanted are 10 ms more at the most
embedded, and 25 distributed."""
_PROFILED: Final = "Where the time of those with a worker goes, told by the moments that events and results have:"
_RATED: Final = f"""The same stream of jobs for one worker and for two, of one slot each, from {CLIENTS} clients, each
of whom waits for a result before the next job. Service, servers and clients run on the same processors as the workers:
what a second worker can add is what they leave. A program that sleeps needs none."""
_WAITED: Final = f"""Interactive runs of one person, one after the other, beside validations of another (a solution in
Python on {CASES} tests each), of which the workers do as many at once as they may:"""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was measured."""

    ways: tuple[Way, ...]
    profiles: tuple[Profile, ...]
    rates: tuple[Rate, ...]
    waits: tuple[Wait, ...]

    @property
    def text(self) -> str:
        """As a section of the report."""
        parts = (
            _ADDED,
            ways_table(self.ways),
            _PROFILED,
            profiles_table(self.profiles),
            _RATED,
            rates_table(self.rates),
            _WAITED,
            waits_table(self.waits),
        )
        return "\n\n".join(part.rstrip() for part in parts)

    @property
    def raw(self) -> dict[str, Any]:
        """The values."""
        return {
            "ways_ms": {
                way.name: {"called": way.called_ms, "embedded": way.embedded_ms, "distributed": way.distributed_ms}
                for way in self.ways
            },
            "phases_ms": {each.name: dict(zip(PHASES, each.phases_ms, strict=True)) for each in self.profiles},
            "rates_per_s": {rate.name: rate.per_s for rate in self.rates},
            "waits": [
                {
                    "workers": wait.pool.text,
                    "queued": wait.queued,
                    "began_ms": wait.began_ms,
                    "answered_ms": wait.answered_ms,
                }
                for wait in self.waits
            ],
        }


def measure(turns: int) -> Found:
    """Start everything, measure, and end it. Raises ``RuntimeError`` where PostgreSQL or Redis is not installed."""
    languages = [LANGUAGE]
    with running_servers() as servers:
        environment = {**servers.environment, "SYNCODE_EXECUTING_JOBS": "1000"}
        with serving(environment, languages=languages) as port:
            return asyncio.run(_measure(port, servers, turns))


async def _measure(port: int, servers: Servers, turns: int) -> Found:
    people = await arrive(port, CLIENTS)
    with contextlib.ExitStack() as owned:
        owned.enter_context(working(servers, count=1, languages=[LANGUAGE], slots=_SLOTS))
        embedded_port = owned.enter_context(serving({"SYNCODE_SLOTS": str(_SLOTS)}, languages=[LANGUAGE]))
        added = await ways(embedded_port, port, people.first, turns=turns)
    profiles = [Profile.of(way.name, way.seen) for way in added]
    rated = await rates(port, servers, people, turns=min(turns, _TURNS_OF_RATES))
    waited = await waits(port, servers, people, runs=7 * turns)
    return Found(added, tuple(profiles), tuple(rated), tuple(waited))
