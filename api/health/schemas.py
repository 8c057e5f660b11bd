"""What probes and operators are told."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from api.schemas import Moment, View


class ServiceStatus(StrEnum):
    """Whether a part does its work."""

    OK = "ok"
    FAIL = "fail"


class OverallStatus(StrEnum):
    """Whether every part does."""

    OK = "ok"
    DEGRADED = "degraded"


class HealthServices(View):
    """Each part of the service. Parts that live in this process, or that this service does without, are `ok`."""

    queue: ServiceStatus = Field(description="Accepted jobs can be written down and read again")
    cache: ServiceStatus = Field(description="Windows of the rate limits; they live in this process")
    storage: ServiceStatus = Field(description="Files of people can be reached")
    execution: ServiceStatus = Field(description="At least one language can be executed in a sandbox")
    ai: ServiceStatus = Field(description="`ok` where no model is connected: nothing waits for one")
    collab: ServiceStatus = Field(description="`ok` where no shared editor is connected: nothing waits for one")
    database: ServiceStatus = Field(description="A query is answered")
    media: ServiceStatus = Field(description="`ok` where no media server is connected: nothing waits for one")


class HealthResponse(View):
    """How the service is."""

    status: OverallStatus = Field(description="`ok` if and only if every service is")
    services: HealthServices
    timestamp: Moment
    version: str = Field(examples=["0.1.0"])
    uptime_seconds: int = Field(examples=[86_400])


class Alive(View):
    """The process serves."""

    status: Literal["ok"] = "ok"
