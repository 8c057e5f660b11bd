"""Events of jobs, kept in memory while a job goes on and for a moment after: whoever comes late misses nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from runner.events import EventKind, JobEvent

KEPT_S: Final = 60.0
"""How long events are kept after the last one."""


class Journal:
    """Events by job. To be used in one event loop only.

    Ids begin at the millisecond this journal was made at, so that they grow from one process to the next too: whoever
    read up to an id of an earlier process gets everything of this one.
    """

    def __init__(self) -> None:
        self._first_id = time.time_ns() // 1_000_000
        self._logs: dict[str, _Log] = {}

    def open(self, id_: str) -> None:
        """From now on keep what happens to it."""
        self._logs.setdefault(id_, _Log(self._first_id))

    def append(self, id_: str, kind: EventKind, data: dict[str, Any]) -> None:
        """Something happened; ``RESULT`` is the last event. What is not open, or over, is past telling."""
        log = self._logs.get(id_)
        if log is None or log.over:
            return
        log.append(kind, data)
        if kind is EventKind.RESULT:
            asyncio.get_running_loop().call_later(KEPT_S, self._logs.pop, id_, None)

    def so_far(self, id_: str) -> tuple[JobEvent, ...]:
        """Its events up to now."""
        log = self._logs.get(id_)
        return () if log is None else tuple(log.events)

    async def until_over(self, id_: str, timeout_s: float) -> bool:
        """Wait for its last event; whether it is over, as far as known here."""
        log = self._logs.get(id_)
        if log is None:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await log.ended.wait()
        except TimeoutError:
            return False
        return True

    async def follow(self, id_: str, after: int | None) -> AsyncIterator[JobEvent]:
        """Its events from the one after ``after``, until the last."""
        log = self._logs.get(id_)
        if log is None:
            return
        place = 0 if after is None else max(0, after + 1 - self._first_id)
        while True:
            grown = log.grown  # before looking, so that nothing that comes meanwhile is slept through
            while place < len(log.events):
                yield log.events[place]
                place += 1
            if log.over:
                return
            await grown.wait()


class _Log:
    def __init__(self, first_id: int) -> None:
        self._first_id = first_id
        self.events: list[JobEvent] = []
        self.grown = asyncio.Event()
        self.ended = asyncio.Event()

    @property
    def over(self) -> bool:
        return self.ended.is_set()

    def append(self, kind: EventKind, data: dict[str, Any]) -> None:
        self.events.append(JobEvent(self._first_id + len(self.events), kind, data))
        if kind is EventKind.RESULT:
            self.ended.set()
        grown, self.grown = self.grown, asyncio.Event()
        grown.set()
