"""Where the time of a job goes that workers do, told by what the shared Redis is asked, and when."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis

from benchmarks.client import Json
from benchmarks.cluster import Servers
from benchmarks.measure import Spread, table

PHASES: Final = (
    "request sent → accepted, committed, put into the queue",
    "queue → ticket sent to Celery",
    "ticket → a worker takes it and begins",
    "begun → result handed in (judging)",
    "handed in → kept in the database, told",
    "told → the last event at the client",
)
_MOST_S: Final = 5.0

Moments = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """A job: when its request was sent and when its last event was there (s of ``time.time``), and its result."""

    id: str
    sent_at: float
    ended_at: float
    result: Json


@dataclass(frozen=True, slots=True)
class Profile:
    """How long each of :data:`PHASES` took, a value per job, in ms. ``name``: of what kind of jobs."""

    name: str
    phases_ms: tuple[tuple[float, ...], ...]

    @property
    def medians(self) -> tuple[float, ...]:
        """Of the phases."""
        return tuple(statistics.median(values) for values in self.phases_ms)


def profiles_table(profiles: Sequence[Profile]) -> str:
    """The phases, and how long they take for each kind of jobs."""
    rows = [
        (phase, *(Spread.of(profile.phases_ms[number]).text for profile in profiles))
        for number, phase in enumerate(PHASES)
    ]
    rows.append(("sum of the medians", *(f"{sum(profile.medians):.1f}" for profile in profiles)))
    return table(("from → to, ms", *(profile.name for profile in profiles)), rows)


class Watch:
    """Notes when jobs get from one step to the next."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, str], float] = {}
        self._last = ""  # put into the queue last

    @classmethod
    @contextlib.contextmanager
    def on(cls, servers: Servers) -> Iterator[Watch]:
        """From now on; it slows the server down a little. Jobs must come one after the other."""
        watch, over = cls(), threading.Event()
        with redis.Redis.from_url(servers.redis_url) as client, client.monitor() as monitor:
            thread = threading.Thread(target=watch._listen, args=(monitor, over), daemon=True)
            thread.start()
            try:
                yield watch
            finally:
                over.set()
                client.ping()  # it may wait for something to be asked
                thread.join()

    def _listen(self, monitor: Any, over: threading.Event) -> None:  # noqa: ANN401 - the library has no type for it
        while not over.is_set():
            asked = monitor.next_command()
            if asked["client_type"] != "lua":
                self._note(asked["command"].split(" ", 7), float(asked["time"]))

    def _note(self, words: Sequence[str], at: float) -> None:
        match words:
            case ["EVALSHA", _, "1", "{syncode}:", operation, id_, *_]:
                self._moments.setdefault((operation, id_), at)
                if operation == "enqueue":
                    self._last = id_
            case ["LPUSH", *_]:  # of what is no script, Celery alone does it
                self._moments.setdefault(("ticket", self._last), at)

    def phases(self, seen: Seen) -> tuple[float, ...]:
        """How long each phase of a job took, in ms. Raises ``RuntimeError`` where a step was not seen."""
        steps = [(step, seen.id) for step in ("enqueue", "ticket", "begin", "finish", "settled")]
        ends = time.monotonic() + _MOST_S
        while not all(step in self._moments for step in steps):
            if time.monotonic() > ends:
                raise RuntimeError(f"not all steps of job {seen.id} were seen")
            time.sleep(0.01)
        moments = [seen.sent_at, *(self._moments[step] for step in steps), seen.ended_at]
        return tuple((end - begin) * 1000 for begin, end in itertools.pairwise(moments))
