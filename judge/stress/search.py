"""The smallest input found so far, and what may be tried in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from judge.stress.text import Lines, joined, lines_of

StillFails = Callable[[bytes], bool]
"""Whether an input still shows what is looked for. Has to answer the same for the same bytes."""


class EnoughError(Exception):
    """As much was tried as may be, or somebody said stop."""


class Search:
    """Keeps the best input: the shortest, and of equally long ones the first in the order of bytes.

    ``tries``  how often ``still_fails`` was asked
    """

    def __init__(self, found: bytes, still_fails: StillFails, *, most: int | None, stopped: Callable[[], bool]) -> None:
        self.best = found
        self.tries = 0
        self._still_fails = still_fails
        self._most = most
        self._stopped = stopped
        self._seen = {_digest(found)}
        self._of, self._lines = found, lines_of(found)

    @property
    def lines(self) -> Lines:
        """The best input by lines and words."""
        if self._of is not self.best:
            self._of, self._lines = self.best, lines_of(self.best)
        return self._lines

    def accepts(self, candidate: Lines | bytes) -> bool:
        """Whether a candidate is smaller and still fails; from then on it is the best. Raises :class:`EnoughError`."""
        if self._stopped() or (self._most is not None and self.tries >= self._most):
            raise EnoughError
        text = candidate if isinstance(candidate, bytes) else joined(candidate)
        if (len(text), text) >= (len(self.best), self.best):
            return False
        if (digest := _digest(text)) in self._seen:
            return False
        self._seen.add(digest)
        self.tries += 1
        if not self._still_fails(text):
            return False
        self.best = text
        return True


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).digest()
