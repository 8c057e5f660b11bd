"""Connections to Redis: one that waits and one that does not, both given up on soon when nobody answers."""

from __future__ import annotations

from typing import Final

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from runner.errors import SettingsError

ANSWER_S: Final = 5.0
"""How long an answer may take."""

_CONNECT_S: Final = 2.0


def connect(address: str) -> redis.Redis:
    """A client for code that waits. Connects when it is first used. Raises :class:`SettingsError` for no address."""
    try:
        return redis.Redis.from_url(
            address,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=_CONNECT_S,
            retry=Retry(NoBackoff(), 1),
            health_check_interval=30,
        )
    except ValueError as error:
        raise _refusal(error) from error


def connect_async(address: str) -> redis.asyncio.Redis:
    """A client for one event loop; otherwise as :func:`connect`."""
    try:
        return redis.asyncio.Redis.from_url(
            address,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=_CONNECT_S,
            retry=AsyncRetry(NoBackoff(), 1),
            health_check_interval=30,
        )
    except ValueError as error:
        raise _refusal(error) from error


def _refusal(error: ValueError) -> SettingsError:
    return SettingsError(f"SYNCODE_REDIS_URL: {error}")
