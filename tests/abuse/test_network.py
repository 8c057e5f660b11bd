"""Programs that reach for others through sockets. Listeners are the test's own, on this host; no other is dialled."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.harness import MARK, Abuser
from tests.abuse.trial import probe


@pytest.fixture
def loopback() -> Iterator[tuple[int, list[socket.socket]]]:
    """A port of this host, and the sockets that wait for whoever comes to it."""
    with contextlib.ExitStack() as owned:
        streams = owned.enter_context(socket.create_server(("127.0.0.1", 0)))
        port: int = streams.getsockname()[1]
        waiting = [streams]
        datagrams = owned.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(("127.0.0.1", port))
        waiting.append(datagrams)
        if socket.has_dualstack_ipv6():
            waiting.append(owned.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6)))
        for each in waiting:
            each.setblocking(False)
        yield port, waiting


@pytest.fixture
def unix_listeners() -> Iterator[tuple[list[str], list[socket.socket]]]:
    """Names of an abstract stream, an abstract datagram and a path that everybody may reach, and their sockets."""
    with contextlib.ExitStack() as owned:
        directory = Path(owned.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        mark = f"listener-{secrets.token_hex(8)}"
        names = [f"{mark}-stream", f"{mark}-datagram", str(directory / "socket")]
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM)
        waiting = []
        for name, kind in zip(names, kinds, strict=True):
            listener = owned.enter_context(socket.socket(socket.AF_UNIX, kind))
            listener.bind(name if name.startswith("/") else f"\0{name}")
            listener.setblocking(False)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            waiting.append(listener)
        os.chmod(names[2], 0o777)  # noqa: S103 # everybody on the host may come
        assert MARK not in "".join(names)
        yield names, waiting


def assert_nobody_came(waiting: list[socket.socket]) -> None:
    for listener in waiting:
        with pytest.raises(BlockingIOError):
            listener.accept() if listener.type == socket.SOCK_STREAM else listener.recv(1)


def test_loopback_of_the_host_and_routes(abuse: Abuser, loopback: tuple[int, list[socket.socket]]) -> None:
    port, waiting = loopback
    for listener in waiting:  # it is there for everybody else
        with socket.socket(listener.family, listener.type) as visitor:
            visitor.connect(listener.getsockname())
            if listener.type == socket.SOCK_DGRAM:
                visitor.send(b"hello")
                assert listener.recv(5) == b"hello"
            else:
                listener.accept()[0].close()
    abuse(probe("42-loopback.c", str(port)))
    assert_nobody_came(waiting)


def test_unix_sockets_of_the_host(abuse: Abuser, unix_listeners: tuple[list[str], list[socket.socket]]) -> None:
    names, waiting = unix_listeners
    abuse(probe("43-unix_sockets.c", *names))
    assert_nobody_came(waiting)


def test_families_that_no_namespace_holds(abuse: Abuser) -> None:
    abuse(probe("45-families.c"))


def test_options_that_outlive_a_program_or_that_nobody_counts(abuse: Abuser) -> None:
    abuse(probe("61-deaf.c"))
