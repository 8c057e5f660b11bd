"""What time it is: the one clock of the service, so that tests can have another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, in UTC, to the millisecond (what the wire and the database keep)."""
        ...


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        """See :meth:`Clock.now`."""
        return whole_ms(datetime.now(UTC))


def whole_ms(moment: datetime) -> datetime:
    """The moment without what is finer than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
