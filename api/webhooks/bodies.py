"""What deliveries say: made of the rows at every attempt, as the owner would get it from the matching GET just then."""

from __future__ import annotations

import json
from typing import Any, Final

from api.caller import Caller
from api.database import Work
from api.enums import UserRole, WebhookEvent
from api.errors import ApiError
from api.execution.reading import batch_view
from api.execution.repository import find_batch, find_run, find_submission, runs_of_batch
from api.execution.views import Progress, result_view, submission_view
from api.problems.models import ProblemValidation
from api.problems.solutions import find_to_author
from api.problems.validations import validation_view
from api.schemas import View, moment_text
from api.users.models import User
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.schemas import WebhookView

TEST: Final = "webhook.test"
"""The event of deliveries that were asked for to try the webhook; their data is the webhook."""

_AS_SET: Final = frozenset({WebhookEvent.EXECUTION_FINISHED.value, TEST})
"""Of these, the matching GET leaves out what is not there."""


async def make_body(work: Work, delivery: WebhookDelivery, webhook: Webhook, owner: User) -> bytes | None:
    """The whole body; ``None``: the owner would get nothing any more."""
    if owner.banned_at is not None or owner.deleted_at is not None:
        return None
    data = await _data(work, delivery, webhook, owner)
    if data is None:
        return None
    message = {
        "id": delivery.id,
        "event": delivery.event,
        "createdAt": moment_text(delivery.created_at),
        "data": data.model_dump(mode="json", exclude_unset=delivery.event in _AS_SET),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def webhook_view(webhook: Webhook, *, secret: str | None = None) -> WebhookView:
    """A webhook; with its secret only where that is to be shown."""
    shown: dict[str, Any] = {} if secret is None else {"secret": secret}
    return WebhookView(
        webhook_id=webhook.id,
        url=webhook.url,
        events=[WebhookEvent(event) for event in webhook.events],
        description=webhook.description,
        active=webhook.active,
        created_at=webhook.created_at,
        **shown,
    )


async def _data(work: Work, delivery: WebhookDelivery, webhook: Webhook, owner: User) -> View | None:  # noqa: PLR0911 - a table
    subject_id = delivery.subject_id
    if subject_id is None:
        return webhook_view(webhook)
    caller = Caller(owner.id, owner.username, UserRole(owner.role), session_id="", ip_address=None)
    match delivery.event:
        case WebhookEvent.EXECUTION_FINISHED:
            run = await find_run(work.session, subject_id)
            return None if run is None or run.result is None else result_view(run)
        case WebhookEvent.SUBMISSION_FINISHED:
            submission = await find_submission(work.session, subject_id)
            if submission is None:
                return None
            return submission_view(submission, Progress.of(()), everything=caller.admin)
        case WebhookEvent.BATCH_FINISHED:
            batch = await find_batch(work.session, subject_id)
            if batch is None:
                return None
            return batch_view(batch, await runs_of_batch(work.session, batch.id), batch.compile)
        case WebhookEvent.VALIDATION_FINISHED:
            validation = await _find_validation(work, subject_id, caller)
            return None if validation is None else validation_view(validation)
    return None


async def _find_validation(work: Work, validation_id: str, caller: Caller) -> ProblemValidation | None:
    """``None`` also for who may not author problems any more."""
    validation = await work.session.get(ProblemValidation, validation_id)
    if validation is None:
        return None
    try:
        await find_to_author(work, validation.problem_id, caller=caller)
    except ApiError:
        return None
    return validation
