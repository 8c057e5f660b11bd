"""How many runs go on at once, and on which processors."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence

from sandboxes.sandbox import Permit


class Permits:
    """``count`` permits to run. With ``processors`` each permit is one of them, and a run stays on it."""

    def __init__(self, count: int, processors: Sequence[int] = ()) -> None:
        self.count = count
        self._free: deque[int | None] = deque(processors[:count] if processors else [None] * count)
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(self) -> Iterator[Permit]:
        """Wait for a permit and hold it."""
        with self._changed:
            while not self._free:
                self._changed.wait()
            processor = self._free.popleft()
        try:
            yield Permit(processor)
        finally:
            with self._changed:
                self._free.appendleft(processor)  # whose caches are warm
                self._changed.notify_all()

    def wait_for_quiet(self, most_s: float) -> None:
        """Wait until nothing runs, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._free) == self.count, most_s)
