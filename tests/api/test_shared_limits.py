"""Limits that services count together in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
import structlog

from api.errors import RateLimitError
from api.execution import streams
from api.execution.streams import Streams
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


@contextlib.asynccontextmanager
async def counting_streams(url: str, count: int = 2, *, most: int) -> AsyncIterator[list[Streams]]:
    opened = [Streams.connect(most, url) for _ in range(count)]
    yield opened
    for each in opened:
        await each.close()


async def test_streams_of_all_services_count_together(redis_server: RedisServer) -> None:
    async with counting_streams(redis_server.url, most=2) as (one, two):
        async with one.one_more("ann"), two.one_more("ann"):
            for each in (one, two):
                with pytest.raises(RateLimitError) as refusal:
                    await each.one_more("ann").__aenter__()
                assert (refusal.value.details or {})["scope"] == "streams"
                async with each.one_more("bob"):
                    assert each.places.taken("bob") == 1
        for each in (one, two):
            assert each.places.total == 0
            async with each.one_more("ann"), each.one_more("ann"):
                pass
    with redis.Redis(port=redis_server.port) as client:
        assert client.keys("*") == []


async def test_streams_of_a_service_that_died_are_not_counted_for_long(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_LEASE_MS", 300)
    monkeypatch.setattr(streams, "_RENEW_S", 0.05)
    async with counting_streams(redis_server.url, most=1) as (one, two):
        with redis.Redis(port=redis_server.port) as client:
            async with one.one_more("ann"):
                await asyncio.sleep(0.6)  # it is renewed as long as it is open
                with pytest.raises(RateLimitError):
                    await two.one_more("ann").__aenter__()
                assert client.zcard("syncode:streams:ann") == 1
            client.zadd("syncode:streams:ann", {"of a dead one": time.time() * 1000 + 100})
            with pytest.raises(RateLimitError):
                await two.one_more("ann").__aenter__()
            await asyncio.sleep(0.15)
            async with two.one_more("ann"):
                assert client.zcard("syncode:streams:ann") == 1


async def test_while_redis_is_away_each_service_counts_its_own_streams(redis_server: RedisServer) -> None:
    async with counting_streams(redis_server.url, most=1) as (one, two):
        redis_server.kill()
        async with one.one_more("ann"), two.one_more("ann"):
            for each in (one, two):
                with pytest.raises(RateLimitError):
                    await each.one_more("ann").__aenter__()
        redis_server.start()
        async with one.one_more("ann"):
            with pytest.raises(RateLimitError):
                await two.one_more("ann").__aenter__()
