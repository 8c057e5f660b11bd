"""Deliveries made by workers: each that is due becomes a task of Celery, which carries ids and no more.

What is due is in the database, and what the broker loses is handed over again when its claim is old.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

import kombu.exceptions
import redis
import structlog
from celery import Celery

from api.clock import Clock
from api.database import Database
from api.webhooks import repository
from api.webhooks.sweeping import Sweeper
from runner.distributed.celery import make_celery, queue_name

_log = structlog.get_logger("api")

TASK: Final = "syncode.deliver"
QUEUE: Final = queue_name("webhooks")

_LEASE: Final = timedelta(seconds=60)
_AT_ONCE: Final = 100
_PER_USER: Final = 10
_BROKER_AWAY_S: Final = 5.0


class CeleryCourier:
    """See :class:`api.webhooks.courier.Courier`. Works while its ``async with`` lasts."""

    def __init__(self, database: Database, redis_url: str, clock: Clock) -> None:
        self._database = database
        self._celery: Celery = make_celery(redis_url)
        self._sweeper = Sweeper(database, clock, self._hand_over_what_is_due)

    def wake(self) -> None:
        """See :meth:`api.webhooks.courier.Courier.wake`."""
        self._sweeper.wake()

    async def __aenter__(self) -> CeleryCourier:
        await self._sweeper.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._sweeper.__aexit__(*exception)
        await asyncio.to_thread(self._celery.close)

    async def _hand_over_what_is_due(self) -> None:
        while True:
            async with self._database.write() as work:
                claims = await repository.claim_due(
                    work.session, work.now, most=_AT_ONCE, per_user=_PER_USER, lease=_LEASE
                )
            if not claims:
                return
            try:
                await asyncio.to_thread(self._send, claims)
            except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
                _log.warning("deliveries cannot be handed over: the broker is away", error=type(error).__name__)
                await self._take_back(claims)
                return

    def _send(self, claims: dict[str, str]) -> None:
        """Each under its claim; a task that nobody took in time is thrown away, for another will come in its place."""
        for delivery_id in list(claims):
            self._celery.send_task(
                TASK,
                args=(delivery_id, claims[delivery_id]),
                queue=QUEUE,
                expires=_LEASE.total_seconds(),
                ignore_result=True,
                retry=False,
            )
            del claims[delivery_id]

    async def _take_back(self, claims: dict[str, str]) -> None:
        with contextlib.suppress(Exception):  # else it is due again when the claim is old
            async with self._database.write() as work:
                later = work.now + timedelta(seconds=_BROKER_AWAY_S)
                await repository.release_claims(work.session, claims, later)
