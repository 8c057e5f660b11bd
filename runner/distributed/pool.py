"""The workers there are, as a service knows them: what they can do, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from typing_extensions import override

from languages import Language
from runner.catalog import Catalog
from runner.dispatch import Load
from runner.distributed.queue import PoolState

FindState = Callable[[], PoolState | None]


@dataclass(frozen=True, slots=True)
class PoolCatalog(Catalog):
    """The languages, and which of them workers can run. ``state``: what was last heard of these; ``None``: nothing."""

    state: FindState

    @override
    def lacks(self, language: Language) -> str | None:
        """See :meth:`runner.catalog.Catalog.lacks`."""
        state = self.state()
        if state is None or not state.workers:
            return None  # nobody knows; a job waits until a worker comes
        if any(language.id in worker["languages"].split(",") for worker in state.workers):
            return None
        return f"no worker runs {language.name} at present"


def pool_load(state: PoolState) -> Load:
    """How much there is to do for how many."""
    slots = dict.fromkeys((False, True), 0)
    for worker in state.workers:
        slots[worker["draining"] == "1"] += int(worker["slots"])
    return Load(
        {kind: count for kind, count in state.waiting.items() if count},
        busy=sum(state.active.values()),
        capacity=slots[False],
        draining=slots[True],
        oldest_s=_seconds(state.oldest_ms),
        results=state.results,
    )


def _seconds(oldest_ms: Mapping[str, float]) -> dict[str, float]:
    return {kind: ms / 1000 for kind, ms in oldest_ms.items()}
