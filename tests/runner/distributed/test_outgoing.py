"""What a worker tells of its jobs."""

from __future__ import annotations

import json
import threading
from typing import Any

import redis

from runner.distributed.outgoing import Outgoing, Telling
from runner.distributed.queue import PREFIX, Ticket
from runner.events import EventKind
from tests.redis_server import RedisServer
from tests.runner.distributed.pool import LEASE_MS, Pool
from tests.runner.embedded.work import run


def begun(pool: Pool) -> Ticket:
    worker = pool.joined()
    pool.enqueue(run("r"))
    ticket = pool.tickets[-1]
    worker.begin(ticket)
    return ticket


def told(client: redis.Redis) -> list[Any]:
    found: Any = client.xrange(f"{PREFIX}events:r")
    return [json.loads(fields[b"data"]) for _, fields in found][1:]


def test_events_are_told_in_their_order_and_waited_for(pool: Pool) -> None:
    ticket = begun(pool)
    with Outgoing(pool.worker()) as outgoing:
        for number in range(500):
            outgoing.put(ticket, "r", EventKind.OUTPUT, {"n": number})
        outgoing.flush()
        assert told(pool.client) == [{"n": number} for number in range(500)]


def test_while_nobody_can_be_reached_they_wait_and_come_once_in_their_order(
    pool: Pool, redis_server: RedisServer
) -> None:
    ticket = begun(pool)
    redis_server.kill()
    with Outgoing(pool.worker()) as outgoing:
        for number in range(20):
            outgoing.put(ticket, "r", EventKind.OUTPUT, {"n": number})
        flushing = threading.Thread(target=outgoing.flush)
        flushing.start()
        flushing.join(0.3)
        assert flushing.is_alive()
        redis_server.start()
        flushing.join(30)
        assert not flushing.is_alive()
    assert told(pool.client) == [{"n": number} for number in range(20)]


def test_at_the_end_nobody_waits_for_a_queue_that_is_away(pool: Pool, redis_server: RedisServer) -> None:
    ticket = begun(pool)
    redis_server.kill()
    with Outgoing(pool.worker()) as outgoing:
        for number in range(5000):
            outgoing.put(ticket, "r", EventKind.OUTPUT, {"n": number})
        flushing = threading.Thread(target=outgoing.flush)
        flushing.start()
        outgoing.close()
        flushing.join(30)
        assert not flushing.is_alive()


def test_what_is_done_once_more_is_not_told_again(pool: Pool) -> None:
    for attempt in range(2):
        ticket = begun(pool)
        with Outgoing(pool.worker()) as outgoing:
            tell = Telling(outgoing, ticket, again=False)
            tell("r", EventKind.STATUS, {"status": "running", "at": str(attempt)})
            tell("r", EventKind.COMPILE, {"ok": True})
            for case in range(1 + attempt):
                tell("r", EventKind.CASE, {"testCaseIndex": case, "verdict": "accepted"})
                tell("r", EventKind.PROGRESS, {"done": case + 1, "total": 2})
        if not attempt:
            pool.pass_ms(LEASE_MS + 1)
            pool.tick()
            pool.pass_ms(1000)
            pool.joined()
            pool.tick()
    assert told(pool.client) == [
        {"status": "running", "at": "0"},
        {"ok": True},
        {"testCaseIndex": 0, "verdict": "accepted"},
        {"done": 1, "total": 2},
        {"testCaseIndex": 1, "verdict": "accepted"},
        {"done": 2, "total": 2},
    ]


def test_from_our_own_failure_on_nothing_is_told_of_what_others_do_again(pool: Pool) -> None:
    ticket = begun(pool)
    with Outgoing(pool.worker()) as outgoing:
        tell = Telling(outgoing, ticket, again=True)
        tell("r", EventKind.CASE, {"testCaseIndex": 0, "verdict": "accepted"})
        tell("r", EventKind.CASE, {"testCaseIndex": 1, "verdict": "internal_error"})
        tell("r", EventKind.PROGRESS, {"done": 2})
        last = Telling(outgoing, ticket, again=False)
        last("r", EventKind.CASE, {"testCaseIndex": 1, "verdict": "internal_error"})
    assert [event["testCaseIndex"] for event in told(pool.client)] == [0, 1]
