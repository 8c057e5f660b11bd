"""Watching a released run: until init has reported, or a limit is passed, or somebody cancels."""

from __future__ import annotations

import contextlib
import math
import os
import select
import time
from typing import Final

from sandboxes.cases.case import Case
from sandboxes.cgroups import Cgroup
from sandboxes.errors import NotBegunError
from sandboxes.init import Failure, Status, parse_record
from sandboxes.init.protocol import RECORD_BYTES
from sandboxes.limits import Limits
from sandboxes.outcome import Ending
from sandboxes.relay import Relay
from sandboxes.sandbox import Cancellation

_SMALL_BYTES: Final = 512
_MOST_SMALL_READS: Final = 64
_REST_S: Final = 0.004
# So long after the end of its output a program may be about to leave.
_LEAVING_S: Final = 0.1


class Watch:
    """One run's watch. Every wait ends by an event or at a moment when a limit may have been passed.

    ``status``      init's report, or ``None``
    ``killed_for``  why the run has to be killed, or ``None``
    ``input``       what the program reads comes from there while it runs; ``None``: it was there before
    ``pinned``      it has one processor
    """

    def __init__(self, case: Case, *, limits: Limits, cancellation: Cancellation | None, pinned: bool) -> None:
        self.status: Status | None = None
        self.killed_for: Ending | None = None
        self.input: Relay | None = None
        self._case = case
        self._heard = 0
        self._control = case.control
        self._group = case.group
        self._limits = limits
        self._processors = 1 if pinned else os.cpu_count() or 1
        self._memory: tuple[int, int] | None = None
        self._cancel = cancellation.fd if cancellation else -1
        self._small_reads = 0
        self._resting: set[int] = set()
        self._resting_until = 0.0
        self._hang_up_at = math.inf
        self._streams = {stream.descriptor: stream for stream in (case.stdout, case.stderr)}

    def watch_memory(self) -> None:
        """From now on see the memory limiter act; to be called before the run begins."""
        self._memory = self._group.watch_oom()

    def until_over(self, started: float) -> None:
        """Watch the run that began at ``started`` (monotonic, s). Raises :class:`NotBegunError`."""
        clock = _Clock(self._limits, started, self._processors)
        control = self._control.fileno()
        with select.epoll() as epoll, contextlib.ExitStack() as owned:
            for descriptor in (control, *self._streams):
                epoll.register(descriptor, select.EPOLLIN)
            if self._memory:
                epoll.register(*self._memory)
            if self._cancel >= 0:
                epoll.register(self._cancel, select.EPOLLIN)
            if self.input is not None:
                owned.callback(self.input.release)
                self.input.bind(self._case.take_input(), epoll)
            look = clock.next_look(self._group)
            while self.killed_for is None:
                wake = min(look, self._hang_up_at, self._resting_until if self._resting else look)
                for descriptor, _ in epoll.poll(max(wake - time.monotonic(), 0)):
                    if descriptor == control:
                        self._hear()
                        return
                    self._see(descriptor, epoll)
                self._wake_rested(epoll)
                self._hang_up()
                if time.monotonic() >= look:
                    self._look_at(clock)
                    look = clock.next_look(self._group)

    def _look_at(self, clock: _Clock) -> None:
        if self.killed_for is None:
            self.killed_for = clock.passed(self._group)

    def _see(self, descriptor: int, epoll: select.epoll) -> None:
        if stream := self._streams.get(descriptor):
            before = stream.written_bytes
            if not stream.read():
                epoll.unregister(descriptor)
                if stream is self._case.stdout:
                    self._hang_up_at = time.monotonic() + _LEAVING_S
            elif stream.written_bytes - before < _SMALL_BYTES:
                self._count_small(descriptor, epoll)
            else:  # one by one: a morsel now and then does not make up for crumbs
                self._small_reads = max(self._small_reads - 1, 0)
            if sum(stream.written_bytes for stream in self._streams.values()) > self._limits.output_bytes:
                self.killed_for = Ending.OUTPUT_LIMIT
        elif self.input is not None and self.input.serves(descriptor):
            return
        elif descriptor == self._cancel:
            self.killed_for = Ending.CANCELLED
        elif self._group.oom_kills():
            self.killed_for = Ending.MEMORY_LIMIT

    def _count_small(self, descriptor: int, epoll: select.epoll) -> None:
        """After many crumbs let them pile up in the pipe for a moment.

        A program that writes byte by byte would otherwise have the engine work as hard as it does itself, outside of
        its slot's share of the processors. One that is answered in between has not written them in a row.
        """
        if self.input is not None and self.input.handed_on != self._heard:
            self._heard, self._small_reads = self.input.handed_on, 0
        self._small_reads = min(self._small_reads + 1, _MOST_SMALL_READS)
        if self._small_reads == _MOST_SMALL_READS:
            epoll.unregister(descriptor)
            self._resting.add(descriptor)
            self._resting_until = time.monotonic() + _REST_S

    def _hang_up(self) -> None:
        """Tell the reader of what is written that nothing more comes.

        Only when it is clear that the program has closed its output and goes on: of one that leaves the end is known
        first, so that what the other side makes of it never seems to have come before.
        """
        if time.monotonic() >= self._hang_up_at:
            self._hang_up_at = math.inf
            self._case.stdout.hang_up()

    def _wake_rested(self, epoll: select.epoll) -> None:
        if self._resting and time.monotonic() >= self._resting_until:
            for descriptor in self._resting:
                epoll.register(descriptor, select.EPOLLIN)
            self._resting.clear()

    def _hear(self) -> None:
        """Take init's last word. A hang-up without one is no status; the decision knows what that means."""
        with contextlib.suppress(ConnectionResetError):
            if data := self._control.recv(RECORD_BYTES):
                record = parse_record(data)
                if isinstance(record, Failure):
                    raise NotBegunError(record.text)
                if isinstance(record, Status):
                    self.status = record


class _Clock:
    """When to look next, and which time limit is passed.

    CPU time cannot reach its limit before ``left / processors`` of wall time has gone by, so that is when we look
    again: a few looks a second for a program far from its limit, one a millisecond close to it, none without need.
    """

    _CLOSEST_S: Final = 0.001

    def __init__(self, limits: Limits, started: float, processors: int) -> None:
        self._limits = limits
        self._processors = processors
        self._wall_ends = started + limits.wall_ms / 1000

    def next_look(self, group: Cgroup) -> float:
        """The moment (monotonic, s) before which no time limit can be passed."""
        used_ms = group.cpu_ms()
        now = time.monotonic()
        ends = self._wall_ends
        if used_ms is not None:
            ends = min(ends, now + (self._limits.cpu_ms - used_ms) / 1000 / self._processors)
        return max(ends, now + self._CLOSEST_S)

    def passed(self, group: Cgroup) -> Ending | None:
        """The time limit that is passed by now."""
        used_ms = group.cpu_ms()
        if used_ms is not None and used_ms >= self._limits.cpu_ms:
            return Ending.CPU_LIMIT
        if time.monotonic() >= self._wall_ends:
            return Ending.WALL_LIMIT
        return None
