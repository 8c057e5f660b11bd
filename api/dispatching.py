"""How this service has jobs done: by itself, or by workers that it shares a Redis with."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from api.database import Database
from api.execution.recovery import recall
from api.metrics import Metrics
from api.settings import ServiceSettings
from languages import load_languages
from runner import Engine
from runner.catalog import Catalog
from runner.dispatch import Dispatcher, Settlement
from runner.distributed import Broker, DistributedDispatcher
from runner.distributed.circuits import CircuitRule
from runner.embedded import EmbeddedDispatcher
from runner.jobs import Job
from runner.performing import Performer
from runner.share import SandboxShare

OpenEngine = Callable[[ServiceSettings], contextlib.AbstractContextManager[Engine]]


@dataclass(frozen=True, slots=True)
class Dispatching:
    """Where jobs go, and the languages that they may be in."""

    dispatcher: Dispatcher
    catalog: Catalog


@contextlib.asynccontextmanager
async def open_dispatching(
    settings: ServiceSettings,
    database: Database,
    settlement: Settlement,
    *,
    metrics: Metrics,
    open_engine: OpenEngine,
) -> AsyncIterator[Dispatching]:
    """As the settings say. Raises :class:`runner.SettingsError` and :class:`sandboxes.IsolationError`."""
    way = _embedded(settings, settlement, metrics, open_engine)
    if settings.redis_url is not None:
        way = _distributed(settings, settings.redis_url, database, settlement)
    async with way as dispatching:
        yield dispatching


@contextlib.asynccontextmanager
async def _embedded(
    settings: ServiceSettings, settlement: Settlement, metrics: Metrics, open_engine: OpenEngine
) -> AsyncIterator[Dispatching]:
    """Jobs are done in this process, with as many slots as the engine has."""
    with contextlib.ExitStack() as owned:
        engine = owned.enter_context(open_engine(settings))
        if metrics.execution is not None:
            owned.enter_context(metrics.execution.watching(engine))
        share = SandboxShare(engine.sandbox, max(1, engine.slots - settings.reserved))
        async with EmbeddedDispatcher(
            Performer(engine, share, metrics.execution),
            settlement,
            capacity=engine.slots,
            reserved=settings.reserved,
            queue_limit=settings.queue_limit,
            executing_per_owner=settings.executing_jobs,
        ) as dispatcher:
            yield Dispatching(dispatcher, engine.inventory)


@contextlib.asynccontextmanager
async def _distributed(
    settings: ServiceSettings, redis_url: str, database: Database, settlement: Settlement
) -> AsyncIterator[Dispatching]:
    """Jobs are done by workers; what they need of this host's files travels to them."""
    languages = load_languages()
    broker = Broker(
        redis_url,
        settings.blobs_url,
        queue_limit=settings.queue_limit,
        executing_per_owner=settings.executing_jobs,
        patience_s=settings.enqueue_seconds,
        circuit=CircuitRule.of(settings),
    )

    async def accepted(job_id: str) -> Job | None:
        return await recall(database, languages, job_id, tests=settings.tests)

    dispatcher = DistributedDispatcher(broker, settlement, recall=accepted, languages=languages)
    async with dispatcher:
        yield Dispatching(dispatcher, dispatcher.catalog)
