"""What surrounds every request: its id, its line in the log, its metrics, and the headers all answers have."""

from __future__ import annotations

import re
import time
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from api import failures
from api.database import new_id
from api.errors import ValidationFailedError
from api.metrics import Metrics

_log = structlog.get_logger("api")
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_HSTS: Final = "max-age=31536000; includeSubDomains"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUND_LATER: Final = ("userId", "roomId", "jobId", "submissionId", "batchId")
_NOBODY_WAITED: Final = 499
UNMATCHED: Final = "unmatched"
"""The route of a path that no route has."""


class Envelope:
    """The outermost of ours. ``production`` adds HSTS."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, production: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._production = production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(scope)
        status = _NOBODY_WAITED

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message, request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(requestId=request_id):
            try:
                await self._app(scope, receive, send_on)
            finally:
                self._tell(scope, status, time.perf_counter() - began)
                structlog.contextvars.unbind_contextvars(*_BOUND_LATER)

    def _add_headers(self, scope: Scope, message: Message, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Request-Id"] = request_id
        headers["X-Content-Type-Options"] = "nosniff"
        for name, value in scope["state"].get("rate_headers", {}).items():
            headers.setdefault(name, value)
        if "user_id" in scope["state"] or message["status"] >= 400 or scope["method"] != "GET":
            headers["Cache-Control"] = "no-store"
        if self._production:
            headers["Strict-Transport-Security"] = _HSTS

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # The few routes that are no operations have no names in their paths.
        route = getattr(scope.get("route"), "path", scope["path"] if "endpoint" in scope else UNMATCHED)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.http_requests.labels(method, route, str(status)).inc()
        self._metrics.http_seconds.labels(method, route).observe(seconds)
        _log.info("request", method=method, route=route, status=status, durationMs=round(seconds * 1000, 1))


class Guard:
    """The innermost of ours: an exception that nobody expected becomes an answer here, so that it gets all headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            _log.info("the client went away")
        except Exception as error:
            if begun:  # the answer cannot be taken back: the server breaks the connection off
                raise
            response = await failures.unexpected(Request(scope), error)
            await response(scope, receive, send)


class Cors(CORSMiddleware):
    """Starlette's, except that it refuses preflights as we refuse anything."""

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a preflight."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        what = bytes(response.body).decode().removeprefix("Disallowed CORS ")
        return failures.render(
            ValidationFailedError(
                "This origin may not call so", details=dict.fromkeys(what.split(", "), "is not allowed")
            )
        )


def _request_id(scope: Scope) -> str:
    """The caller's, if it can be one, or a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _GOOD_ID.fullmatch(text):
                return str(text)
    return new_id()
