"""What a worker tells of its jobs: sent by one thread, in order, so that no job waits for the network."""

from __future__ import annotations

import collections
import itertools
import logging
import threading
from typing import Any, Final

import redis

from judge import Verdict
from runner.distributed.queue import Ticket, Told, WorkerQueue
from runner.events import EventKind

_MOST_WAITING: Final = 10_000
_MOST_AT_ONCE: Final = 64
_PAUSE_S: Final = 0.25
_log = logging.getLogger("runner")

Record = dict[str, Any]
_Waiting = tuple[Ticket, Told]


class Outgoing:
    """Events on their way. A context manager. When too many wait the oldest are dropped: results say it all."""

    def __init__(self, queue: WorkerQueue) -> None:
        self._queue = queue
        self._waiting: collections.deque[_Waiting] = collections.deque(maxlen=_MOST_WAITING)
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._sending = self._closed = False
        self._thread = threading.Thread(target=self._send, name="events", daemon=True)
        self._thread.start()

    def put(self, ticket: Ticket, whom: str, kind: EventKind, data: Record) -> None:
        """Have it told."""
        with self._changed:
            # What is like nothing else has a number: what was told, and nobody heard that it was, is told again.
            once = _once(kind, data) or f"{kind} {ticket.attempt} {next(self._numbers)}"
            self._waiting.append((ticket, (whom, kind, data, once)))
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all is told that was put: while nobody can be reached, no result can be handed in either.

        From :meth:`close` on nothing is waited for.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._waiting or self._sending))

    def _send(self) -> None:
        while True:
            with self._changed:
                self._sending = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                batch = self._take()
                self._sending = True
            try:
                self._queue.tell(batch[0][0], [event for _, event in batch])
            except (redis.RedisError, OSError) as error:
                _log.info("an event could not be told: %s", error)
                with self._changed:
                    if self._closed:
                        self._waiting.clear()  # nobody waits for the network at the end
                    else:
                        room = _MOST_WAITING - len(self._waiting)
                        self._waiting.extendleft(reversed(batch[-room:] if room else []))
                    self._changed.wait_for(lambda: self._closed, _PAUSE_S)

    def _take(self) -> list[_Waiting]:
        """What waits of the job that is next."""
        batch = [self._waiting.popleft()]
        while self._waiting and self._waiting[0][0] == batch[0][0] and len(batch) < _MOST_AT_ONCE:
            batch.append(self._waiting.popleft())
        return batch

    def __enter__(self) -> Outgoing:
        return self

    def close(self) -> None:
        """What cannot be told at once is not told any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __exit__(self, *exception: object) -> None:
        self.close()
        self._thread.join()


class Telling:
    """What is told of one job while it is done (see :data:`runner.performing.Emit`).

    ``again``: it is done by somebody else if it fails here for a reason of ours; from the first sign of that on nothing
    more is told, so that what is told of the next time fits.
    """

    def __init__(self, outgoing: Outgoing, ticket: Ticket, *, again: bool) -> None:
        self._outgoing = outgoing
        self._ticket = ticket
        self._again = again
        self._silent = False

    def __call__(self, whom: str, kind: EventKind, data: Record) -> None:
        """Tell it."""
        if self._again and kind is EventKind.CASE and data["verdict"] == Verdict.INTERNAL_ERROR.value:
            self._silent = True
        if not self._silent:
            self._outgoing.put(self._ticket, whom, kind, data)


def _once(kind: EventKind, data: Record) -> str:
    """What makes an event the same as one that was told when the job was done before; empty: nothing does."""
    match kind:
        case EventKind.STATUS:
            return f"{kind} {data['status']}"
        case EventKind.COMPILE:
            return kind.value
        case EventKind.CASE:
            return f"{kind} {data['testCaseIndex']}"
        case EventKind.SOLUTION:
            return f"{kind} {data['name']}"
        case EventKind.PROGRESS:
            return f"{kind} {data['done']} {data.get('solutionsDone')} {data.get('checked')}"
        case _:
            return ""
