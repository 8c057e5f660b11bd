"""Deliveries made by the service process itself."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog

from api.clock import Clock
from api.database import Database
from api.webhooks import repository
from api.webhooks.delivering import LEASE, Deliverer
from api.webhooks.sweeping import Sweeper

_log = structlog.get_logger("api")

AT_ONCE: Final = 16
PER_USER: Final = 4
"""Of one person at once: who names addresses that never answer keeps only their own deliveries waiting."""

_GRACE_S: Final = 2.0


class EmbeddedCourier:
    """See :class:`api.webhooks.courier.Courier`. Works while its ``async with`` lasts.

    ``alone``: no other process delivers from this database: what is claimed when it starts was claimed by a dead one.
    """

    def __init__(self, database: Database, deliverer: Deliverer, clock: Clock, *, alone: bool) -> None:
        self._database = database
        self._deliverer = deliverer
        self._alone = alone
        self._sweeper = Sweeper(database, clock, self._begin_what_is_due)
        self._claims: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """See :meth:`api.webhooks.courier.Courier.wake`."""
        self._sweeper.wake()

    async def __aenter__(self) -> EmbeddedCourier:
        if self._alone:
            async with self._database.write() as work:
                await repository.release_claims(work.session, None, work.now)
        await self._sweeper.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """What cannot be ended soon is broken off, and due again at once."""
        await self._sweeper.__aexit__(*exception)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._claims:
            with contextlib.suppress(Exception):
                async with self._database.write() as work:
                    await repository.release_claims(work.session, self._claims, work.now)

    async def _begin_what_is_due(self) -> None:
        while len(self._tasks) < AT_ONCE:
            free = AT_ONCE - len(self._tasks)
            async with self._database.write() as work:
                claims = await repository.claim_due(work.session, work.now, most=free, per_user=PER_USER, lease=LEASE)
            for delivery_id, claim in claims.items():
                self._begin(delivery_id, claim)
            if not claims:
                return

    def _begin(self, delivery_id: str, claim: str) -> None:
        self._claims[delivery_id] = claim
        task = asyncio.create_task(self._deliver(delivery_id, claim))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _deliver(self, delivery_id: str, claim: str) -> None:
        try:
            await self._deliverer.deliver(delivery_id, claim)
        except Exception:  # noqa: BLE001 - what was not written down is tried again when the claim is old
            _log.exception("a delivery could not be concluded", delivery=delivery_id)
        self._claims.pop(delivery_id, None)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake()  # there is room again
