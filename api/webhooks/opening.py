"""Assembly of what a service process has for webhooks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from api.clock import Clock
from api.database import Database
from api.keys import Secrets
from api.metrics import Metrics
from api.settings import ServiceSettings
from api.webhooks.addresses import AddressGuard, SystemResolver
from api.webhooks.courier import Webhooks
from api.webhooks.delivering import Deliverer
from api.webhooks.distributed import CeleryCourier
from api.webhooks.embedded import EmbeddedCourier
from api.webhooks.posting import Poster
from api.webhooks.signing import Signer


@contextlib.asynccontextmanager
async def open_webhooks(
    settings: ServiceSettings, secrets: Secrets, *, clock: Clock, database: Database, metrics: Metrics
) -> AsyncIterator[Webhooks]:
    """While the context lasts, what is due is delivered, or handed over to workers where the settings name a Redis."""
    resolver = SystemResolver()
    guard, signer = AddressGuard(resolver, allowed=settings.webhook_allowed_networks), Signer.of(settings, secrets)
    courier: CeleryCourier | EmbeddedCourier
    if settings.redis_url is not None:
        courier = CeleryCourier(database, settings.redis_url, clock)
    else:
        poster = Poster(guard, ca_file=settings.webhook_ca_file)
        deliverer = Deliverer(database, poster, signer, metrics.webhook_deliveries, release=version("syncode"))
        courier = EmbeddedCourier(database, deliverer, clock, alone=settings.embedded)
    with contextlib.closing(resolver):
        async with courier:
            yield Webhooks(signer, guard, courier)
