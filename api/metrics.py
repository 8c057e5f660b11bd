"""The service's metrics (API.md 15.2). Labels come from closed sets; none is ever an id."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Those of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http_requests = Counter(
            "syncode_http_requests_total", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.http_seconds = Histogram(
            "syncode_http_request_duration_seconds",
            "From the request to the end of its answer",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "syncode_rate_limited_total", "Requests refused by a limit", ("scope",), registry=self.registry
        )
