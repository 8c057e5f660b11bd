"""The webhook that a request for a job names."""

from __future__ import annotations

from api.caller import Caller
from api.database import Work
from api.errors import WebhookNotFoundError
from api.webhooks.repository import find_webhook


async def check_webhook(work: Work, caller: Caller, webhook_id: str | None) -> None:
    """Raises :class:`WebhookNotFoundError` for an id of none of the caller's; ``None``: none is named."""
    if webhook_id is not None and await find_webhook(work.session, caller.user_id, webhook_id) is None:
        raise WebhookNotFoundError
