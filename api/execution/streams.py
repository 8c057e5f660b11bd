"""How many progress streams somebody has open: here, and at all services that share a Redis."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

import redis
import redis.asyncio
import structlog

from api.errors import RateLimitError
from api.execution.places import Places
from runner.distributed.connection import connect_async

_SCOPE: Final = "streams"
_PREFIX: Final = "syncode:streams:"
_LEASE_MS: Final = 15_000  # so soon the streams of a service that died are not counted any more
_RENEW_S: Final = 5.0
_PATIENCE_S: Final = 1.0
# KEYS[1]: whose; ARGV: the stream, ms of its lease, how many there may be (0: it is one of them already).
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local most = tonumber(ARGV[3])
if most > 0 and redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_log = structlog.get_logger("api")


class Streams:
    """The streams that are open, by who reads them: nobody may have too many. Made by :meth:`connect`.

    While a shared Redis cannot be reached each service counts its own alone.
    """

    def __init__(self, most_each: int, client: redis.asyncio.Redis | None = None) -> None:
        self.places = Places(most_each)
        self._client = client
        self._take: Any = None if client is None else client.register_script(_TAKE)

    @classmethod
    def connect(cls, most_each: int, redis_url: str | None) -> Streams:
        """Counted in that Redis, by all services that do; ``None``: by this process alone. Connects later."""
        return cls(most_each, None if redis_url is None else connect_async(redis_url))

    async def close(self) -> None:
        """Give connections back."""
        if self._client is not None:
            await self._client.aclose()

    @contextlib.asynccontextmanager
    async def one_more(self, user_id: str) -> AsyncIterator[None]:
        """For as long as it is open. Raises :class:`RateLimitError` for one too many."""
        refusal = RateLimitError.of(_SCOPE, limit=self.places.most_each, window_s=0, retry_after_s=1)
        with self.places.one(user_id) as free:
            if not free:
                raise refusal
            async with self._shared(user_id) as admitted:
                if not admitted:
                    raise refusal
                yield

    @contextlib.asynccontextmanager
    async def _shared(self, user_id: str) -> AsyncIterator[bool]:
        """Counted by the other services too; ``False``: there are too many."""
        if self._client is None:
            yield True
            return
        key, stream = _PREFIX + user_id, uuid.uuid4().hex
        free = await self._hold(key, stream, most=self.places.most_each)
        renewing = asyncio.create_task(self._renew(key, stream)) if free else None
        try:
            yield free
        finally:
            if renewing is not None:
                renewing.cancel()
                await asyncio.wait([renewing])
                with contextlib.suppress(redis.RedisError, OSError):  # else its lease ends soon
                    async with asyncio.timeout(_PATIENCE_S):
                        await self._client.zrem(key, stream)

    async def _hold(self, key: str, stream: str, *, most: int) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return bool(await self._take(keys=[key], args=[stream, _LEASE_MS, most]))
        except (redis.RedisError, OSError) as error:  # TimeoutError is among them
            _log.warning("streams are counted by each service alone", error=type(error).__name__)
            return True

    async def _renew(self, key: str, stream: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_S)
            await self._hold(key, stream, most=0)
