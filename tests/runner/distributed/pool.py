"""A queue in a real Redis as services and workers use it, for tests that wait, and its moments moved."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import redis

from runner.distributed.connection import connect, connect_async
from runner.distributed.queue import PREFIX, ServiceQueue, Ticket, WorkerQueue, unpack
from runner.jobs import Job

LEASE_MS: Final = 15_000
_PASS: Final = """
for _, list in ipairs({'leases', 'delayed', 'deadlines', 'workers'}) do
  for _, each in ipairs(redis.call('ZRANGE', KEYS[1] .. list, 0, -1)) do
    redis.call('ZINCRBY', KEYS[1] .. list, -ARGV[1], each)
  end
end
"""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Crew:
    """What a worker says of itself."""

    slots: int = 2
    shared: int = 1
    lanes: tuple[str, ...] = ("interactive", "submissions", "validations")
    languages: tuple[str, ...] = ("python", "cpp")
    draining: bool = False

    @property
    def about(self) -> dict[str, str]:
        return {
            "slots": str(self.slots),
            "shared": str(self.shared),
            "busy": "0",
            "lanes": ",".join(self.lanes),
            "languages": ",".join(self.languages),
            "draining": str(int(self.draining)),
            "host": "here",
            "version": "1",
        }


@dataclass(slots=True)
class Pool:
    """Services and workers around one Redis. Tickets are kept here in place of Celery."""

    client: redis.Redis
    service: ServiceQueue
    runner: asyncio.Runner
    tickets: list[Ticket] = field(default_factory=list)

    def worker(self, name: str = "w", *, lease_ms: int = LEASE_MS) -> WorkerQueue:
        return WorkerQueue(self.client, name, lease_ms=lease_ms)

    def joined(self, name: str = "w", crew: Crew | None = None) -> WorkerQueue:
        """A worker that has shown itself."""
        worker = self.worker(name)
        worker.beat((crew or Crew()).about, [])
        return worker

    def wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self.runner.run(work)

    def take(self, tickets: list[Ticket]) -> list[str]:
        """Their jobs."""
        self.tickets += tickets
        return [ticket.id for ticket in tickets]

    def enqueue(self, job: Job, *, lasts_ms: int = 3_600_000, limit: int | None = None) -> list[str]:
        """The jobs that may begin now."""
        envelope = {"id": job.id}
        work = self.service.enqueue(job, envelope, at="now", lasts_ms=lasts_ms, limit=limit)
        return self.take(self.wait(work))

    def tick(self) -> list[str]:
        return self.take(self.wait(self.service.tick()))

    def cancel(self, id_: str) -> bool:
        there, tickets = self.wait(self.service.cancel(id_))
        self.take(tickets)
        return there

    def settled(self, job: Job) -> list[str]:
        return self.take(self.wait(self.service.settled(job.id, job.ids)))

    def position(self, id_: str) -> int | None:
        return self.wait(self.service.position(id_))

    def pass_ms(self, ms: int) -> None:
        """As if so much time had gone by: all that was to be is nearer."""
        self.client.eval(_PASS, 1, PREFIX, ms)

    def state(self, id_: str) -> str | None:
        found: Any = self.client.hget(f"{PREFIX}job:{id_}", "state")
        return None if found is None else found.decode()

    def entries(self) -> list[dict[str, Any]]:
        """All that is to be kept."""
        found: Any = self.client.xrange(f"{PREFIX}results")
        return [
            {key.decode(): unpack(value) if key == b"data" else value.decode() for key, value in fields.items()}
            for _, fields in found
        ]

    def kinds(self, id_: str) -> list[str]:
        """Of all that is to be kept of one job."""
        return [entry["kind"] for entry in self.entries() if entry["id"] == id_]

    def events(self, id_: str) -> list[str]:
        found: Any = self.client.xrange(f"{PREFIX}events:{id_}")
        return [fields[b"kind"].decode() for _, fields in found]

    def lasting(self) -> set[str]:
        """Keys that nothing removes by itself."""
        found: list[bytes] = list(self.client.scan_iter("*", count=10_000))
        return {key.decode().removeprefix(PREFIX) for key in found if self.client.ttl(key) == -1}


@contextlib.contextmanager
def open_pool(url: str, *, most: int = 3) -> Iterator[Pool]:
    """``most``: jobs of one person that may be done at once."""
    with contextlib.ExitStack() as owned:
        runner = owned.enter_context(asyncio.Runner())
        client = connect(url)
        owned.callback(client.close)
        waiting = connect_async(url)
        owned.callback(lambda: runner.run(waiting.aclose()))
        pool = Pool(client, ServiceQueue(waiting), runner)
        pool.wait(pool.service.configure(executing_per_owner=most))
        yield pool
