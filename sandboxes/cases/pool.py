"""The warm pool: jails started ahead of need, each taken for one submission and replaced behind its back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandboxes.cases.permits import Permits
from sandboxes.cases.session import WarmJail
from sandboxes.errors import SandboxError
from sandboxes.sandbox import WarmImage, WarmState

# What was taken is replaced when nothing runs any more; under steady load after so long all the same.
_PATIENCE_S: Final = 0.25
# After a failure the next try waits this long; doubled with every failure in a row, up to 64 times.
_FIRST_BACKOFF_S: Final = 1.0
_MOST_DOUBLINGS: Final = 6


@dataclass(slots=True)
class _Place:
    """What is kept of one image. ``cost_bytes``: what one of its jails was last seen to use; ``since``: its demand."""

    image: WarmImage
    ready: list[WarmJail] = field(default_factory=list)
    since: float = 0.0
    cost_bytes: int = 0
    hits: int = 0
    misses: int = 0
    failures: int = 0
    not_before: float = 0.0


class Pool:
    """Keeps ``images`` warm within ``memory_bytes``. One thread of its own starts and ends jails, off everybody's path.

    Where memory does not suffice for all, the images that were asked for last are kept.
    """

    def __init__(
        self, images: Sequence[WarmImage], *, memory_bytes: int, permits: Permits, start: Callable[[Path], WarmJail]
    ) -> None:
        self._places = {image.name: _Place(image) for image in images}
        self._memory_bytes = memory_bytes
        self._permits = permits
        self._start = start
        self._changed = threading.Condition()
        self._used_up: list[WarmJail] = []
        self._working = True
        self._closing = False
        self._keeper = threading.Thread(target=self._keep, name="warm-pool", daemon=True)
        self._keeper.start()

    def take(self, name: str | None) -> WarmJail | None:
        """A jail that is ready under that name, now the caller's; ``None``: there is none."""
        with self._changed:
            place = self._places.get(name) if name is not None else None
            if place is None:
                return None
            place.since = time.monotonic()
            while place.ready:
                jail = place.ready.pop(0)
                if jail.alive():
                    place.hits += 1
                    self._wake()
                    return jail
                self._used_up.append(jail)
            place.misses += 1
            self._wake()
            return None

    def keep(self, images: Sequence[WarmImage]) -> None:
        """From now on keep these too; what is kept already goes on as it is."""
        with self._changed:
            for image in images:
                self._places.setdefault(image.name, _Place(image))
            self._wake()

    def dispose(self, jail: WarmJail) -> None:
        """End a jail some time soon."""
        with self._changed:
            self._used_up.append(jail)
            self._wake()

    def settle(self) -> None:
        """Wait until everything that is wanted and can be had is there, and what was used up is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or not self._working)

    def state(self) -> tuple[WarmState, ...]:
        """What there is under each name."""
        with self._changed:
            return tuple(
                WarmState(
                    name=place.image.name,
                    ready=len(place.ready),
                    wanted=place.image.jails,
                    hits=place.hits,
                    misses=place.misses,
                    memory_bytes=sum(jail.memory_bytes() for jail in place.ready),
                )
                for place in self._places.values()
            )

    def close(self) -> None:
        """End every jail and the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._keeper.join()
        for jail in (*self._used_up, *(jail for place in self._places.values() for jail in place.ready)):
            _close(jail)

    # ---- the keeper's thread: everything below

    def _wake(self) -> None:
        self._working = True
        self._changed.notify_all()

    def _keep(self) -> None:
        while not self._closing:
            for jail in self._take_used_up():
                _close(jail)
            if not self._start_one():
                self._rest()

    def _rest(self) -> None:
        """Wait until there may be something to do."""
        with self._changed:
            if self._used_up or self._next_place() is not None:
                return
            self._working = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._working or self._closing, self._nap_s())
            self._working = True

    def _take_used_up(self) -> list[WarmJail]:
        with self._changed:
            self._drop_what_is_too_much()
            used_up, self._used_up = self._used_up, []
            return used_up

    def _start_one(self) -> bool:
        """Start what is wanted most; whether there was anything to start."""
        with self._changed:
            place = self._next_place()
        if place is None:
            return False
        self._permits.wait_for_quiet(_PATIENCE_S)
        jail: WarmJail | None = None
        try:
            jail = self._start(place.image.rootfs)
            for standby in place.image.standbys:
                jail.make_ready(standby)
        except (SandboxError, OSError, ValueError):
            # whoever needs a jail will be told why there is none; here it is only tried again later
            if jail is not None:
                _close(jail)
            with self._changed:
                delay_s = _FIRST_BACKOFF_S * 2 ** min(place.failures, _MOST_DOUBLINGS)
                place.failures += 1
                place.not_before = time.monotonic() + delay_s
            return True
        with self._changed:
            place.failures = 0
            place.ready.append(jail)
            place.cost_bytes = jail.memory_bytes()
        return True

    def _by_demand(self) -> list[_Place]:
        """The images that were asked for last come first, the others in the order in which they were named."""
        return sorted(self._places.values(), key=lambda place: -place.since)

    def _wanted(self) -> dict[str, int]:
        """How many jails of each name fit into the memory there is."""
        left = self._memory_bytes
        wanted = {}
        for place in self._by_demand():
            fitting = min(place.image.jails, left // place.cost_bytes if place.cost_bytes else place.image.jails)
            wanted[place.image.name] = fitting
            left -= fitting * place.cost_bytes
        return wanted

    def _next_place(self) -> _Place | None:
        wanted, now = self._wanted(), time.monotonic()
        return next(
            (
                place
                for place in self._by_demand()
                if len(place.ready) < wanted[place.image.name] and place.not_before <= now
            ),
            None,
        )

    def _drop_what_is_too_much(self) -> None:
        for name, count in self._wanted().items():
            ready = self._places[name].ready
            self._used_up += [ready.pop() for _ in range(len(ready) - count)]

    def _nap_s(self) -> float | None:
        """How long nothing can be to do unless something happens."""
        now = time.monotonic()
        moments = [place.not_before for place in self._places.values() if place.not_before > now]
        return max(0.0, min(moments) - now) if moments else None


def _close(jail: WarmJail) -> None:
    # a control group that cannot be removed keeps its slot; the next run on it, or the next engine, clears it away
    with contextlib.suppress(SandboxError):
        jail.close()
