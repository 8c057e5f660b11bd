"""Processes of a cluster: servers, services and workers, each of which can die at any moment and come back."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import psycopg
import redis

SOON_S: Final = 60.0
PROGRAM: Final = [str(Path(sys.executable).with_name("syncode"))]


class Member:
    """One process, the leader of a group of its own. ``netns``: file of the network that it lives in, or ``None``."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        netns: str | None = None,
    ) -> None:
        self.name = name
        prefix = [] if netns is None else ["nsenter", f"--net={netns}"]  # and the same files
        self._command = [*prefix, *map(str, command)]
        self._log = log
        self._ready = ready
        self._environment = dict(environment or {})
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self, *, wait: bool = True) -> None:
        """Begin (again)."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                user=self._user,
                start_new_session=True,
            )
        if wait:
            self.await_ready()

    def await_ready(self) -> None:
        """Until it does what it is there for."""
        assert self._process is not None
        ends = time.monotonic() + SOON_S
        while not self._ready():
            assert self._process.poll() is None, f"{self.name} ended with {self._process.returncode}: {self.log}"
            assert time.monotonic() < ends, f"{self.name} is not ready: {self.log}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Without a warning."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def end(self, patience_s: float = SOON_S) -> int:
        """Ask it to end; how it did."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(patience_s)

    def clear_away(self) -> None:
        """Whatever state it is in."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextlib.contextmanager
def clearing_away(*members: Member) -> Iterator[None]:
    """At the end nothing of them is left."""
    try:
        yield
    finally:
        for member in reversed(members):
            member.clear_away()


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def redis_server(program: str, directory: Path, *, host: str = "127.0.0.1", port: int | None = None) -> Member:
    """Redis that forgets nothing it has answered, however suddenly it dies."""
    port = port or free_port()
    directory.mkdir()
    options = {
        "port": port,
        "bind": host,
        "dir": directory,
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "protected-mode": "no",
    }
    command: list[str | Path] = [
        program,
        *(str(word) for name, value in options.items() for word in (f"--{name}", value)),
    ]

    def ready() -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis(host=host, port=port) as client:
            return bool(client.ping())
        return False

    return Member("redis", command, log=directory / "log", ready=ready)


def postgres_server(programs: Path, directory: Path, *, host: str = "127.0.0.1", port: int) -> Member:
    """PostgreSQL that keeps what is committed, with the database ``syncode``."""
    user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    directory.mkdir()
    if user is not None:
        shutil.chown(directory, user)
    data = directory / "data"
    as_wanted = ("-U", "syncode", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    initdb = [str(programs / "initdb"), "-D", str(data), *as_wanted]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=directory)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all samenet trust\n")
    # What was committed survives the death of the server without fsync: only that of the host costs it.
    options = {"listen_addresses": host, "port": port, "unix_socket_directories": directory, "fsync": "off"}
    command: list[str | Path] = [
        programs / "postgres",
        "-D",
        data,
        *(f"-c{name}={value}" for name, value in options.items()),
    ]

    def ready() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://syncode@/postgres?host={directory}&port={port}").close()
            return True
        return False

    return Member("postgres", command, log=directory / "log", ready=ready, user=user)


def listening(log: Path, sentence: str) -> Callable[[], bool]:
    """Whether a process has said so, the last time that it began."""
    seen = log.stat().st_size if log.exists() else 0

    def ready() -> bool:
        nonlocal seen
        said = log.read_bytes()[seen:] if log.exists() else b""
        if re.search(sentence.encode(), said) is None:
            return False
        seen += len(said)
        return True

    return ready
