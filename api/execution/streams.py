"""How many progress streams somebody has open."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from api.errors import RateLimitError


class Streams:
    """The streams that are open, by who reads them: nobody may have too many."""

    def __init__(self, most_each: int) -> None:
        self._most_each = most_each
        self._open: Counter[str] = Counter()

    def open(self, user_id: str) -> int:
        """How many they have."""
        return self._open[user_id]

    @contextlib.contextmanager
    def one_more(self, user_id: str) -> Iterator[None]:
        """For as long as it is open. Raises :class:`RateLimitError` for one too many."""
        if self._open[user_id] >= self._most_each:
            raise RateLimitError.of("streams", limit=self._most_each, window_s=0, retry_after_s=1)
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]
