"""Webhooks as their owners use them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select

from api.webhooks.models import WebhookDelivery
from tests.api.execution.work import until
from tests.api.people import Json, Person, Service, expect

EVENTS: Final = [
    "execution.finished",
    "submission.finished",
    "batch.finished",
    "validation.finished",
    "report.ready",
]


async def make(person: Person, url: str, *events: str, **more: Any) -> Json:
    """A new webhook, of all events unless some are named."""
    return dict(expect(await person.post("/webhooks", {"url": url, "events": list(events) or EVENTS, **more}), 201))


async def mine(person: Person) -> list[Json]:
    """Somebody's webhooks."""
    return list(expect(await person.get("/webhooks"))["data"])


async def attempts(person: Person, webhook: Json) -> list[Json]:
    """What was tried, newest first."""
    return list(expect(await person.get(f"/webhooks/{webhook['webhookId']}/deliveries", limit=100))["data"])


async def waiting(service: Service) -> int:
    """How many deliveries are still to be made."""
    async with service.services.database.read() as work:
        return (await work.session.execute(select(func.count()).select_from(WebhookDelivery))).scalar_one()


async def settled(service: Service) -> None:
    """Wait until nobody is delivering anything."""

    async def is_settled() -> bool:
        async with service.services.database.read() as work:
            due = WebhookDelivery.claim.is_not(None) | (WebhookDelivery.due_at <= work.now)
            return (await work.session.execute(select(WebhookDelivery.id).where(due))).first() is None

    await until(is_settled)


async def later(service: Service, **duration: float) -> None:
    """Move the clock, and wait until everything is delivered that is due by then."""
    service.clock.forward(**duration)
    service.services.webhooks.courier.wake()
    await settled(service)
