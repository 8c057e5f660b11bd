"""How the service is: for people (``/health``), for orchestrators (``/healthz``, ``/readyz``), for Prometheus.

The last three lie at the root of the server, outside the API, and must not be reachable from the internet: a reverse
proxy passes on ``/api/v1`` alone. They need no :class:`api.services.Services`, so they also answer while it starts.
"""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api.errors import UnavailableError
from api.health.gauges import refresh_gauges
from api.health.probes import first_unready, probe_all
from api.health.schemas import Alive, HealthResponse, OverallStatus, ServiceStatus
from api.routing import ServicesDep, Transaction, documented, operation, router
from api.services import Services

health = router(tags=["health"])
probes = APIRouter(tags=["operations"])


@health.get("/health", summary="Deep health check")
@operation(public=True, limited=False, transaction=Transaction.NONE)
async def deep_health_check(request: Request, services: ServicesDep) -> HealthResponse:
    """Asks every part of the service, in parallel, 2 s at most; always 200."""
    found = await probe_all(services)
    well = all(status is ServiceStatus.OK for status in found.model_dump().values())
    now = services.clock.now()
    return HealthResponse(
        status=OverallStatus.OK if well else OverallStatus.DEGRADED,
        services=found,
        timestamp=now,
        version=request.app.version,
        uptime_seconds=int((now - services.started_at).total_seconds()),
    )


@probes.get("/healthz", summary="Liveness")
async def liveness() -> Alive:
    """200 while the process serves."""
    return Alive()


@probes.get("/readyz", summary="Readiness", responses=documented((UnavailableError,)))
async def readiness(request: Request) -> Alive:
    """200 when requests should come here; 503 while the service starts or drains, or lacks its database or queue.

    `details.reason` of the refusal is `starting`, `draining`, `database` or `queue`.
    """
    services: Services | None = getattr(request.app.state, "services", None)
    if services is None:
        reason: str | None = "starting"
    elif getattr(request.app.state, "draining", False):
        reason = "draining"
    else:
        reason = await first_unready(services)
    if reason is not None:
        raise UnavailableError("Not ready", details={"reason": reason})
    return Alive()


@probes.get(
    "/metrics",
    summary="Metrics",
    response_class=Response,
    responses={
        200: {"description": "Metrics of this service", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **documented((UnavailableError,)),
    },
)
async def metrics(request: Request) -> Response:
    """All metrics in Prometheus' text format; 503 while the service starts."""
    services: Services | None = getattr(request.app.state, "services", None)
    if services is None:
        raise UnavailableError("Not ready", details={"reason": "starting"})
    await refresh_gauges(services, draining=getattr(request.app.state, "draining", False))
    return Response(services.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
