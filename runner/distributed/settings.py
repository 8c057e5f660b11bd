"""What an operator decides about one worker, read from ``SYNCODE_*`` once at its start."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runner.metrics import DEFAULT_PORT
from runner.settings import Settings

Commit = Annotated[str, Field(pattern=r"^(unknown|[0-9a-f]{7,64})$")]


class WorkerSettings(Settings):
    """Settings of one worker; those of the engine (``runner.Settings``) are among them. ``redis_url`` is needed.

    ``commit``          what the worker was built from, for metrics
    ``metrics_host``, ``metrics_port``  where its metrics can be read (``SYNCODE_METRICS_PORT``); 0: anywhere
    ``drain_seconds``   how long jobs may go on when it is told to stop; what is not done then is done by others
    ``canary_minutes``  how often the walls of each image are tried; 0: never
    ``blob_cache_mb``   MiB of large data of tests that stay on its disk
    """

    commit: Commit = "unknown"
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = DEFAULT_PORT
    drain_seconds: Annotated[float, Field(ge=0)] = 60
    canary_minutes: Annotated[float, Field(ge=0)] = 30
    blob_cache_mb: Annotated[int, Field(ge=0)] = 2048
