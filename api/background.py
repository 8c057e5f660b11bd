"""What the service does by itself: small chores, each at its interval, none of which can end the service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from api.activity import FLUSH_S
from api.auth.sessions import forget_old_sessions
from api.execution.recovery import forget_old_results, take_up_lost
from api.idempotency import forget_old_keys
from api.problems.case_files import forget_old_files
from api.rooms.sweeps import PRESENCE_S, ROOMS_S, sweep_presence, sweep_rooms
from api.services import Services
from api.users.avatars import forget_uploads
from api.webhooks.service import forget_old_attempts

_log = structlog.get_logger("api")


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every ``every_s``."""

    name: str
    every_s: float
    do: Callable[[Services], Awaitable[None]]


async def _flush_activity(services: Services) -> None:
    await services.activity.flush(services.database)


async def _forget_keys(services: Services) -> None:
    async with services.database.write() as work:
        await forget_old_keys(work, kept=services.settings.idempotency_keys_kept)


async def _forget_sessions(services: Services) -> None:
    await forget_old_sessions(services.database)


CHORES: tuple[Chore, ...] = (
    Chore("activity", FLUSH_S, _flush_activity),
    Chore("idempotency keys", 3600, _forget_keys),
    Chore("presence", PRESENCE_S, sweep_presence),
    Chore("rooms", ROOMS_S, sweep_rooms),
    Chore("login sessions", 3600, _forget_sessions),
    Chore("results", 600, forget_old_results),
    Chore("avatar uploads", 600, forget_uploads),
    Chore("test data", 3600, forget_old_files),
    Chore("webhook attempts", 3600, forget_old_attempts),
)


SHARED_CHORES: tuple[Chore, ...] = (Chore("lost jobs", 5, take_up_lost),)
"""What else there is to do where several services have jobs done by the same workers."""


class Background:
    """Does the chores while its ``async with`` lasts; without ``chores``, those that such a service has."""

    def __init__(self, services: Services, chores: tuple[Chore, ...] | None = None) -> None:
        self._services = services
        shared = services.settings.redis_url is not None
        self._chores = (*CHORES, *(SHARED_CHORES if shared else ())) if chores is None else chores
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Background:
        self._tasks = [asyncio.create_task(self._repeat(chore)) for chore in self._chores]
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        with contextlib.suppress(Exception):
            await self._services.activity.flush(self._services.database)

    async def _repeat(self, chore: Chore) -> None:
        while True:
            await asyncio.sleep(chore.every_s)
            try:
                await chore.do(self._services)
            except Exception:  # noqa: BLE001 - a chore that fails is done again
                _log.exception("chore failed", chore=chore.name)
