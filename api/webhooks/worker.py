"""A worker that makes deliveries: it belongs to the service, has its database and secrets, and runs no programs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import threading
import uuid
from collections.abc import Coroutine, Iterator
from importlib.metadata import version
from typing import Annotated, Any, Final

import celery.signals
from celery import Celery
from pydantic import Field

from api.clock import Clock, SystemClock
from api.database import Database
from api.keys import load_secrets
from api.settings import ServiceSettings
from api.webhooks import repository
from api.webhooks.addresses import AddressGuard, SystemResolver
from api.webhooks.delivering import LEASE, Deliverer, delivery_counter
from api.webhooks.distributed import QUEUE, TASK
from api.webhooks.posting import Poster
from api.webhooks.signing import Signer
from runner import SettingsError
from runner.distributed.celery import make_celery
from runner.metrics import DEFAULT_PORT, Instruments, process_registry, serve_metrics

_AT_ONCE: Final = 16


class WebhookWorkerSettings(ServiceSettings):
    """Settings of one such worker; those of the service are among them, of which it needs database and Redis.

    ``metrics_host``, ``metrics_port``  where its metrics can be read (``SYNCODE_METRICS_PORT``); 0: anywhere
    """

    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = DEFAULT_PORT


@contextlib.contextmanager
def create_webhook_worker(settings: WebhookWorkerSettings, *, clock: Clock | None = None) -> Iterator[WebhookWorker]:
    """A worker, and everything that it needs, closed when it is left; the database must be migrated.

    Raises :class:`runner.SettingsError`.
    """
    if settings.redis_url is None:
        raise SettingsError("SYNCODE_REDIS_URL: a worker needs the Redis that it shares with the service")
    if settings.embedded:
        raise SettingsError("SYNCODE_DATABASE_URL: a worker that delivers webhooks needs the service's PostgreSQL")
    with contextlib.ExitStack() as owned:
        signer = _signer(settings)
        resolver = SystemResolver()
        owned.callback(resolver.close)
        guard = AddressGuard(resolver, allowed=settings.webhook_allowed_networks)
        poster = Poster(guard, ca_file=settings.webhook_ca_file)
        loop = owned.enter_context(_Loop())
        database = Database.open(settings.database, clock or SystemClock(), connections=settings.database_connections)
        owned.callback(lambda: loop.do(database.close()))
        registry = process_registry(version=version("syncode"), commit=settings.commit)
        counter = delivery_counter(Instruments(registry))
        deliverer = Deliverer(database, poster, signer, counter, release=version("syncode"))
        app = make_celery(settings.redis_url)
        owned.callback(app.close)
        owned.enter_context(serve_metrics(registry, settings.metrics_host, settings.metrics_port))
        yield WebhookWorker(app, database, deliverer, loop)


def _signer(settings: ServiceSettings) -> Signer:
    """With the key for webhooks alone, if there is one: the service's other secrets are none of its business then."""
    if settings.webhook_secret is not None:
        return Signer(settings.webhook_secret.get_secret_value().encode())
    return Signer.of(settings, load_secrets(settings))


class _Loop:
    """An event loop in a thread of its own, for what several threads want to have done in one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="deliveries", daemon=True)

    def do(self, wanted: Coroutine[Any, Any, None]) -> None:
        """Wait until it is done; raises what it raises."""
        asyncio.run_coroutine_threadsafe(wanted, self._loop).result()

    def __enter__(self) -> _Loop:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class WebhookWorker:
    """Made by :func:`create_webhook_worker`; :meth:`run` works until a signal says to stop."""

    def __init__(self, app: Celery, database: Database, deliverer: Deliverer, loop: _Loop) -> None:
        self.name = f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._app = app
        self._database = database
        self._deliverer = deliverer
        self._loop = loop

    def run(self) -> int:
        """Deliver until a signal says to stop, then end what is being delivered; the exit code."""
        celery.signals.setup_logging.connect(_leave_logs_alone)
        self._app.task(name=TASK, bind=False)(self._do)
        worker = self._app.Worker(
            hostname=f"webhooks@{self.name}",
            pool="threads",
            concurrency=_AT_ONCE,
            queues=[QUEUE],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
            loglevel="INFO",
        )
        worker.start()
        return int(worker.exitcode or 0)

    def _do(self, delivery_id: str, claim: str) -> None:
        """One task. What cannot be done now, for want of the database, is handed over again when its claim is old."""
        self._loop.do(self._deliver(delivery_id, claim))

    async def _deliver(self, delivery_id: str, claim: str) -> None:
        async with self._database.write() as work:
            if not await repository.keep_claim(work.session, delivery_id, claim, work.now + LEASE):
                return
        await self._deliverer.deliver(delivery_id, claim)


def _leave_logs_alone(**_: object) -> None:
    """Celery would make its own; whoever runs the worker has made them."""
