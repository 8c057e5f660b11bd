"""A value that is costly to make and may be a little old."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from api.clock import Clock

Value = TypeVar("Value")


class Cached(Generic[Value]):
    """Keeps one value for ``seconds``; however many ask at once, it is made once."""

    def __init__(self, clock: Clock, *, seconds: float) -> None:
        self._clock = clock
        self._lifetime = timedelta(seconds=seconds)
        self._making = asyncio.Lock()
        self._kept: tuple[datetime, Value] | None = None

    async def get(self, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value, made anew if it is missing or too old. Raises what ``make`` raises, and keeps nothing then."""
        async with self._making:
            if self._kept is None or self._clock.now() - self._kept[0] >= self._lifetime:
                self._kept = self._clock.now(), await make()
            return self._kept[1]
