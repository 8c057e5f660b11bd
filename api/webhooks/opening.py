"""Assembly of what a process of the service has for webhooks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from api.clock import Clock
from api.database import Database
from api.keys import Secrets
from api.metrics import Metrics
from api.settings import ServiceSettings
from api.webhooks.addresses import AddressGuard, Resolve, SystemResolver
from api.webhooks.courier import Webhooks
from api.webhooks.delivering import Deliverer
from api.webhooks.embedded import EmbeddedCourier
from api.webhooks.posting import Poster
from api.webhooks.signing import Signer


def make_guard(settings: ServiceSettings, owned: contextlib.ExitStack, resolve: Resolve | None = None) -> AddressGuard:
    """What says where webhooks may lead; ``resolve``: in place of the machine's own way to look hosts up."""
    if resolve is None:
        resolve = system = SystemResolver()
        owned.callback(system.close)
    return AddressGuard(resolve, allowed=settings.webhook_allowed_networks)


def make_deliverer(
    settings: ServiceSettings, database: Database, *, guard: AddressGuard, signer: Signer, metrics: Metrics
) -> Deliverer:
    """Who makes deliveries in this process. Raises :class:`runner.SettingsError` for certificates that are none."""
    poster = Poster(guard, ca_file=settings.webhook_ca_file)
    return Deliverer(database, poster, signer, metrics, release=version("syncode"))


@contextlib.asynccontextmanager
async def open_webhooks(
    settings: ServiceSettings, secrets: Secrets, *, clock: Clock, database: Database, metrics: Metrics
) -> AsyncIterator[Webhooks]:
    """What the service needs; due deliveries are made while the context lasts."""
    with contextlib.ExitStack() as owned:
        guard, signer = make_guard(settings, owned), Signer.of(settings, secrets)
        deliverer = make_deliverer(settings, database, guard=guard, signer=signer, metrics=metrics)
        async with EmbeddedCourier(database, deliverer, clock, alone=settings.embedded) as courier:
            yield Webhooks(signer, guard, courier)
