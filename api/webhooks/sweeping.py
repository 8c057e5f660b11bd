"""Looking for what is due: at once when woken, when something is known to become due, and now and then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from api.clock import Clock
from api.database import Database
from api.webhooks import repository

_log = structlog.get_logger("api")

_LOOK_AGAIN_S: Final = 5.0
_SOON_S: Final = 0.5


class Sweeper:
    """Calls ``begin``, which begins everything that is due, again and again while its ``async with`` lasts."""

    def __init__(self, database: Database, clock: Clock, begin: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._clock = clock
        self._begin = begin
        self._woken = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    async def __aenter__(self) -> Sweeper:
        self._work = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._work is not None  # noqa: S101 - it was entered
        self._work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._work

    async def _go_on(self) -> None:
        while True:
            self._woken.clear()
            pause_s = _LOOK_AGAIN_S
            try:
                await self._begin()
                pause_s = await self._pause_s()
            except Exception:  # noqa: BLE001 - whatever it is, the database may be there again later
                _log.exception("webhooks cannot be delivered now")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()

    async def _pause_s(self) -> float:
        """Until something is due that is known already; what is due now could not be begun yet."""
        async with self._database.read() as work:
            due_at = await repository.next_due(work.session)
        wait = timedelta(seconds=_LOOK_AGAIN_S) if due_at is None else due_at - self._clock.now()
        return min(_LOOK_AGAIN_S, max(_SOON_S, wait.total_seconds()))
