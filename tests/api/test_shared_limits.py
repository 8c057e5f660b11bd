"""Limits that services count together in Redis."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
import structlog

from api.errors import RateLimitError
from api.ratelimit import RateLimiter, Rule
from tests.redis_server import RedisServer

RULE = Rule("runs", 4, 60)


@contextlib.asynccontextmanager
async def limiters(url: str | None, count: int = 2) -> AsyncIterator[list[RateLimiter]]:
    opened = [RateLimiter.open(url) for _ in range(count)]
    yield opened
    for each in opened:
        await each.close()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


async def test_two_services_count_together(redis_server: RedisServer) -> None:
    async with limiters(redis_server.url) as (one, two):
        left = [(await each.hit(RULE, "ann")).remaining for each in (one, two, one, two)]
        assert left == [3, 2, 1, 0]
        for each in (one, two):
            assert not (await each.hit(RULE, "ann")).allowed
            with pytest.raises(RateLimitError) as refusal:
                await each.look(RULE, "ann")
            assert 0 < int(refusal.value.headers["Retry-After"]) <= 60
            assert (await each.hit(RULE, "bob")).allowed
        assert await one.works()


async def test_looking_counts_nothing(redis_server: RedisServer) -> None:
    async with limiters(redis_server.url) as (one, two):
        for _ in range(10):
            await one.look(RULE, "ann")
        assert (await two.hit(RULE, "ann")).remaining == 3


async def test_while_redis_is_away_each_counts_alone_and_then_together_again(
    redis_server: RedisServer, logs: list[Any]
) -> None:
    async with limiters(redis_server.url) as (one, two):
        await one.hit(RULE, "ann")
        redis_server.kill()
        for each in (one, two):
            assert [(await each.hit(RULE, "ann")).allowed for _ in range(5)] == [True] * 4 + [False]
        assert len(logs) == 2
        assert not await one.works()
        redis_server.start()
        assert not (await one.hit(RULE, "ann")).allowed
        for each in (one, two):
            each._alone_until = 0  # a moment later
            assert (await each.hit(RULE, "bob")).allowed
        assert (await one.hit(RULE, "bob")).remaining == 1


async def test_nothing_of_it_stays_for_ever(redis_server: RedisServer) -> None:
    async with limiters(redis_server.url) as (one, _):
        await one.hit(RULE, "ann")
    with redis.Redis(port=redis_server.port) as client:
        keys: Any = client.keys("*")
        assert keys
        assert all(0 < client.ttl(key) <= 61 for key in keys)
        assert all(key.startswith(b"syncode:limits") for key in keys)
