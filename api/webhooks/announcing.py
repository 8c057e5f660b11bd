"""Writing down, with a job's end, whom it has to be told to."""

from __future__ import annotations

from typing import Final

from api.database import Work, new_id
from api.enums import WebhookEvent
from api.webhooks import repository
from api.webhooks.models import WebhookDelivery
from runner.jobs import JobKind

EVENTS: Final = {
    JobKind.RUN: WebhookEvent.EXECUTION_FINISHED,
    JobKind.SUBMISSION: WebhookEvent.SUBMISSION_FINISHED,
    JobKind.BATCH: WebhookEvent.BATCH_FINISHED,
    JobKind.VALIDATION: WebhookEvent.VALIDATION_FINISHED,
}


async def announce(work: Work, event: WebhookEvent, *, owner_id: str, subject_id: str, chosen: str | None) -> bool:
    """Have the webhook ``chosen`` told, else all of the owner's that are subscribed; whether there are any.

    They are told once the transaction is committed, whatever is killed then; those that are not active never are.
    """
    found = await repository.webhooks_to_tell(work.session, owner_id, chosen)
    told = [webhook for webhook in found if chosen is not None or event.value in webhook.events]
    for webhook in told:
        add_delivery(work, webhook.id, event.value, subject_id)
    await work.session.flush()
    return bool(told)


def add_delivery(work: Work, webhook_id: str, event: str, subject_id: str | None) -> str:
    """A delivery that is due now; its id."""
    delivery = WebhookDelivery(
        id=new_id(),
        webhook_id=webhook_id,
        event=event,
        subject_id=subject_id,
        attempts=0,
        due_at=work.now,
        created_at=work.now,
    )
    work.session.add(delivery)
    return delivery.id
