"""Whether each part of the service does its work: real questions, asked in parallel, none waited for long.

API.md 17.5 names eight parts. In the embedded service some of them live in this process (``cache``), and some do not
exist (``ai``, ``collab``, ``media``). A part that does not exist cannot fail, and no operation of this service waits
for it: it is ``ok``. So a service whose database, files and sandboxes work is ``ok`` as a whole, and ``degraded``
always means that something it offers does not work.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from sqlalchemy import select, text

from api.execution.models import OutboxJob
from api.health.schemas import HealthServices, ServiceStatus
from api.services import Services

Probe = Callable[[Services], Awaitable[bool]]
PATIENCE_S: Final = 2.0
_NO_OBJECT: Final = "health/nothing"
_log = structlog.get_logger("api")


async def _database(services: Services) -> bool:
    async with services.database.read() as work:
        await work.session.execute(text("SELECT 1"))
    return True


async def _queue(services: Services) -> bool:
    async with services.database.read() as work:
        await work.session.execute(select(OutboxJob.id).limit(1))
    return await services.dispatcher.works()


async def _cache(services: Services) -> bool:
    return await services.limiter.works()


async def _storage(services: Services) -> bool:
    await services.objects.head(_NO_OBJECT)
    return not services.objects.local or os.access(services.settings.objects, os.R_OK | os.W_OK | os.X_OK)


async def _execution(services: Services) -> bool:
    catalog = services.catalog
    if (await services.dispatcher.load()).capacity == 0:
        return False  # there is no worker
    return await asyncio.to_thread(
        lambda: any(catalog.lacks(language) is None for language in catalog.languages.values())
    )


async def _absent(services: Services) -> bool:
    del services
    return True


PROBES: Final[Mapping[str, Probe]] = {
    "queue": _queue,
    "cache": _cache,
    "storage": _storage,
    "execution": _execution,
    "ai": _absent,
    "collab": _absent,
    "database": _database,
    "media": _absent,
}
READINESS: Final = ("database", "queue")
"""Without these the service can answer hardly anything."""


async def probe_all(services: Services) -> HealthServices:
    """Ask every part. Never raises."""
    return HealthServices(**await _ask(services, tuple(PROBES)))


async def first_unready(services: Services) -> str | None:
    """The first part that readiness needs and that does not work; ``None``: all do."""
    answers = await _ask(services, READINESS)
    return next((name for name in READINESS if answers[name] is ServiceStatus.FAIL), None)


async def _ask(services: Services, names: tuple[str, ...]) -> dict[str, ServiceStatus]:
    answers = await asyncio.gather(*(_try(services, name) for name in names))
    return dict(zip(names, answers, strict=True))


async def _try(services: Services, name: str) -> ServiceStatus:
    try:
        async with asyncio.timeout(PATIENCE_S):
            works = await PROBES[name](services)
    except Exception as error:  # noqa: BLE001 - that is what the probe finds out
        _log.warning("probe failed", probe=name, error=type(error).__name__)
        return ServiceStatus.FAIL
    return ServiceStatus.OK if works else ServiceStatus.FAIL
