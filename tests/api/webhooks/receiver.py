"""Receivers of webhooks: real HTTPS servers on loopback, with certificates of an authority of the tests' own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

NAME: Final = "receiver.test"
"""A name that the certificate has, and that nothing on this machine can look up."""

_PATIENCE_S: Final = 20


@dataclass(frozen=True)
class Certificates:
    """Files: of an authority, and of a server at 127.0.0.1, ``localhost`` and :data:`NAME`."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(directory: Path) -> Certificates:
    """An authority nobody knows, and what it has signed."""
    keys = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    authority, key = directory / "authority.pem", directory / "authority.key"
    may_sign = ("-addext", "keyUsage=critical,keyCertSign")
    _openssl("-x509", *keys, "-subj", "/CN=Tests", *may_sign, "-keyout", key, "-out", authority)
    made = Certificates(authority, directory / "server.pem", directory / "server.key")
    names = (
        "-addext",
        f"subjectAltName=DNS:{NAME},DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "extendedKeyUsage=serverAuth",
    )
    signer = ("-CA", authority, "-CAkey", key)
    _openssl("-x509", *keys, "-subj", "/CN=receiver", *names, *signer, "-keyout", made.key, "-out", made.certificate)
    return made


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", "req", *arguments], check=True, capture_output=True)


@dataclass(frozen=True)
class Received:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def event(self) -> str:
        return self.headers["x-syncode-event"]

    @property
    def delivery(self) -> str:
        return self.headers["x-syncode-delivery"]

    @property
    def signature(self) -> tuple[int, list[str]]:
        """The moment, and what was signed with each secret."""
        moment, *signed = (part.split("=", 1) for part in self.headers["x-syncode-signature"].split(","))
        assert moment[0] == "t"
        assert {name for name, _ in signed} == {"v1"}
        return int(moment[1]), [value for _, value in signed]

    def signed_with(self, secret: str) -> bool:
        """Whether one of the signatures was made with this secret."""
        moment, signed = self.signature
        own = hmac.new(secret.encode(), f"{moment}.".encode() + self.body, hashlib.sha256).hexdigest()
        return own in signed


Answer = Callable[["Handler"], None]


def status(code: int, **headers: str) -> Answer:
    """Answers with a status and nothing else."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


_CONTENT: Final = status(204)


class Handler(BaseHTTPRequestHandler):
    """Notes what comes and answers as its receiver says."""

    receiver: Receiver

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.requests.append(Received(self.path, headers, body))
        with contextlib.suppress(OSError):  # whoever asked is gone
            self.receiver.answer(self)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that failed, or a client that is gone, is what tests are about."""


@dataclass
class Receiver:
    """A server that listens. ``answer``: what it does about each request."""

    port: int
    requests: list[Received] = field(default_factory=list)
    answer: Answer = _CONTENT

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/hook"

    @property
    def named_url(self) -> str:
        return f"https://{NAME}:{self.port}/hook?key=1"

    async def get(self, count: int) -> list[Received]:
        """All that came, once there are so many."""
        async with asyncio.timeout(_PATIENCE_S):
            while len(self.requests) < count:  # noqa: ASYNC110 - it is another thread that gets them
                await asyncio.sleep(0.01)
        return self.requests

    def wait(self, count: int) -> list[Received]:
        """As :meth:`get`, for tests that are not asynchronous."""
        ends = time.monotonic() + _PATIENCE_S
        while len(self.requests) < count:
            assert time.monotonic() < ends
            time.sleep(0.01)
        return self.requests


@contextlib.contextmanager
def listening(certificates: Certificates) -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    handler = type("Own", (Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver = Receiver(server.server_address[1])
    handler.receiver = receiver  # type: ignore[attr-defined] # the class was made just now
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
