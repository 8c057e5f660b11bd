"""How often somebody may do something: moving windows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis import RedisError

from api.errors import RateLimitError, TooManyError

MINUTE_S: Final = 60
HOUR_S: Final = 3600

_PREFIX: Final = "syncode:limits"
_PATIENCE_S: Final = 1.0
_ALONE_S: Final = 2.0  # how soon the others are tried again
_log = structlog.get_logger("api")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Rule:
    """``limit`` times within any ``window_s``. ``scope`` is its name on the wire and in metrics."""

    scope: str
    limit: int
    window_s: int = MINUTE_S


@dataclass(frozen=True, slots=True)
class Window:
    """Where somebody stands with a rule: how often they still may, and when that becomes more (s)."""

    rule: Rule
    allowed: bool
    remaining: int
    reset_after_s: float

    @property
    def headers(self) -> dict[str, str]:
        """The same for clients."""
        return {
            "X-RateLimit-Limit": str(self.rule.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(max(0, round(self.reset_after_s))),
        }


class RateLimiter:
    """Counts. Made by :meth:`open`; :meth:`close` gives connections back.

    While a shared Redis cannot be reached each process counts by itself: nobody is refused for want of a count, and
    nobody may do without end what the others do not see.
    """

    def __init__(self, shared: RedisStorage | None) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = None if shared is None else MovingWindowRateLimiter(shared)
        self._bridge: Any = None if shared is None else shared.bridge  # its class depends on the client
        self._alone_until = 0.0

    @classmethod
    def open(cls, redis_url: str | None) -> RateLimiter:
        """Counts in that Redis, for all services that do; ``None``: in the memory of this process."""
        if redis_url is None:
            return cls(None)
        storage = RedisStorage(
            redis_url,
            implementation="redispy",
            key_prefix=_PREFIX,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
        )
        return cls(storage)

    async def close(self) -> None:
        """Give connections back."""
        if self._bridge is not None:
            await self._bridge.get_connection().aclose()

    async def hit(self, rule: Rule, key: str) -> Window:
        """Count once for ``key`` (a user's id, an address), if the rule allows it."""
        item = _item(rule)

        async def count(windows: MovingWindowRateLimiter) -> Window:
            allowed = await windows.hit(item, key)
            return await _window(windows, rule, key, allowed=allowed)

        return await self._ask(count)

    async def look(self, rule: Rule, key: str, *, error: type[TooManyError] = RateLimitError) -> None:
        """Count nothing. Raises ``error`` when the rule would not allow it now."""
        item = _item(rule)
        await self._require(lambda windows: windows.test(item, key), rule, key, error=error)

    async def spend(self, rule: Rule, key: str, *, error: type[TooManyError] = RateLimitError) -> None:
        """Count once, if the rule allows it. Raises ``error`` when it does not."""
        item = _item(rule)
        await self._require(lambda windows: windows.hit(item, key), rule, key, error=error)

    async def _require(
        self,
        allowed: Callable[[MovingWindowRateLimiter], Awaitable[bool]],
        rule: Rule,
        key: str,
        *,
        error: type[TooManyError],
    ) -> None:
        async def refusal(windows: MovingWindowRateLimiter) -> Window | None:
            return None if await allowed(windows) else await _window(windows, rule, key, allowed=False)

        if (window := await self._ask(refusal)) is not None:
            raise _refusal(window, error)

    async def _ask(self, action: Callable[[MovingWindowRateLimiter], Awaitable[Value]]) -> Value:
        if self._shared is not None and time.monotonic() >= self._alone_until:
            try:
                return await action(self._shared)
            except (RedisError, OSError) as error:
                _log.warning("limits are counted by each service alone", error=type(error).__name__)
                self._alone_until = time.monotonic() + _ALONE_S
        return await action(self._own)

    async def check(self, rule: Rule, key: str, *, error: type[TooManyError] = RateLimitError) -> Window:
        """As :meth:`hit`. Raises ``error`` when the rule does not allow it."""
        window = await self.hit(rule, key)
        if not window.allowed:
            raise _refusal(window, error)
        return window

    async def works(self) -> bool:
        """Whether it can count as it should."""
        windows = self._own if self._shared is None else self._shared
        return await windows.storage.check()


def _item(rule: Rule) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(rule.limit, rule.window_s, namespace=rule.scope)


async def _window(windows: MovingWindowRateLimiter, rule: Rule, key: str, *, allowed: bool) -> Window:
    stats = await windows.get_window_stats(_item(rule), key)
    return Window(rule, allowed, stats.remaining, stats.reset_time - time.time())


def _refusal(window: Window, error: type[TooManyError]) -> TooManyError:
    rule = window.rule
    refusal = error.of(rule.scope, limit=rule.limit, window_s=rule.window_s, retry_after_s=window.reset_after_s)
    refusal.headers.update(window.headers)
    return refusal
