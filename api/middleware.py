"""What surrounds every request: its id, its line in the log, its metrics, and the headers all answers have."""

from __future__ import annotations

import re
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import new_id
from api.metrics import Metrics

_log = structlog.get_logger("api")
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_HSTS: Final = "max-age=31536000; includeSubDomains"


class Envelope:
    """ASGI middleware. ``production`` adds HSTS."""

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
        status = 500

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
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.http_requests.labels(method, route, str(status)).inc()
        self._metrics.http_seconds.labels(method, route).observe(seconds)
        state = scope["state"]
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            durationMs=round(seconds * 1000, 1),
            **{name: state[key] for name, key in (("userId", "user_id"),) if key in state},
        )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _request_id(scope: Scope) -> str:
    """The caller's, if it can be one, or a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _GOOD_ID.fullmatch(text):
                return str(text)
    return new_id()
