"""How the service is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from api.app import create_app
from api.dispatching import OpenEngine
from api.settings import ServiceSettings
from tests.api.people import Person, Service, expect, refused

PARTS = {"queue", "cache", "storage", "execution", "ai", "collab", "database", "media"}


async def break_queue(service: Service) -> None:
    async with service.services.database.write() as work:
        await work.session.execute(text("ALTER TABLE outbox RENAME TO inbox"))


@pytest.fixture(autouse=True)
def python(image: Callable[[str], Path]) -> None:
    """Without any image nothing can be executed, which is no health."""
    image("python")


async def test_a_healthy_service_is_ok(service: Service) -> None:
    service.clock.forward(seconds=75)
    body = expect(await service.nobody.get("/health"))
    assert set(body) == {"status", "services", "timestamp", "version", "uptimeSeconds"}
    assert body["services"] == dict.fromkeys(PARTS, "ok")
    assert (body["status"], body["uptimeSeconds"], body["version"]) == ("ok", 75, service.app.version)


async def test_a_part_that_fails_makes_it_degraded_and_nothing_more(service: Service) -> None:
    await break_queue(service)
    body = expect(await service.nobody.get("/health"))
    assert body["status"] == "degraded"
    assert body["services"] == dict.fromkeys(PARTS, "ok") | {"queue": "fail"}


async def test_storage_that_is_gone_is_told(service: Service) -> None:
    shutil.rmtree(service.services.settings.objects)
    body = expect(await service.nobody.get("/health"))
    assert (body["status"], body["services"]["storage"]) == ("degraded", "fail")


async def test_health_is_for_everybody_and_unlimited(service: Service, ann: Person) -> None:
    for person in (service.nobody, ann, Person(service.client, "no token")):
        response = await person.get("/health", anything="x")
        assert response.status_code == 200
        assert "X-RateLimit-Limit" not in response.headers


async def test_the_process_serves(service: Service) -> None:
    assert expect(await service.client.get("/healthz")) == {"status": "ok"}
    await break_queue(service)
    assert expect(await service.client.get("/healthz")) == {"status": "ok"}


async def test_the_service_is_ready(service: Service) -> None:
    assert expect(await service.client.get("/readyz")) == {"status": "ok"}


async def test_a_service_that_drains_is_not_ready(service: Service) -> None:
    service.app.state.draining = True
    body = refused(await service.client.get("/readyz"), 503, "SERVICE_UNAVAILABLE")
    assert body["details"] == {"reason": "draining"}
    assert expect(await service.nobody.get("/health"))["status"] == "ok"


async def test_a_service_without_its_queue_is_not_ready(service: Service) -> None:
    await break_queue(service)
    body = refused(await service.client.get("/readyz"), 503, "SERVICE_UNAVAILABLE")
    assert body["details"] == {"reason": "queue"}


async def test_a_service_that_starts_is_not_ready(service_settings: ServiceSettings, lend_engine: OpenEngine) -> None:
    app = create_app(service_settings, open_engine=lend_engine)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        body = refused(await client.get("/readyz"), 503, "SERVICE_UNAVAILABLE")
        assert body["details"] == {"reason": "starting"}
        assert expect(await client.get("/healthz")) == {"status": "ok"}
        refused(await client.get("/metrics"), 503, "SERVICE_UNAVAILABLE")


async def test_the_probes_are_at_the_root_alone(service: Service) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        refused(await service.nobody.get(path), 404, "NOT_FOUND")
        refused(await service.client.post(path), 405, "METHOD_NOT_ALLOWED")
