"""The instruments that all metrics are made of: counters, gauges and histograms in one registry, with our buckets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
MEMORY_BYTES: Final = tuple((1 << 20) << doubling for doubling in range(13))
"""1 MiB to 4 GiB."""

Among = Literal["mostrecent", "livesum"]
"""What a gauge is where several processes share it: what one of them said last, or the sum of those that live."""

_PREFIX: Final = "syncode"


@dataclass(frozen=True, slots=True)
class Instruments:
    """Makes instruments in ``registry``. No name may be made twice there."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # else each counter has one series more

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Something that is counted; ``name`` ends in ``_total``."""
        return Counter(f"{_PREFIX}_{name}", meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, *labels: str, among: Among = "mostrecent") -> Gauge:
        """A state."""
        return Gauge(f"{_PREFIX}_{name}", meaning, labels, registry=self.registry, multiprocess_mode=among)

    def seconds(self, name: str, meaning: str, *labels: str) -> Histogram:
        """Times, in seconds."""
        return Histogram(f"{_PREFIX}_{name}", meaning, labels, buckets=SECONDS, registry=self.registry)

    def memory(self, name: str, meaning: str, *labels: str) -> Histogram:
        """Sizes of memory, in bytes."""
        return Histogram(f"{_PREFIX}_{name}", meaning, labels, buckets=MEMORY_BYTES, registry=self.registry)


def process_registry(*, version: str, commit: str) -> CollectorRegistry:
    """A registry that tells of one process what it is, what it was built from, and what it uses of this host."""
    made = Instruments()
    ProcessCollector(registry=made.registry)
    made.gauge("build_info", "What is running; always 1", "version", "commit").labels(version, commit).set(1)
    return made.registry
