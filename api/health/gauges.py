"""Metrics that are a state and no event: read from the database when somebody asks for them."""

from __future__ import annotations

import asyncio
from typing import Final

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
    """Bring them up to date. They stay as they are when the database does not answer: the rest is worth reading."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await _count_rooms(services)
            await _count_jobs(services)
            await _look_at_execution(services, draining=draining)
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


async def _look_at_execution(services: Services, *, draining: bool) -> None:
    """What this process carries out itself, if it does."""
    if (execution := services.metrics.execution) is not None:
        load = await services.dispatcher.load()
        execution.show_slots(busy=load.busy, capacity=load.capacity, draining=draining)
        await asyncio.to_thread(execution.refresh)
