"""What is told of jobs, as readers get it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import redis.asyncio

from runner.distributed.connection import connect_async
from runner.distributed.ending import end
from runner.distributed.events import EventReader
from runner.distributed.queue import PREFIX
from runner.events import JobEvent
from tests.redis_server import RedisServer

Value = TypeVar("Value")


class Teller:
    """Tells of the job ``j``, as the queue does."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client
        self.told = 0

    async def tell(self, kind: str = "output", times: int = 1) -> None:
        for _ in range(times):
            fields: Any = {"kind": kind, "data": f'{{"n":{self.told}}}'}
            await self.client.xadd(f"{PREFIX}events:j", fields)
            await self.client.publish(f"{PREFIX}told", f"j {kind}")
            self.told += 1


@pytest_asyncio.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[redis.asyncio.Redis]:
    async with connect_async(redis_server.url) as opened:
        yield opened


@pytest.fixture
def teller(client: redis.asyncio.Redis) -> Teller:
    return Teller(client)


@pytest_asyncio.fixture
async def reader(client: redis.asyncio.Redis) -> AsyncIterator[EventReader]:
    opened = EventReader(client, channels={})
    listening = asyncio.create_task(opened.listen())
    yield opened
    await end([listening])


async def within(work: Awaitable[Value]) -> Value:
    async with asyncio.timeout(30):
        return await work


async def all_of(reader: EventReader, after: int | None = None) -> list[JobEvent]:
    return [event async for event in reader.follow("j", after)]


def numbers(events: list[JobEvent]) -> list[int]:
    return [event.data["n"] for event in events]


async def test_a_reader_gets_what_was_and_what_comes_until_the_result(reader: EventReader, teller: Teller) -> None:
    await teller.tell(times=3)
    reading = asyncio.create_task(all_of(reader))
    await teller.tell(times=3)
    await teller.tell("result")
    events = await within(reading)
    assert numbers(events) == list(range(7))
    ids = [event.id for event in events]
    assert ids == sorted(set(ids))
    assert max(ids) < 2**53


async def test_from_any_event_on_there_is_neither_a_gap_nor_a_repetition(reader: EventReader, teller: Teller) -> None:
    for _ in range(4):
        async with teller.client.pipeline() as steps:
            for _ in range(10):  # of one millisecond
                fields: Any = {"kind": "output", "data": f'{{"n":{teller.told}}}'}
                _ = steps.xadd(f"{PREFIX}events:j", fields)
                teller.told += 1
            await steps.execute()
    await teller.tell("result")
    events = await within(all_of(reader))
    assert numbers(events) == list(range(41))
    for event in events[:-1]:
        assert numbers(await within(all_of(reader, event.id))) == list(range(event.data["n"] + 1, 41))


async def test_many_readers_get_the_same(reader: EventReader, teller: Teller) -> None:
    await teller.tell()
    reading = [asyncio.create_task(all_of(reader)) for _ in range(20)]
    await teller.tell(times=5)
    await teller.tell("result")
    assert [numbers(await within(each)) for each in reading] == [list(range(7))] * 20


async def test_who_comes_after_the_result_gets_all_and_who_had_it_nothing(reader: EventReader, teller: Teller) -> None:
    await teller.tell()
    await teller.tell("result")
    events = await within(all_of(reader))
    assert numbers(events) == [0, 1]
    assert await within(all_of(reader, events[-1].id)) == []


async def test_of_what_nobody_knows_nothing_is_told(reader: EventReader) -> None:
    assert await within(all_of(reader)) == []
    assert await within(all_of(reader, 12345)) == []
    assert await reader.so_far("j") == ()
    assert await within(reader.until_over("j", 10))


async def test_a_stream_that_goes_away_ends_for_its_readers(reader: EventReader, teller: Teller) -> None:
    await teller.tell()
    reading = asyncio.create_task(all_of(reader))
    await asyncio.sleep(0.05)
    await teller.client.delete(f"{PREFIX}events:j")
    assert numbers(await within(reading)) == [0]


async def test_readers_stay_through_the_death_of_the_server(
    reader: EventReader, teller: Teller, redis_server: RedisServer
) -> None:
    await teller.tell(times=3)
    first = await reader.so_far("j")
    reading = asyncio.create_task(all_of(reader, first[0].id))
    await asyncio.sleep(1.1)  # its file is written every second
    redis_server.kill()
    await asyncio.sleep(0.1)
    redis_server.start()
    await teller.tell(times=2)
    await teller.tell("result")
    assert numbers(await within(reading)) == [1, 2, 3, 4, 5]
    assert numbers(await within(all_of(reader, first[1].id))) == [2, 3, 4, 5]


async def test_who_waits_for_the_end_hears_of_it_and_waits_no_longer_than_wanted(
    reader: EventReader, teller: Teller
) -> None:
    await teller.tell()
    assert not await within(reader.until_over("j", 0.05))
    assert not await within(reader.until_over("j", 0))
    waiting = asyncio.create_task(reader.until_over("j", 60))
    await teller.tell()
    await teller.tell("result")
    assert await within(waiting)
    assert await within(reader.until_over("j", 0))


async def test_nobody_who_left_is_remembered(reader: EventReader, teller: Teller) -> None:
    await teller.tell()
    events = reader.follow("j", None)
    await anext(events)
    waiting = asyncio.create_task(reader.until_over("j", 60))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    await events.aclose()  # type: ignore[attr-defined] # it is a generator
    assert reader._waiting == {}
