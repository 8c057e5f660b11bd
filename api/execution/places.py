"""Places that each person has a few of, such as requests that are held for them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator


class Places:
    """Counts who has how many of them in this process. To be used in one event loop only."""

    def __init__(self, most_each: int) -> None:
        self.most_each = most_each
        self._taken: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many all have together."""
        return self._taken.total()

    def taken(self, user_id: str) -> int:
        """How many somebody has."""
        return self._taken[user_id]

    @contextlib.contextmanager
    def one(self, user_id: str) -> Iterator[bool]:
        """One for as long as the context lasts; ``False``: somebody has as many as they may."""
        free = self._taken[user_id] < self.most_each
        if free:
            self._taken[user_id] += 1
        try:
            yield free
        finally:
            if free:
                self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
