"""What one running program writes, handed on to another as what it reads."""

from __future__ import annotations

import contextlib
import os
import select
import threading


class Relay:
    """One direction of a conversation between two jailed programs, with the engine in between.

    The run of the one that writes puts in what it reads of its stdout, the run of the one that reads writes that into
    its stdin. Neither waits for the other: what is not read yet waits here, and is never more than the writer's output
    limit. What comes after the reader is gone, or has closed its stdin, is dropped; the writer is told nothing of it.
    Its methods may be called from several threads. Use once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._descriptor = -1
        self._epoll: select.epoll | None = None
        self._ended = False
        self._gone = False
        self._handed_on = 0

    @property
    def handed_on(self) -> int:
        """How often something has reached the reader's stdin."""
        return self._handed_on

    # ---- the writer's run

    def put(self, chunk: bytes) -> None:
        """Hand on what was written."""
        with self._lock:
            if self._gone:
                return
            before = bool(self._waiting)
            self._waiting += chunk
            if not before:
                self._write()

    def end(self) -> None:
        """Nothing more will be written: when all of it was handed on, the reader finds the end of its input."""
        with self._lock:
            self._ended = True
            if not self._waiting:
                self._hang_up()

    # ---- the reader's run

    def bind(self, descriptor: int, epoll: select.epoll) -> None:
        """From now on write to ``descriptor``, which is ours to close; ``epoll`` shows when it can take more."""
        os.set_blocking(descriptor, False)
        with self._lock:
            self._descriptor, self._epoll = descriptor, epoll
            if self._waiting:
                self._write()
            if self._ended and not self._waiting:
                self._hang_up()

    def serves(self, descriptor: int) -> bool:
        """Whether ``descriptor`` is what is written to; if so, what waits is written as far as it goes."""
        with self._lock:
            if descriptor != self._descriptor or descriptor < 0:
                return False
            self._watch(until_writable=False)
            self._write()
            if self._ended and not self._waiting:
                self._hang_up()
            return True

    def release(self) -> None:
        """The reader is gone."""
        with self._lock:
            self._hang_up()
            self._gone = True
            self._epoll = None
            self._waiting.clear()

    # ---- under the lock

    def _write(self) -> None:
        if self._descriptor < 0:
            return
        try:
            while self._waiting:
                del self._waiting[: os.write(self._descriptor, self._waiting[: 1 << 16])]
                self._handed_on += 1
        except BlockingIOError:
            self._watch(until_writable=True)
        except OSError:  # it has closed its stdin
            self._hang_up()
            self._gone = True
            self._waiting.clear()

    def _watch(self, *, until_writable: bool) -> None:
        if self._epoll is None:
            return
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            if until_writable:
                self._epoll.register(self._descriptor, select.EPOLLOUT)
            else:
                self._epoll.unregister(self._descriptor)

    def _hang_up(self) -> None:
        if self._descriptor >= 0:
            self._watch(until_writable=False)
            os.close(self._descriptor)
            self._descriptor = -1
