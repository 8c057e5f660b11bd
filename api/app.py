"""Assembly of the service: one function makes the whole of it from its settings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from api import failures
from api.activity import Activity
from api.admin.routes import admin
from api.auth.passwords import Passwords
from api.auth.routes import auth
from api.auth.tokens import Tokens
from api.background import Background
from api.cached import Cached
from api.clock import Clock, SystemClock
from api.database import Database
from api.dispatching import OpenEngine, open_dispatching
from api.docs.serving import describe
from api.execution.places import Places
from api.execution.recovery import take_up
from api.execution.routes import execution
from api.execution.settlement import RowSettlement
from api.execution.streams import Streams
from api.files.routes import files
from api.health.routes import health, probes
from api.idempotency import REPLAYED
from api.keys import load_secrets
from api.mail import Mailer
from api.metrics import Metrics
from api.middleware import Cors, Envelope, Guard
from api.objects import ObjectStore
from api.problems.authoring_routes import authoring
from api.problems.bookmark_routes import bookmarks
from api.problems.exporting import WARNINGS
from api.problems.package_routes import packages
from api.problems.routes import problems
from api.ratelimit import RateLimiter
from api.rooms.control_routes import control_routes
from api.rooms.planes import AbsentPlanes
from api.rooms.routes import rooms
from api.routing import BASE, let_literals_win
from api.services import Services
from api.settings import ServiceSettings
from api.users.routes import users
from api.webhooks.opening import open_webhooks
from api.webhooks.routes import webhooks
from runner import Engine
from runner.errors import QueueDownError
from runner.workspace import Workspace

_EXPOSED = (
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Content-Disposition",
    REPLAYED,
    WARNINGS,
)

_UNPACKED_AT_ONCE = 2

OnStart = Callable[[Services], Awaitable[None]]


def create_app(
    settings: ServiceSettings,
    *,
    clock: Clock | None = None,
    open_engine: OpenEngine = Engine.open,
    on_start: OnStart | None = None,
) -> FastAPI:
    """The service. Nothing is opened before it starts; the database must be migrated by then.

    ``open_engine`` gives the engine, as a context manager that the service leaves when it ends. ``on_start`` is awaited
    when everything is there, before anybody is served.
    """
    clock = clock or SystemClock()
    release = version("syncode")
    metrics = Metrics(version=release, commit=settings.commit, executes=settings.redis_url is None)
    app = FastAPI(
        title="SynCode",
        version=release,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, clock, metrics, open_engine=open_engine, on_start=on_start),
        middleware=[
            Middleware(Envelope, metrics=metrics, production=settings.production),
            Middleware(
                Cors,
                allow_origins=list(settings.cors_origins),
                allow_credentials=True,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-Id"],
                expose_headers=_EXPOSED,
            ),
            Middleware(Guard),
        ],
    )
    failures.install(app)
    for router in (
        auth,
        users,
        problems,
        authoring,
        packages,
        bookmarks,
        rooms,
        control_routes,
        execution,
        webhooks,
        admin,
        files,
        health,
        probes,
    ):
        app.router.routes.extend(router.routes)
    let_literals_win(app.router.routes)
    describe(app, base=BASE)
    return app


def _lifespan(
    settings: ServiceSettings, clock: Clock, metrics: Metrics, *, open_engine: OpenEngine, on_start: OnStart | None
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        secrets = load_secrets(settings)
        async with contextlib.AsyncExitStack() as owned:
            database = Database.open(settings.database, clock, connections=settings.database_connections)
            owned.push_async_callback(database.close)
            owned.callback(metrics.close)
            workspace = Workspace(settings.home / "packages")
            owned.callback(workspace.close)
            told = await owned.enter_async_context(
                open_webhooks(settings, secrets, clock=clock, database=database, metrics=metrics)
            )
            settlement = RowSettlement(database, metrics, on_announced=told.tell)
            dispatching = await owned.enter_async_context(
                open_dispatching(settings, database, settlement, metrics=metrics, open_engine=open_engine)
            )
            limiter = RateLimiter.open(settings.redis_url)
            owned.push_async_callback(limiter.close)
            streams = Streams.connect(settings.streams_per_user, settings.redis_url)
            owned.push_async_callback(streams.close)
            services = Services(
                settings=settings,
                secrets=secrets,
                clock=clock,
                database=database,
                tokens=Tokens(settings, secrets, clock),
                limiter=limiter,
                activity=Activity(clock),
                metrics=metrics,
                catalog=dispatching.catalog,
                objects=ObjectStore.open(settings, secrets, clock, base_url=settings.origin + BASE),
                passwords=Passwords(settings),
                mailer=Mailer(settings, clock),
                planes=AbsentPlanes(),
                dispatcher=dispatching.dispatcher,
                streams=streams,
                waits=Places(settings.waits_per_user),
                webhooks=told,
                started_at=clock.now(),
                dashboard=Cached(clock, seconds=30),
                workspace=workspace.path,
                unpacking=asyncio.Semaphore(_UNPACKED_AT_ONCE),
            )
            app.state.services = services
            await owned.enter_async_context(Background(services))
            with contextlib.suppress(QueueDownError):  # then the chore does it, as soon as that can be
                await take_up(services)
            if on_start is not None:
                await on_start(services)
            yield

    return lifespan
