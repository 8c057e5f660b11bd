"""Webhooks of a person: made, listed, given new secrets, tried, deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, select

from api.caller import Caller
from api.database import Work, new_id
from api.errors import RateLimitError, ValidationFailedError, WebhookNotFoundError
from api.pagination import Keyset, PageQuery, paginate
from api.ratelimit import Rule
from api.schemas import Listing, Page
from api.services import Services
from api.users.models import User
from api.webhooks import repository
from api.webhooks.addresses import AddressError
from api.webhooks.announcing import add_delivery
from api.webhooks.bodies import TEST, webhook_view
from api.webhooks.models import Webhook, WebhookAttempt
from api.webhooks.schemas import DeliveryView, TestAccepted, WebhookBody, WebhookView
from api.webhooks.signing import new_salt

MOST: Final = 10
"""How many one person may have."""

_CALLS: Final = "webhook_calls"
_OLD_SIGNS: Final = timedelta(hours=24)
_TRY_AGAIN_S: Final = 60


async def create_webhook(services: Services, caller: Caller, body: WebhookBody) -> WebhookView:
    """A new webhook, with its secret. Its host is looked up before anything is locked.

    Raises :class:`ValidationFailedError` for a URL that may not be told anything, and :class:`RateLimitError` for who
    has as many as one may (``scope``: ``webhooks``) or calls too often (``webhook_calls``).
    """
    await _spend_call(services, caller)
    try:
        await services.webhooks.guard.check(body.url)
    except AddressError as error:
        raise ValidationFailedError.of("url", str(error)) from None
    async with services.database.write() as work:
        # Two at once are counted in turn.
        await work.session.execute(select(User.id).where(User.id == caller.user_id).with_for_update(key_share=True))
        if await repository.count_webhooks(work.session, caller.user_id) >= MOST:
            raise RateLimitError.of("webhooks", limit=MOST, window_s=0, retry_after_s=_TRY_AGAIN_S)
        webhook = Webhook(
            id=new_id(),
            user_id=caller.user_id,
            url=body.url,
            events=[event.value for event in body.events],
            description=(body.description or None) if "description" in body.model_fields_set else None,
            active=True,
            salt=new_salt(),
            failed_in_row=0,
            created_at=work.now,
        )
        work.session.add(webhook)
    return webhook_view(webhook, secret=services.webhooks.signer.secret(webhook.salt))


async def list_webhooks(work: Work, caller: Caller) -> Listing[WebhookView]:
    """The caller's, oldest first."""
    found = await repository.webhooks_of(work.session, caller.user_id)
    return Listing(data=[webhook_view(webhook) for webhook in found])


async def rotate_secret(work: Work, services: Services, caller: Caller, webhook_id: str) -> WebhookView:
    """A new secret; the one before signs too for a day. Raises :class:`WebhookNotFoundError`."""
    webhook = await _find(work, caller, webhook_id, lock=True)
    webhook.old_salt, webhook.old_until = webhook.salt, work.now + _OLD_SIGNS
    webhook.salt = new_salt()
    await work.session.flush()
    return webhook_view(webhook, secret=services.webhooks.signer.secret(webhook.salt))


async def try_webhook(work: Work, services: Services, caller: Caller, webhook_id: str) -> TestAccepted:
    """Have something delivered, also to a webhook that is not active.

    Raises :class:`WebhookNotFoundError`, and :class:`RateLimitError` (``scope``: ``webhook_calls``).
    """
    webhook = await _find(work, caller, webhook_id, lock=True)
    await _spend_call(services, caller)
    delivery_id = add_delivery(work, webhook.id, TEST, None)
    await work.session.flush()
    work.after_commit(services.webhooks.tell)
    return TestAccepted(delivery_id=delivery_id)


async def list_deliveries(work: Work, caller: Caller, webhook_id: str, *, page: PageQuery) -> Page[DeliveryView]:
    """Every attempt, newest first. Raises :class:`WebhookNotFoundError`."""
    webhook = await _find(work, caller, webhook_id)
    statement = select(WebhookAttempt).where(WebhookAttempt.webhook_id == webhook.id)
    keyset = Keyset(WebhookAttempt.delivered_at, WebhookAttempt.id, ("webhook deliveries", webhook.id))
    return await paginate(work.session, statement, page, keyset, show=_delivery_view)


async def delete_webhook(work: Work, caller: Caller, webhook_id: str) -> None:
    """With all that was to be delivered to it. Raises :class:`WebhookNotFoundError`."""
    webhook = await _find(work, caller, webhook_id, lock=True)
    await repository.delete_webhook(work.session, webhook.id)


async def forget_old_attempts(services: Services) -> None:
    """Remove what is remembered of attempts that are too old."""
    async with services.database.write() as work:
        await repository.forget_attempts(work.session, work.now - timedelta(days=services.settings.webhook_log_days))


def _delivery_view(row: Row[Any]) -> DeliveryView:
    attempt: WebhookAttempt = row.WebhookAttempt
    return DeliveryView(
        delivery_id=attempt.delivery_id,
        event=attempt.event,
        attempt=attempt.attempt,
        status_code=attempt.status_code,
        error=attempt.error,
        delivered_at=attempt.delivered_at,
    )


async def _spend_call(services: Services, caller: Caller) -> None:
    """What has the service look up hosts that people name, or connect to them, may be asked for only so often."""
    await services.limiter.spend(Rule(_CALLS, services.settings.webhook_calls_per_minute), caller.user_id)


async def _find(work: Work, caller: Caller, webhook_id: str, *, lock: bool = False) -> Webhook:
    webhook = await repository.find_webhook(work.session, caller.user_id, webhook_id, lock=lock)
    if webhook is None:
        raise WebhookNotFoundError
    return webhook
