"""What an account may use up in a day (UTC)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from api.database import Work
from api.errors import TooManyError


class Quota(StrEnum):
    """What is counted; also the ``scope`` of the error when it is used up (``execution_daily``, ``ai_daily``)."""

    EXECUTION = "execution"
    AI = "ai"


async def spend(
    work: Work, user_id: str, quota: Quota, amount: int = 1, *, limit: int, error: type[TooManyError]
) -> None:
    """Count ``amount`` for today. Raises ``error`` (``scope`` = ``<quota>_daily``), counting nothing, above ``limit``."""
    raise NotImplementedError


async def refund(work: Work, user_id: str, quota: Quota, amount: int = 1, *, day: date) -> None:
    """Give back what was spent on ``day``; never below nothing."""
    raise NotImplementedError
