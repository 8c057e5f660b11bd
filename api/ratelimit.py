"""How often somebody may do something: moving windows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from api.errors import RateLimitError, TooManyError

MINUTE_S: Final = 60
HOUR_S: Final = 3600


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
    """Counts in the memory of this process."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, rule: Rule, key: str) -> Window:
        """Count once for ``key`` (a user's id, an address), if the rule allows it."""
        item = RateLimitItemPerSecond(rule.limit, rule.window_s, namespace=rule.scope)
        allowed = await self._windows.hit(item, key)
        stats = await self._windows.get_window_stats(item, key)
        return Window(rule, allowed, stats.remaining, stats.reset_time - time.time())

    async def look(self, rule: Rule, key: str, *, error: type[TooManyError] = RateLimitError) -> None:
        """Count nothing. Raises ``error`` when the rule would not allow it now."""
        item = RateLimitItemPerSecond(rule.limit, rule.window_s, namespace=rule.scope)
        if not await self._windows.test(item, key):
            stats = await self._windows.get_window_stats(item, key)
            raise _refusal(
                Window(rule, allowed=False, remaining=0, reset_after_s=stats.reset_time - time.time()), error
            )

    async def check(self, rule: Rule, key: str, *, error: type[TooManyError] = RateLimitError) -> Window:
        """As :meth:`hit`. Raises ``error`` when the rule does not allow it."""
        window = await self.hit(rule, key)
        if not window.allowed:
            raise _refusal(window, error)
        return window

    async def works(self) -> bool:
        """Whether it can count."""
        return await self._windows.storage.check()


def _refusal(window: Window, error: type[TooManyError]) -> TooManyError:
    rule = window.rule
    refusal = error.of(rule.scope, limit=rule.limit, window_s=rule.window_s, retry_after_s=window.reset_after_s)
    refusal.headers.update(window.headers)
    return refusal
