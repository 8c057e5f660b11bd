"""Metrics on a port of their own, for processes that serve nothing else."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import TCPServer
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from typing_extensions import override

from runner.errors import SettingsError

DEFAULT_PORT: Final = 9464
_PATIENCE_S: Final = 10.0
_log = logging.getLogger("runner")
_LOOK_S: Final = 0.05
_TEXT: Final = [("Content-Type", "text/plain; charset=utf-8")]

Refresh = Callable[[], None]
"""Brings metrics that are states up to date before they are read; from several threads."""


class _Handler(WSGIRequestHandler):
    """Says nothing of requests, and does not wait for ever for one."""

    timeout = _PATIENCE_S

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """See :class:`http.server.BaseHTTPRequestHandler`."""


class _Server(ThreadingWSGIServer):
    request_queue_size = 64

    @override
    def server_bind(self) -> None:
        """See :class:`http.server.HTTPServer`, which would ask the network what this host is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.setup_environ()


class _Server6(_Server):
    address_family = socket.AF_INET6


class MetricsServer:
    """Answers ``/metrics`` and ``/healthz`` until it is closed; a context manager. Made by :func:`serve_metrics`."""

    def __init__(self, server: ThreadingWSGIServer) -> None:
        self._server = server
        self._serving = threading.Thread(target=server.serve_forever, args=(_LOOK_S,), name="metrics", daemon=True)
        self._serving.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def close(self) -> None:
        """Answer nobody any more. Calling it again changes nothing."""
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def __enter__(self) -> MetricsServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def serve_metrics(
    registry: CollectorRegistry, host: str, port: int, *, refresh: Refresh | None = None
) -> MetricsServer:
    """Answer on ``host`` and ``port`` (0: any) from now on. ``/healthz`` is 200 as long as anybody answers.

    Raises :class:`runner.SettingsError` when that port cannot be had.
    """
    kind = _Server6 if ":" in host else _Server
    try:
        server = make_server(host, port, _application(registry, refresh), kind, handler_class=_Handler)
    except OSError as error:
        raise SettingsError(f"SYNCODE_METRICS_PORT: {host}:{port} cannot be listened on: {error.strerror}") from error
    return MetricsServer(server)


def _try(refresh: Refresh) -> None:
    try:
        refresh()
    except Exception:  # noqa: BLE001 - all the others are worth reading
        _log.exception("metrics could not be brought up to date")


def _application(registry: CollectorRegistry, refresh: Refresh | None) -> WSGIApplication:
    metrics = make_wsgi_app(registry)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                if refresh is not None:
                    _try(refresh)
                answer: Iterable[bytes] = metrics(environ, start_response)
                return answer
            case "/healthz":
                start_response("200 OK", [*_TEXT])
                return [b"ok\n"]
            case _:
                start_response("404 Not Found", [*_TEXT])
                return [b"there is /metrics, and /healthz\n"]

    return application
