"""Metrics that are a state and no event: read from the database and the queue when somebody asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from sqlalchemy import func, select

from api.enums import RoomMode, RoomStatus
from api.health.jobs import count_jobs
from api.metrics import JOB_KINDS
from api.rooms.models import Room
from api.services import Services

_PATIENCE_S: Final = 2.0
_log = structlog.get_logger("api")


async def refresh_gauges(services: Services, *, draining: bool) -> None:
    """Bring them up to date. Those of a part that does not answer stay as they are: the rest is worth reading."""
    services.metrics.show_circuit(services.dispatcher.circuit)
    parts = (_count_rooms(services), _count_jobs(services), _look_at_pool(services, draining=draining))
    await asyncio.gather(*map(_try, parts))


async def _try(part: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await part
    except Exception as error:  # noqa: BLE001 - whatever keeps us from reading them
        _log.warning("gauges could not be refreshed", error=type(error).__name__)


async def _count_rooms(services: Services) -> None:
    statement = select(Room.status, Room.mode, func.count().label("amount")).group_by(Room.status, Room.mode)
    async with services.database.read() as work:
        found = {(row.status, row.mode): row.amount for row in await work.session.execute(statement)}
    for status in RoomStatus:
        for mode in RoomMode:
            services.metrics.rooms.labels(status, mode).set(found.get((status, mode), 0))


async def _count_jobs(services: Services) -> None:
    metrics = services.metrics
    counts, now = await count_jobs(services), services.clock.now()
    for kind in JOB_KINDS:
        metrics.queue_depth.labels(kind).set(counts.waiting.get(kind, 0))
        metrics.jobs_in_progress.labels(kind).set(counts.running.get(kind, 0))
        since = counts.oldest.get(kind, now)
        metrics.show_queue_age(kind, max(0.0, (now - since).total_seconds()))


async def _look_at_pool(services: Services, *, draining: bool) -> None:
    load = await services.dispatcher.load()
    services.metrics.show_pool(load)
    if (execution := services.metrics.execution) is not None:
        execution.show_slots(busy=load.busy, capacity=load.capacity, draining=draining)
        await asyncio.to_thread(execution.refresh)
