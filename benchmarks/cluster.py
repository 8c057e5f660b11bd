"""Services and workers on loopback, each a process with a home that goes away, and the servers that they share."""

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
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import redis

from runner import Inventory, Settings, load_settings

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of an account that lives as long as the measurement
_SYNCODE: Final = str(Path(sys.executable).with_name("syncode"))
_STARTS_S: Final = 60
_ENDS_S: Final = 20
_LIFTED: Final = {
    f"SYNCODE_{name}": "1000000000"
    for name in (
        "REQUESTS_PER_MINUTE",
        "RUNS_PER_MINUTE",
        "SUBMISSIONS_PER_MINUTE",
        "EXECUTIONS_PER_DAY",
        "LOGINS_PER_MINUTE",
        "UNFINISHED_JOBS",
        "WAITS_PER_USER",
        "QUEUE_LIMIT",
    )
}

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL and a Redis of our own, as safe as the deployment has them: what they answer is on the disk soon."""

    database_url: str
    redis_url: str

    @property
    def environment(self) -> Environment:
        """Settings of services that use them."""
        return {"SYNCODE_DATABASE_URL": self.database_url, **self.workers_environment}

    @property
    def workers_environment(self) -> Environment:
        """Settings of workers."""
        return {"SYNCODE_REDIS_URL": self.redis_url}


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Start both, and stop them at the end. Raises ``RuntimeError`` where they are not installed."""
    programs, program = _postgres_programs(), shutil.which("redis-server")
    if programs is None or program is None:
        raise RuntimeError("PostgreSQL and Redis are needed: apt-get install postgresql redis-server")
    with tempfile.TemporaryDirectory(prefix="syncode-servers-") as name, contextlib.ExitStack() as owned:
        directory = Path(name)
        directory.chmod(0o755)
        redis_url = owned.enter_context(_redis(program, directory / "redis"))
        database_url = owned.enter_context(_postgres(programs, directory / "postgres"))
        yield Servers(database_url, redis_url)


@contextlib.contextmanager
def serving(environment: Environment, *, languages: Sequence[str] = (), examples: bool = False) -> Iterator[int]:
    """The port of a service without limits, with the images of ``languages`` (all), and the example problems."""
    with _home(languages) as home:
        environment = {**environment, "SYNCODE_HOME": str(home), "SYNCODE_ADMIN_PASSWORD": PASSWORD, **_LIFTED}
        if examples:
            for arguments in (["db", "upgrade"], ["seed"]):
                everything = {**os.environ, **environment}
                subprocess.run([_SYNCODE, *arguments], env=everything, check=True, capture_output=True)
        port = _free_port()
        command = [_SYNCODE, "serve", "--port", str(port)]
        process = _Process("the service", command, lambda: _listens(port), home / "log", environment=environment)
        with _running(process):
            yield port


@contextlib.contextmanager
def working(servers: Servers, *, count: int, languages: Sequence[str], slots: int, **more: str) -> Iterator[None]:
    """So many workers with so many slots each, whose jails are warm; ``more``: settings, by their variables."""
    with contextlib.ExitStack() as owned:
        client = owned.enter_context(redis.Redis.from_url(servers.redis_url))
        processes = []
        for _ in range(count):
            home = owned.enter_context(_home(languages))
            settings = {
                **servers.workers_environment,
                "SYNCODE_HOME": str(home),
                "SYNCODE_METRICS_PORT": "0",
                "SYNCODE_CANARY_MINUTES": "0",
                "SYNCODE_DRAIN_SECONDS": "0",
                **more,
            }
            command = [_SYNCODE, "worker", "--slots", str(slots)]
            processes.append(_Process("a worker", command, _Counted(client, count), home / "log", environment=settings))
        with _running(*processes):
            yield


@dataclass(frozen=True, slots=True)
class _Counted:
    """Whether so many workers are there."""

    client: redis.Redis
    count: int

    def __call__(self) -> bool:
        return self.client.zcard("{syncode}:workers") == self.count


@contextlib.contextmanager
def _home(languages: Sequence[str]) -> Iterator[Path]:
    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="syncode-home-") as name:
        home = Path(name)
        home.chmod(0o755)
        _lend_images(settings, home / "images", languages)
        yield home


def _lend_images(settings: Settings, directory: Path, languages: Sequence[str]) -> None:
    if not languages:
        directory.symlink_to(settings.home / "images")
        return
    directory.mkdir()
    inventory = Inventory.open(settings)
    for image in {inventory.image(language).directory for language in inventory.select(languages)}:
        (directory / image.name).symlink_to(image)


@contextlib.contextmanager
def _redis(program: str, directory: Path) -> Iterator[str]:
    directory.mkdir()
    port = _free_port()
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": directory,
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
    }
    command = [program, *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
    with redis.Redis(port=port) as client:

        def answers() -> bool:
            with contextlib.suppress(redis.RedisError):
                return bool(client.ping())
            return False

        with _running(_Process("Redis", command, answers, directory / "log")):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _postgres(programs: Path, directory: Path) -> Iterator[str]:
    """As it comes from the distribution; it refuses to run as root."""
    user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    directory.mkdir()
    if user is not None:
        shutil.chown(directory, user)
    data, port = directory / "data", _free_port()
    as_wanted = ("-U", "syncode", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    initdb: list[str | Path] = [programs / "initdb", "-D", data, *as_wanted]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=directory)
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": directory}
    command: list[str | Path] = [programs / "postgres", "-D", data]
    command += [f"-c{name}={value}" for name, value in options.items()]
    address = f"postgresql://syncode@127.0.0.1:{port}"

    def answers() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"{address}/postgres").close()
            return True
        return False

    process = _Process("PostgreSQL", command, answers, directory / "log", user=user, stop=signal.SIGINT)
    with _running(process):
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE syncode")
        yield f"{address}/syncode"


class _Process:
    """One that is ready as soon as ``ready`` says so. What it says goes to ``log``, and is told when it goes wrong."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        ready: Callable[[], bool],
        log: Path,
        *,
        environment: Environment | None = None,
        user: str | None = None,
        stop: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._name = name
        self._ready = ready
        self._log = log
        self._stop = stop
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env={**os.environ, **(environment or {})},
                user=user,
                cwd=log.parent,
            )

    def await_ready(self) -> None:
        """Raises ``RuntimeError`` when it does not get so far."""
        ends = time.monotonic() + _STARTS_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > ends:
                said = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._name} did not start: {said}")
            time.sleep(0.05)

    def tell_to_end(self) -> None:
        """Returns at once."""
        self._process.send_signal(self._stop)

    def end(self) -> None:
        """Wait until it has ended, and not for long."""
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _running(*processes: _Process) -> Iterator[None]:
    """Until the end; all begin and end at the same time."""
    try:
        for process in processes:
            process.await_ready()
        yield
    finally:
        for process in processes:
            process.tell_to_end()
        for process in processes:
            process.end()


def _postgres_programs() -> Path | None:
    """The directory of the server's programs, of the newest version there is."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: tuple(map(int, re.findall(r"\d+", path.parts[-3]))),
    )
    if versions:
        return versions[-1].parent
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
