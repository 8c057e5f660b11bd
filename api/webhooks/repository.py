"""SQL of webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import is_id, new_id, table_of
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery

_WEBHOOKS: Final = table_of(Webhook)
# Made once, and of the table: every job asks this at its end, and most are told nobody of.
_TO_TELL: Final = (
    select(_WEBHOOKS.c.id, _WEBHOOKS.c.events)
    .where(_WEBHOOKS.c.user_id == bindparam("owner"), _WEBHOOKS.c.active)
    .order_by(_WEBHOOKS.c.id)
    .with_for_update(read=True, key_share=True)
)
_TO_TELL_CHOSEN: Final = _TO_TELL.where(_WEBHOOKS.c.id == bindparam("chosen"))


@dataclass(frozen=True, slots=True)
class ToTell:
    """A webhook that may have to be told of something. ``events``: names of what it is subscribed to."""

    id: str
    events: tuple[str, ...]


async def find_webhook(session: AsyncSession, user_id: str, webhook_id: str, *, lock: bool = False) -> Webhook | None:
    """One of somebody's; ``lock``: nobody else changes it until the transaction ends."""
    if not is_id(webhook_id):
        return None
    statement = select(Webhook).where(Webhook.id == webhook_id, Webhook.user_id == user_id)
    statement = statement.with_for_update(key_share=True) if lock else statement
    return (await session.execute(statement)).scalar_one_or_none()


async def webhooks_of(session: AsyncSession, user_id: str) -> Sequence[Webhook]:
    """All of somebody's, oldest first."""
    statement = select(Webhook).where(Webhook.user_id == user_id).order_by(Webhook.created_at, Webhook.id)
    return (await session.execute(statement)).scalars().all()


async def count_webhooks(session: AsyncSession, user_id: str) -> int:
    """How many somebody has."""
    statement = select(func.count()).select_from(Webhook).where(Webhook.user_id == user_id)
    return (await session.execute(statement)).scalar_one()


async def delete_webhook(session: AsyncSession, webhook_id: str) -> None:
    """With all that was, and was to be, delivered to it."""
    await session.execute(delete(Webhook).where(Webhook.id == webhook_id))


async def delete_webhooks_of(session: AsyncSession, user_id: str) -> None:
    """All of somebody's, who wants nothing to be left of them."""
    await session.execute(delete(Webhook).where(Webhook.user_id == user_id))


async def webhooks_to_tell(session: AsyncSession, user_id: str, chosen: str | None) -> Sequence[ToTell]:
    """The active ones of somebody, of which none can be deleted before the transaction ends.

    ``chosen``: only this one.
    """
    statement = _TO_TELL if chosen is None else _TO_TELL_CHOSEN
    rows = await session.execute(statement, {"owner": user_id, "chosen": chosen})
    return [ToTell(row.id, tuple(row.events)) for row in rows]


async def claim_due(
    session: AsyncSession, now: datetime, *, most: int, per_user: int, lease: timedelta
) -> dict[str, str]:
    """Take up to ``most`` deliveries that are due, and that nobody else takes, for the length of ``lease``.

    Of one person, no more than ``per_user`` are taken at any time: slow receivers hold up nobody else's deliveries.
    Gives claims by the ids of deliveries.
    """
    taken = (
        select(Webhook.user_id, func.count())
        .join(WebhookDelivery, WebhookDelivery.webhook_id == Webhook.id)
        .where(WebhookDelivery.claim.is_not(None), WebhookDelivery.due_at > now)
        .group_by(Webhook.user_id)
    )
    busy: dict[str, int] = {row[0]: row[1] for row in await session.execute(taken)}
    full = [user_id for user_id, count in busy.items() if count >= per_user]
    due = (
        select(WebhookDelivery.id, Webhook.user_id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.due_at <= now, Webhook.user_id.not_in(full))
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(most)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    claims: dict[str, str] = {}
    for id_, user_id in (await session.execute(due)).all():
        if busy.get(user_id, 0) < per_user:
            busy[user_id] = busy.get(user_id, 0) + 1
            claims[id_] = new_id()
    for id_, claim in claims.items():
        await session.execute(
            update(WebhookDelivery).where(WebhookDelivery.id == id_).values(claim=claim, due_at=now + lease)
        )
    return claims


async def next_due(session: AsyncSession) -> datetime | None:
    """When the first of all that wait is due; ``None``: none waits."""
    return (await session.execute(select(func.min(WebhookDelivery.due_at)))).scalar_one()


async def keep_claim(session: AsyncSession, delivery_id: str, claim: str, until: datetime) -> bool:
    """Hold a delivery until then; ``False``: somebody else has it, or it is gone."""
    statement = update(WebhookDelivery).where(*_claimed(delivery_id, claim)).values(due_at=until)
    return (await session.execute(statement.returning(WebhookDelivery.id))).first() is not None


async def release_claims(session: AsyncSession, claims: dict[str, str] | None, now: datetime) -> None:
    """What is claimed so is due at once; ``None``: whatever is claimed at all."""
    free = {"claim": None, "due_at": now}
    if claims is None:
        await session.execute(update(WebhookDelivery).where(WebhookDelivery.claim.is_not(None)).values(**free))
    for id_, claim in (claims or {}).items():
        await session.execute(update(WebhookDelivery).where(*_claimed(id_, claim)).values(**free))


async def postpone(session: AsyncSession, delivery_id: str, claim: str, *, attempts: int, due_at: datetime) -> bool:
    """It was tried in vain; ``False``, changing nothing: the claim is not good any more."""
    later = {"claim": None, "attempts": attempts, "due_at": due_at}
    statement = update(WebhookDelivery).where(*_claimed(delivery_id, claim)).values(**later)
    return (await session.execute(statement.returning(WebhookDelivery.id))).first() is not None


async def take_away(session: AsyncSession, delivery_id: str, claim: str) -> bool:
    """It is delivered, or given up; ``False``, changing nothing: the claim is not good any more."""
    statement = delete(WebhookDelivery).where(*_claimed(delivery_id, claim)).returning(WebhookDelivery.id)
    return (await session.execute(statement)).first() is not None


async def note_success(session: AsyncSession, webhook_id: str, *, revive: bool) -> None:
    """The row of failures is broken. ``revive``: it is active again, if it was not."""
    values = {"failed_in_row": 0, **({"active": True} if revive else {})}
    await session.execute(update(Webhook).where(Webhook.id == webhook_id).values(**values))


async def note_failure(session: AsyncSession, webhook_id: str, *, most: int) -> bool:
    """One more delivery was given up; with ``most`` in a row it is active no more, and gets nothing that still waits.

    Whether it is active.
    """
    failed = Webhook.failed_in_row + 1
    values = {"failed_in_row": failed, "active": case((failed >= most, False), else_=Webhook.active)}
    statement = update(Webhook).where(Webhook.id == webhook_id).values(**values).returning(Webhook.active)
    active = bool((await session.execute(statement)).scalar_one())
    if not active:
        await session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id))
    return active


async def forget_attempts(session: AsyncSession, before: datetime) -> None:
    """Attempts that are that old are remembered no longer."""
    await session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivered_at < before))


def untold(ids: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """A condition: some webhook still waits to be told of the job with this id."""
    return ids.in_(select(WebhookDelivery.subject_id).where(WebhookDelivery.subject_id.is_not(None)))


def _claimed(delivery_id: str, claim: str) -> Collection[ColumnElement[bool]]:
    return (WebhookDelivery.id == delivery_id, WebhookDelivery.claim == claim)
