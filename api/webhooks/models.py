"""Webhooks as rows, what is still to be delivered to them, and what was tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, Json, UtcDateTime


class Webhook(Base):
    """An address that somebody wants to be told at.

    ``salt``            what its secret is made from (``signing.py``): the secret itself is kept nowhere
    ``old_salt``        the one before the last rotation, which signs too until ``old_until``
    ``failed_in_row``   deliveries that were given up since the last that succeeded
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_user_id_created_at_id", "user_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(Json)
    description: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool]
    salt: Mapped[str] = mapped_column(String(64))
    old_salt: Mapped[str | None] = mapped_column(String(64))
    old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_in_row: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """Something a webhook has to be told and was not yet; gone as soon as it was, or is given up.

    ``subject_id``  the job it tells of, from which its body is made anew at every attempt; ``None``: of a test
    ``attempts``    how often it was tried in vain
    ``due_at``      when it may be tried next; of one that is being tried, when whoever does is believed to be dead
    ``claim``       who is trying: a fresh id each time; ``None``: nobody
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    claim: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookAttempt(Base):
    """One attempt at a delivery, for the owner to read. ``attempt``: 1 for the first.

    ``status_code``  of the answer; ``None``: there was none
    ``error``        why it failed, for people; ``None``: it did not
    """

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_webhook_id_delivered_at_id", "webhook_id", "delivered_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    delivery_id: Mapped[str] = mapped_column(Id)
    event: Mapped[str] = mapped_column(String(30))
    attempt: Mapped[int]
    status_code: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    delivered_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
