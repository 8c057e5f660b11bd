"""What an account may use up in a day (UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import CursorResult, bindparam, case, select, update
from sqlalchemy.exc import IntegrityError

from api.database import Work, table_of
from api.errors import TooManyError
from api.users.models import Usage

_DAY_S: Final = 86_400

# Of the table, and made once: every job is counted.
_USAGE: Final = table_of(Usage)
_COUNT: Final = (
    update(_USAGE)
    .where(
        _USAGE.c.user_id == bindparam("of_user"),
        _USAGE.c.kind == bindparam("of_kind"),
        _USAGE.c.day == bindparam("of_day"),
        _USAGE.c.used <= bindparam("most"),
    )
    .values(used=_USAGE.c.used + bindparam("more"))
)


class Quota(StrEnum):
    """What is counted; also the ``scope`` of the error when it is used up (``execution_daily``, ``ai_daily``)."""

    EXECUTION = "execution"
    AI = "ai"


async def spend(
    work: Work, user_id: str, quota: Quota, amount: int = 1, *, limit: int, error: type[TooManyError]
) -> None:
    """Count ``amount`` for today. Above ``limit``: counts nothing, raises ``error`` (``scope``: ``<quota>_daily``)."""
    if amount > limit or not (await _add(work, user_id, quota, amount, limit=limit)):
        wait_s = (resets_at(work.now) - work.now).total_seconds()
        raise error.of(f"{quota}_daily", limit=limit, window_s=_DAY_S, retry_after_s=wait_s)


async def refund(work: Work, user_id: str, quota: Quota, amount: int = 1, *, day: date) -> None:
    """Give back what was spent on ``day``; never below nothing."""
    rest = case((Usage.used > amount, Usage.used - amount), else_=0)
    mine = (Usage.user_id == user_id, Usage.kind == quota.value, Usage.day == day)
    await work.session.execute(update(Usage).where(*mine).values(used=rest))


async def used_today(work: Work, user_id: str) -> dict[Quota, int]:
    """How much of each quota somebody has used today."""
    statement = select(Usage.kind, Usage.used).where(Usage.user_id == user_id, Usage.day == today(work.now))
    found = {row.kind: row.used for row in await work.session.execute(statement)}
    return {quota: found.get(quota.value, 0) for quota in Quota}


def today(now: datetime) -> date:
    """The day that ``now`` counts for."""
    return now.astimezone(UTC).date()


def resets_at(now: datetime) -> datetime:
    """When the next day begins."""
    return datetime.combine(today(now) + timedelta(days=1), time(), UTC)


async def _add(work: Work, user_id: str, quota: Quota, amount: int, *, limit: int) -> bool:
    """Whether it was counted. Correct however many do it at once: the condition is the statement's own."""
    day = today(work.now)
    given = {"of_user": user_id, "of_kind": quota.value, "of_day": day, "more": amount, "most": limit - amount}

    async def count() -> bool:
        result = await work.session.execute(_COUNT, given)
        return cast("CursorResult[Any]", result).rowcount > 0

    if await count():
        return True
    try:
        async with work.session.begin_nested():
            work.session.add(Usage(user_id=user_id, kind=quota.value, day=day, used=amount))
    except IntegrityError:
        # It is there: full, or made by somebody else since.
        return await count()
    return True
