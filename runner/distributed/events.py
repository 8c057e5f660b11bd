"""What is told of jobs, read from their streams in Redis: whoever comes late, or comes again, misses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import redis
import redis.asyncio

from runner.distributed.queue import PREFIX
from runner.events import EventKind, JobEvent

_TOLD: Final = f"{PREFIX}told"
_SEQUENCE_BITS: Final = 12  # of events in the same millisecond; with its number an id stays an integer everywhere
_LOOK_AGAIN_S: Final = 1.0
_PAUSE_S: Final = 0.5
_log = logging.getLogger("runner")

OnMessage = Callable[[bytes], None]
Entry = tuple[bytes, dict[bytes, bytes]]


class EventReader:
    """Reads for all who wait in this process, with one subscription. ``channels``: others to listen to meanwhile.

    To be used in one event loop only; :meth:`listen` has to run.
    """

    def __init__(self, client: redis.asyncio.Redis, *, channels: dict[str, OnMessage]) -> None:
        self._client = client
        self._channels = channels
        self._waiting: dict[str, set[asyncio.Event]] = {}

    async def listen(self) -> None:
        """Wake whoever waits for what is told, until it is cancelled."""
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(_TOLD, *self._channels)
                    self._wake_all()  # for what was told meanwhile
                    while True:
                        message = await subscription.get_message(timeout=_LOOK_AGAIN_S)
                        if message is not None:
                            self._hear(message)
            except (redis.RedisError, OSError) as error:
                _log.info("events cannot be heard: %s", error)
                await asyncio.sleep(_PAUSE_S)

    def _hear(self, message: dict[str, Any]) -> None:
        channel, content = message["channel"].decode(), message["data"]
        if channel == _TOLD:
            id_ = content.partition(b" ")[0].decode()
            for event in self._waiting.get(id_, ()):
                event.set()
        else:
            self._channels[channel](content)

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()

    async def so_far(self, id_: str) -> tuple[JobEvent, ...]:
        """The events of a job or part that are known now. Raises :class:`redis.RedisError`."""
        return tuple([_event(*entry) for entry in await self._read(id_, "-")])

    async def follow(self, id_: str, after: int | None) -> AsyncIterator[JobEvent]:
        """Its events from the one after ``after``, until the last; while they cannot be read it waits for them."""
        with self._woken(id_) as woken:
            told = False
            while True:
                woken.clear()
                try:
                    entries = await self._read(id_, _first_after(after))
                    if not (entries or told) and not await self._goes_on(id_):
                        entries = await self._read(id_, _first_after(after))  # what was told between the two
                        if not entries:
                            return
                except (redis.RedisError, OSError):
                    await asyncio.sleep(_PAUSE_S)
                    continue
                for entry in entries:
                    event = _event(*entry)
                    after = event.id
                    yield event
                    if event.kind is EventKind.RESULT:
                        return
                told = await _set_within(woken, _LOOK_AGAIN_S)

    async def until_over(self, id_: str, timeout_s: float) -> bool:
        """Wait for its last event; whether it is over, as far as known here."""
        ends = time.monotonic() + timeout_s
        with self._woken(id_) as woken:
            while True:
                woken.clear()
                with contextlib.suppress(redis.RedisError, OSError):
                    if not await self._goes_on(id_):
                        return True
                if (left_s := ends - time.monotonic()) <= 0:
                    return False
                await _set_within(woken, min(left_s, _LOOK_AGAIN_S))

    async def _goes_on(self, id_: str) -> bool:
        """Whether more may be told of it."""
        last: Any = await self._client.xrevrange(_stream(id_), count=1)
        return bool(last) and last[0][1][b"kind"] != EventKind.RESULT.value.encode()

    async def _read(self, id_: str, first: str) -> list[Entry]:
        found: Any = await self._client.xrange(_stream(id_), min=first)
        entries: list[Entry] = found
        return entries

    @contextlib.contextmanager
    def _woken(self, id_: str) -> Iterator[asyncio.Event]:
        """Is set whenever something is told of it."""
        event = asyncio.Event()
        self._waiting.setdefault(id_, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[id_].discard(event)
            if not self._waiting[id_]:
                del self._waiting[id_]


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for it, but not for longer; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _stream(id_: str) -> str:
    return f"{PREFIX}events:{id_}"


def _event(place: bytes, fields: dict[bytes, bytes]) -> JobEvent:
    millisecond, _, sequence = place.decode().partition("-")
    id_ = (int(millisecond) << _SEQUENCE_BITS) + int(sequence)
    return JobEvent(id_, EventKind(fields[b"kind"].decode()), json.loads(fields[b"data"]))


def _first_after(id_: int | None) -> str:
    """Where in a stream the events after this one begin."""
    if id_ is None:
        return "-"
    millisecond, sequence = divmod(id_ + 1, 1 << _SEQUENCE_BITS)
    return f"{millisecond}-{sequence}"
