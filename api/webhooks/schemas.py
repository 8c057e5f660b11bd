"""Shapes of webhooks (API.md 11.8)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from api.enums import WebhookEvent, WebhookEventIn
from api.schemas import Body, Id, Moment, Plain, Trimmed, View, absent

LONGEST_URL = 2048


def _different(events: list[WebhookEvent]) -> list[WebhookEvent]:
    if len(set(events)) < len(events):
        raise ValueError("must be different")
    return events


class WebhookBody(Body):
    """A webhook to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "https://example.com/syncode", "events": ["submission.finished"], "description": "Nightly"}
            ]
        }
    )

    url: Annotated[Plain, Field(min_length=1, max_length=LONGEST_URL)] = Field(
        description="Its scheme is https, its host on the public internet"
    )
    events: Annotated[list[WebhookEventIn], Field(min_length=1, max_length=5), AfterValidator(_different)] = Field(
        description="What to tell it of; a job that names the webhook tells it whatever this says"
    )
    description: Annotated[Trimmed, Field(max_length=200)] = Field(default_factory=absent)


class WebhookView(View):
    """⟨Webhook⟩."""

    webhook_id: Id
    url: str
    events: list[WebhookEvent]
    description: str | None
    active: bool = Field(
        description="`false` since 20 deliveries in a row were given up; a test that arrives undoes it"
    )
    created_at: Moment
    secret: str | None = Field(
        None, description="What deliveries are signed with; only when it was made or rotated just now"
    )


class TestAccepted(View):
    """A test that will be delivered."""

    __test__ = False

    delivery_id: Id


class DeliveryView(View):
    """One attempt at a delivery."""

    delivery_id: Id = Field(description="Equal for all attempts at one delivery")
    event: str = Field(description="One of the events, or `webhook.test`", examples=["submission.finished"])
    attempt: int = Field(description="1: the first")
    status_code: int | None = Field(description="Of the answer; null if there was none")
    error: str | None = Field(description="Why it failed; null if it did not")
    delivered_at: Moment = Field(description="When it was tried")
