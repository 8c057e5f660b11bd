"""Routes of webhooks (API.md 11.8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.errors import WebhookNotFoundError
from api.pagination import PageDep
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.schemas import Listing, Page
from api.webhooks import service
from api.webhooks.schemas import DeliveryView, TestAccepted, WebhookBody, WebhookView

webhooks = router(tags=["webhooks"])

WebhookId = Annotated[str, Path(alias="webhookId")]


@webhooks.post("/webhooks", status_code=201, summary="Create a webhook", response_model_exclude_unset=True)
@operation(idempotent=True, transaction=Transaction.NONE)
async def create_webhook(body: WebhookBody, caller: CallerDep, services: ServicesDep) -> WebhookView:
    """Have an address told of what becomes of one's jobs; one person has 10 at most.

    The secret that deliveries are signed with is shown only here.
    """
    return await service.create_webhook(services, caller, body)


@webhooks.get("/webhooks", summary="List webhooks", response_model_exclude_unset=True)
@operation()
async def list_webhooks(caller: CallerDep, work: WorkDep) -> Listing[WebhookView]:
    """One's own, oldest first, without their secrets."""
    return await service.list_webhooks(work, caller)


@webhooks.post(
    "/webhooks/{webhookId}/rotate-secret", summary="Give a webhook a new secret", response_model_exclude_unset=True
)
@operation(errors=(WebhookNotFoundError,))
async def rotate_secret(webhook_id: WebhookId, caller: CallerDep, work: WorkDep, services: ServicesDep) -> WebhookView:
    """The secret is shown only here. For 24 hours deliveries are signed with the one before as well."""
    return await service.rotate_secret(work, services, caller, webhook_id)


@webhooks.post("/webhooks/{webhookId}/test", status_code=202, summary="Try a webhook")
@operation(errors=(WebhookNotFoundError,))
async def try_webhook(webhook_id: WebhookId, caller: CallerDep, work: WorkDep, services: ServicesDep) -> TestAccepted:
    """Deliver an event `webhook.test` whose data is the webhook. One that is not active is again, once this arrives."""
    return await service.try_webhook(work, services, caller, webhook_id)


@webhooks.get("/webhooks/{webhookId}/deliveries", summary="List the deliveries to a webhook")
@operation(errors=(WebhookNotFoundError,))
async def list_deliveries(webhook_id: WebhookId, page: PageDep, caller: CallerDep, work: WorkDep) -> Page[DeliveryView]:
    """Every attempt of the last 30 days, newest first; attempts at the same delivery share its `deliveryId`."""
    return await service.list_deliveries(work, caller, webhook_id, page=page)


@webhooks.delete("/webhooks/{webhookId}", status_code=204, summary="Delete a webhook")
@operation(errors=(WebhookNotFoundError,))
async def delete_webhook(webhook_id: WebhookId, caller: CallerDep, work: WorkDep) -> None:
    """What was to be delivered to it is not any more."""
    await service.delete_webhook(work, caller, webhook_id)
