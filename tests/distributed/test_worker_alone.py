"""A worker whose queue goes away while it has a job in hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from judge import Source
from languages import load_languages
from runner import RunRequest
from runner.distributed.celery import make_celery, send
from runner.distributed.connection import connect_async
from runner.distributed.queue import PREFIX, ServiceQueue, unpack
from runner.envelope import encode
from runner.jobs import Job, RunTask
from tests.distributed.members import PROGRAM, Member, clearing_away, listening
from tests.redis_server import RedisServer

_PATIENCE_S = 60


@pytest.fixture
def worker(redis_server: RedisServer, images: Path, fresh_home: Path, tmp_path: Path) -> Iterator[Member]:
    assert images.is_dir()
    log = tmp_path / "worker.log"
    member = Member(
        "worker",
        [*PROGRAM, "worker", "--slots", "1"],
        log=log,
        ready=listening(log, "takes jobs of"),
        environment={
            "SYNCODE_HOME": str(fresh_home),
            "SYNCODE_REDIS_URL": redis_server.url,
            "SYNCODE_METRICS_PORT": "0",
            "SYNCODE_CANARY_MINUTES": "0",
            "SYNCODE_DRAIN_SECONDS": "1",
        },
    )
    with clearing_away(member):
        member.start()
        yield member


def job(id_: str, seconds: float) -> Job:
    source = Source.of(load_languages()["python"], f"import time\ntime.sleep({seconds})\nprint(1)\n".encode())
    return Job(id_, "ann", datetime.now(UTC), RunTask(RunRequest(source, wall_ms=30_000)))


async def give(url: str, asked: Job) -> None:
    """Put it into the queue, and send its ticket if it may begin; if not, the worker itself does when it may."""
    app = make_celery(url)
    try:
        async with connect_async(url) as client:
            queue = ServiceQueue(client)
            tickets = await queue.enqueue(asked, encode(asked), at="now", lasts_ms=10**6, limit=None)
            for ticket in tickets:
                send(app, ticket)
    finally:
        app.close()


def until(client: redis.Redis, id_: str, kind: str) -> dict[bytes, bytes]:
    """Wait for an entry about a job among results."""
    found: Any = None
    ends = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        found = client.xrange(f"{PREFIX}results")
        for _, fields in found:
            if (fields[b"id"], fields[b"kind"]) == (id_.encode(), kind.encode()):
                return dict(fields)
        time.sleep(0.05)
    raise AssertionError(found)


@pytest.mark.slow
def test_it_hands_in_what_it_did_when_the_queue_is_back_and_ends_when_it_never_is(
    worker: Member, redis_server: RedisServer
) -> None:
    with redis.Redis(port=redis_server.port) as client:
        asyncio.run(give(redis_server.url, job("first", 2)))
        until(client, "first", "started")
        redis_server.forget()  # and what it knew
        redis_server.kill()
        time.sleep(3)
        redis_server.start()
        assert unpack(until(client, "first", "finished")[b"data"])["verdict"] == "accepted"
        asyncio.run(give(redis_server.url, job("second", 0)))  # it takes more
        until(client, "second", "finished")
        asyncio.run(give(redis_server.url, job("third", 25)))
        until(client, "third", "started")
        redis_server.kill()
    assert worker.end(_PATIENCE_S) == 0, worker.log
    assert "SecurityWarning" not in worker.log
    assert "received" not in worker.log
    assert "succeeded" not in worker.log
