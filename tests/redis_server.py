"""A Redis server of the tests' own: in a directory that goes away, on loopback, mortal."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.distributed.members import clearing_away, free_port, redis_server


class RedisServer:
    """A running server, which keeps its memory in a file."""

    def __init__(self, program: str, directory: Path) -> None:
        self.port = free_port()
        self._member = redis_server(program, directory, port=self.port)
        self._alive = False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with clearing_away(self._member):
            self.start()
            yield

    def start(self) -> None:
        """Begin (again), with what it knew."""
        if not self._alive:
            self._member.start()
            self._alive = True

    def kill(self) -> None:
        """Without a warning."""
        self._member.kill()
        self._alive = False

    def forget(self) -> None:
        """All that it knows."""
        with redis.Redis(port=self.port) as client:
            client.flushall()


@contextlib.contextmanager
def running_redis(program: str) -> Iterator[RedisServer]:
    """Start a server, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="syncode-redis-") as name:
        server = RedisServer(program, Path(name) / "redis")
        with server.running():
            yield server
