"""``syncode serve``: the HTTP service as one process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from api.app import create_app
from api.auth.bootstrap import create_first_admin
from api.clock import SystemClock
from api.commands.database import database_errors
from api.commands.exits import ExitCode
from api.commands.memory import keep_what_is_used
from api.commands.terminal import remarks
from api.connection import Connection
from api.database import Database
from api.keys import load_secrets
from api.logs import configure_logs
from api.migrations import upgrade
from api.routing import BASE
from api.services import Services
from api.settings import ServiceSettings
from runner import Engine, RequestError, SettingsError
from sandboxes import SandboxError
from sandboxes.images import BuildEvent, Stage

_log = structlog.get_logger("api")

_GRACE_S: Final = 10
_BACKLOG: Final = 2048


def serve_http(settings: ServiceSettings, *, build: bool) -> ExitCode:
    """Serve until a signal says to stop. ``build``: have images that are missing built meanwhile.

    Raises :class:`runner.SettingsError`, :class:`runner.RequestError` for ``build`` where workers do the jobs, and
    :class:`sandboxes.IsolationError`, before anything listens.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    load_secrets(settings)
    with database_errors():
        upgrade(settings.database)
        password = asyncio.run(_first_password(settings))
    configure_logs()
    if password is not None:
        name = settings.admin_username
        remarks().print(f"the first admin is {name!r}, with the password {password} (shown only once)", soft_wrap=True)

    if settings.redis_url is not None:
        if build:
            raise RequestError("--build-images is for where programs are run: give it to the workers (syncode worker)")
        return _serve(settings, create_app(settings, on_start=_begin))

    async def on_start(services: Services) -> None:
        await _begin(services)
        make_ready(engine, build=build)

    with Engine.open(settings) as engine:
        lent = contextlib.nullcontext(engine)
        return _serve(settings, create_app(settings, open_engine=lambda _: lent, on_start=on_start))


def make_ready(engine: Engine, *, build: bool) -> None:
    """Keep jails warm, and have images that are missing built meanwhile if ``build``; returns at once."""
    engine.keep_warm()
    if build:
        threading.Thread(target=_build_images, args=(engine,), name="images", daemon=True).start()


def _serve(settings: ServiceSettings, app: FastAPI) -> ExitCode:
    server = _Server(_config(settings, app), app)
    server.run()
    return ExitCode.OK if server.started else ExitCode.FAILED


def _config(settings: ServiceSettings, app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=_GRACE_S,
        backlog=_BACKLOG,
    )


class _Server(uvicorn.Server):
    """Says where it listens, and that it is draining as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See :class:`uvicorn.Server`."""
        await super().startup(sockets)
        for server in self.servers if self.started else ():
            for listening in server.sockets:
                address, port = listening.getsockname()[:2]
                where = f"[{address}]" if ":" in address else address
                remarks().print(f"serving at http://{where}:{port}{BASE} (documents: {BASE}/docs)", soft_wrap=True)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See :class:`uvicorn.Server`."""
        self._app.state.draining = True
        super().handle_exit(sig, frame)
        with contextlib.suppress(ValueError):  # it repeats what it caught when it has ended; that was the command
            self._captured_signals.remove(signal.Signals(sig))


async def _begin(services: Services) -> None:
    del services
    keep_what_is_used()


async def _first_password(settings: ServiceSettings) -> str | None:
    database = Database.open(settings.database, SystemClock())
    try:
        return await create_first_admin(settings, database)
    finally:
        await database.close()


def _build_images(engine: Engine) -> None:
    """Build what is missing; each language can be used, and is kept warm, as soon as its image is there."""

    def on_progress(event: BuildEvent) -> None:
        _log.info("image", languages=list(event.languages), stage=event.stage.value)
        if event.stage is Stage.READY:
            engine.keep_warm(event.languages)

    try:
        engine.build_images(tuple(engine.inventory.languages.values()), on_progress=on_progress)
    except (SandboxError, SettingsError, OSError):
        _log.exception("images cannot be built here")
