"""The service in this process, on a database of its own of either kind, with accounts to use it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
import uvicorn

from api.app import create_app
from api.connection import Connection
from api.dispatching import OpenEngine
from api.migrations import upgrade
from api.settings import ServiceSettings
from tests.api.people import ManualClock, Person, Service
from tests.api.postgres import Postgres, find_programs, running_postgres
from tests.conftest import unavailable

_TEMPLATE: Final = "syncode_template"
_SHARED: Final = "syncode_test"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with a migrated database, and another one like it to copy."""
    programs = find_programs()
    if programs is None:
        unavailable("PostgreSQL is not installed")
    with running_postgres(programs) as server:
        upgrade(server.create(_TEMPLATE))
        server.create(_SHARED, template=_TEMPLATE)
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty, migrated database: every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "syncode.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        yield server.address(_SHARED)
        if not server.empty(_SHARED):
            server.drop(_SHARED)
            server.create(_SHARED, template=_TEMPLATE)


@pytest.fixture
def changes() -> Mapping[str, Any]:
    """Settings that a test module wants to be different; override it there."""
    return {}


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path, changes: Mapping[str, Any]) -> ServiceSettings:
    """Of a service with cheap passwords, whose limits nobody reaches by chance."""
    given: dict[str, Any] = {
        "home": tmp_path / "home",
        "database_url": database_url,
        "password_memory_kib": 8,
        "password_passes": 1,
        "requests_per_minute": 100_000,
        "logins_per_minute": 10_000,
        "joins_per_minute": 10_000,
        "webhook_calls_per_minute": 10_000,
        **changes,
    }
    return ServiceSettings(**given)


@pytest.fixture
def lend_engine(request: pytest.FixtureRequest) -> OpenEngine:
    """The engine that all tests share, in place of one for each service."""
    return lambda _: contextlib.nullcontext(request.getfixturevalue("engine"))


@pytest_asyncio.fixture
async def service(
    service_settings: ServiceSettings,
    lend_engine: OpenEngine,
) -> AsyncIterator[Service]:
    """A service that runs."""
    clock = ManualClock()
    app = create_app(service_settings, clock=clock, open_engine=lend_engine)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield Service(app, client, clock)


@pytest_asyncio.fixture
async def live_service(service: Service) -> AsyncIterator[Service]:
    """The service behind a real server on loopback: answers arrive as they are written, and clients can hang up."""
    config = uvicorn.Config(
        service.app,
        host="127.0.0.1",
        port=0,
        lifespan="off",  # it runs already
        http=Connection,
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
        assert not serving.done()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            yield Service(service.app, client, service.clock)
    finally:
        server.should_exit = True
        await serving


@pytest_asyncio.fixture
async def ann(service: Service) -> Person:
    """Somebody."""
    return await service.person("ann")


@pytest_asyncio.fixture
async def bob(service: Service) -> Person:
    """Somebody else."""
    return await service.person("bob")


@pytest_asyncio.fixture
async def admin(service: Service) -> Person:
    """An admin."""
    return await service.admin()
