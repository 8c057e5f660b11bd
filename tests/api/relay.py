"""A way to a server that can be blocked: what is sent then arrives nowhere, and nobody answers."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Final, cast

from typing_extensions import override

_BYTES: Final = 65_536


class Relay(socketserver.ThreadingTCPServer):
    """``swallowed``: what is said with this in it, and all after it, is lost; ``None``: nothing is."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target = port
        self.swallowed: bytes | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server_address[1]}/0"


class _Passing(socketserver.BaseRequestHandler):
    @override
    def handle(self) -> None:
        relay = cast("Relay", self.server)
        blocked = False
        with socket.create_connection(("127.0.0.1", relay.target)) as there, contextlib.suppress(OSError):
            while True:
                ready, _, _ = select.select([self.request, there], [], [])
                for source in ready:
                    if not (content := source.recv(_BYTES)):
                        return
                    ours = source is self.request
                    blocked = blocked or (ours and relay.swallowed is not None and relay.swallowed in content)
                    if not blocked:
                        (there if ours else self.request).sendall(content)


@contextlib.contextmanager
def relaying(port: int) -> Iterator[Relay]:
    """To the server at a port of this host."""
    with Relay(port) as relay:
        thread = threading.Thread(target=relay.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
