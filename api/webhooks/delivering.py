"""One attempt at one delivery, and what follows from how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from prometheus_client import Counter

from api.database import Database, Work, new_id
from api.users.models import User
from api.webhooks import repository
from api.webhooks.bodies import TEST, make_body
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from api.webhooks.posting import Posted, Poster
from api.webhooks.signing import Signer, signature
from runner.metrics import Instruments

_log = structlog.get_logger("api")

RETRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
"""When a delivery is tried again after each attempt that failed; then it is given up."""

MOST_FAILED: Final = 20
"""After so many deliveries in a row that were given up, a webhook is active no more."""

LEASE: Final = timedelta(seconds=30)
"""How long an attempt may take: longer than making the body, sending it and writing down what came of it can."""

_GONE: Final = Posted(None, "What this tells of is not there any more")
_BROKEN: Final = Posted(None, "The message could not be made")


@dataclass(frozen=True, slots=True)
class _Message:
    """What to send this time. ``attempt``: 1 for the first; ``body`` ``None``: there is nothing to tell any more."""

    delivery_id: str
    webhook_id: str
    url: str
    event: str
    attempt: int
    headers: dict[str, str]
    body: bytes | None


def delivery_counter(made: Instruments) -> Counter:
    """What counts attempts, for processes that have no metrics of the whole service; all results are there at once."""
    counter = made.counter(
        "webhook_deliveries_total", "Attempts at deliveries to webhooks, by what came of them", "result"
    )
    for result in ("delivered", "failed", "given_up"):
        counter.labels(result)
    return counter


class Deliverer:
    """Makes deliveries that somebody has claimed, and counts them. ``release``: of the service, for receivers' logs."""

    def __init__(self, database: Database, poster: Poster, signer: Signer, counter: Counter, *, release: str) -> None:
        self._database = database
        self._poster = poster
        self._signer = signer
        self._counter = counter
        self._agent = f"SynCode/{release}"

    async def deliver(self, delivery_id: str, claim: str) -> None:
        """Try once, if the claim is still good. Kept before anybody can try again: how it went, and when that is."""
        try:
            message = await self._prepare(delivery_id, claim)
        except Exception:  # noqa: BLE001 - of one message; the others, and the next attempts, must not wait for it
            _log.exception("a webhook's message could not be made", delivery=delivery_id)
            await self._conclude_broken(delivery_id, claim)
            return
        if message is None:
            return
        posted = _GONE
        if message.body is not None:
            posted = await self._poster.post(message.url, headers=message.headers, body=message.body)
        await self._conclude(message, claim, posted)

    async def _prepare(self, delivery_id: str, claim: str) -> _Message | None:
        async with self._database.read() as work:
            delivery = await work.session.get(WebhookDelivery, delivery_id)
            if delivery is None or delivery.claim != claim:
                return None
            webhook = await work.session.get_one(Webhook, delivery.webhook_id)
            owner = await work.session.get_one(User, webhook.user_id)
            body = await make_body(work, delivery, webhook, owner)
            salts = [webhook.salt]
            if webhook.old_salt is not None and webhook.old_until is not None and work.now < webhook.old_until:
                salts.append(webhook.old_salt)
            at_s = int(work.now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            "X-SynCode-Event": delivery.event,
            "X-SynCode-Delivery": delivery.id,
            "X-SynCode-Signature": signature([self._signer.secret(salt) for salt in salts], body or b"", at_s=at_s),
        }
        attempt = delivery.attempts + 1
        return _Message(delivery.id, webhook.id, webhook.url, delivery.event, attempt, headers, body)

    async def _conclude_broken(self, delivery_id: str, claim: str) -> None:
        async with self._database.read() as work:
            delivery = await work.session.get(WebhookDelivery, delivery_id)
        if delivery is not None:
            attempt = delivery.attempts + 1
            message = _Message(delivery.id, delivery.webhook_id, "", delivery.event, attempt, {}, None)
            await self._conclude(message, claim, _BROKEN)

    async def _conclude(self, message: _Message, claim: str, posted: Posted) -> None:
        async with self._database.write() as work:
            # First of all: whoever deletes a webhook takes the same rows in the same order.
            if await work.session.get(Webhook, message.webhook_id, with_for_update={"key_share": True}) is None:
                return
            result = await _keep(work, message, claim, posted)
        if result is not None:
            self._counter.labels(result).inc()
            _log.info("webhook", result=result, delivery=message.delivery_id, attempt=message.attempt)


async def _keep(work: Work, message: _Message, claim: str, posted: Posted) -> str | None:
    """What came of it, in a word; ``None``: it is somebody else's by now, and for them to say."""
    session, id_ = work.session, message.delivery_id
    if posted.error is None:
        result = "delivered"
        kept = await repository.take_away(session, id_, claim)
    elif posted is not _GONE and message.attempt <= len(RETRY_AFTER):
        result, due_at = "failed", work.now + RETRY_AFTER[message.attempt - 1]
        kept = await repository.postpone(session, id_, claim, attempts=message.attempt, due_at=due_at)
    else:
        result = "given_up"
        kept = await repository.take_away(session, id_, claim)
    if not kept:
        return None
    session.add(
        WebhookAttempt(
            id=new_id(),
            webhook_id=message.webhook_id,
            delivery_id=id_,
            event=message.event,
            attempt=message.attempt,
            status_code=posted.status,
            error=posted.error,
            delivered_at=work.now,
        )
    )
    await session.flush()
    if result == "delivered":
        await repository.note_success(session, message.webhook_id, revive=message.event == TEST)
    elif result == "given_up" and posted is not _GONE and posted is not _BROKEN:
        await repository.note_failure(session, message.webhook_id, most=MOST_FAILED)
    return result
