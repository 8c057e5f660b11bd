"""A whole cluster on this machine: PostgreSQL, Redis, services and workers, as processes of their own."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg

from api.routing import BASE
from tests.distributed.members import (
    PROGRAM,
    Member,
    clearing_away,
    free_port,
    listening,
    postgres_server,
    redis_server,
)

PASSWORD: Final = "correct horse battery"
SECRETS: Final = ("ACCESS_TOKEN", "REFRESH_TOKEN", "COLLAB_TOKEN", "INTERNAL", "UPLOAD")
LIMITS: Final = {
    "SYNCODE_REQUESTS_PER_MINUTE": "100000",
    "SYNCODE_LOGINS_PER_MINUTE": "100000",
    "SYNCODE_RUNS_PER_MINUTE": "100000",
    "SYNCODE_SUBMISSIONS_PER_MINUTE": "100000",
    "SYNCODE_EXECUTIONS_PER_DAY": "100000",
    "SYNCODE_UNFINISHED_JOBS": "1000",
    "SYNCODE_STREAMS_PER_USER": "1000",
    "SYNCODE_WAITS_PER_USER": "1000",
    "SYNCODE_PASSWORD_MEMORY_KIB": "8",
    "SYNCODE_PASSWORD_PASSES": "1",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process lives: an address, and the file of the network namespace that has it (``None``: this one)."""

    address: str = "127.0.0.1"
    netns: str | None = None


HERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Its processes, and how to reach them. ``homes``: of the workers, in their order."""

    directory: Path
    database: str
    redis_url: str
    redis: Member
    postgres: Member
    apis: tuple[Member, ...]
    urls: tuple[str, ...]
    workers: tuple[Member, ...]
    homes: tuple[Path, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.postgres, self.redis, *self.apis, *self.workers)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement finds."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement.encode()).fetchall()

    @contextlib.contextmanager
    def admin(self, index: int = 0) -> Iterator[httpx.Client]:
        """A client of a service, signed in as the admin."""
        with httpx.Client(base_url=self.urls[index] + BASE, timeout=60) as client:
            body = {"identifier": "admin", "password": PASSWORD}
            answer = client.post("/auth/login", json=body).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {answer['accessToken']}"
            yield client

    def logs(self) -> str:
        """The ends of all logs, for when something went wrong."""
        return "\n".join(f"--- {member.name}\n{member.log[-3000:]}" for member in self.members)


@contextlib.contextmanager
def running_cluster(
    programs: Path,
    redis_program: str,
    images: Path,
    *,
    servers: Place = HERE,
    apis: tuple[Place, ...] = (HERE,),
    workers: tuple[Place, ...] = (HERE,),
    slots: int = 2,
    first_images: Path | None = None,
    **more: str,
) -> Iterator[Cluster]:
    """Start all of it; nothing is left at the end.

    ``first_images``  the directory of images that the first worker has; ``None``: that of all
    ``more``          settings of all of them, by their variables
    """
    with tempfile.TemporaryDirectory(prefix="syncode-cluster-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        own = [first_images or images, *[images] * len(workers)]
        cluster = _plan(directory, programs, redis_program, own, servers, apis, workers, slots=slots, more=more)
        with clearing_away(*cluster.members):
            cluster.redis.start(wait=False)
            cluster.postgres.start()
            with psycopg.connect(cluster.database.replace("/syncode?", "/postgres?"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE syncode")
            environment = _environment(cluster.redis_url, cluster.database, directory / "first", more)
            for member in cluster.workers:
                member.start(wait=False)
            subprocess.run([*PROGRAM, "db", "upgrade"], env=environment, check=True, capture_output=True)
            for member in cluster.apis:
                member.start(wait=False)
            for member in cluster.members:
                member.await_ready()
            yield cluster


def _plan(
    directory: Path,
    programs: Path,
    redis_program: str,
    images: Sequence[Path],
    servers: Place,
    apis: tuple[Place, ...],
    workers: tuple[Place, ...],
    *,
    slots: int,
    more: Mapping[str, str],
) -> Cluster:
    redis_port, postgres_port = free_port(), free_port()
    redis_url = f"redis://{servers.address}:{redis_port}/0"
    database = f"postgresql://syncode@{servers.address}:{postgres_port}/syncode?connect_timeout=5"
    services, urls = [], []
    for number, place in enumerate(apis):
        log, port = directory / f"api{number}.log", free_port()
        urls.append(f"http://{place.address}:{port}")
        services.append(
            Member(
                f"api{number}",
                [*PROGRAM, "serve", "--host", place.address, "--port", str(port)],
                log=log,
                ready=listening(log, "serving at"),
                environment=_environment(redis_url, database, directory / f"api{number}", more),
                netns=place.netns,
            )
        )
    members, homes = [], []
    for number, place in enumerate(workers):
        log, home = directory / f"worker{number}.log", directory / f"worker{number}"
        home.mkdir()
        (home / "images").symlink_to(images[number])
        homes.append(home)
        environment = _environment(redis_url, "", home, more) | {"SYNCODE_METRICS_PORT": "0"}
        members.append(
            Member(
                f"worker{number}",
                [*PROGRAM, "worker", "--slots", str(slots)],
                log=log,
                ready=listening(log, "takes jobs of"),
                environment=environment,
                netns=place.netns,
            )
        )
    return Cluster(
        directory,
        database,
        redis_url,
        redis_server(redis_program, directory / "redis", host=servers.address, port=redis_port),
        postgres_server(programs, directory / "postgres", host=servers.address, port=postgres_port),
        tuple(services),
        tuple(urls),
        tuple(members),
        tuple(homes),
    )


def _environment(redis_url: str, database: str, home: Path, more: Mapping[str, str]) -> dict[str, str]:
    secrets = {f"SYNCODE_{name}_SECRET": f"{name.lower()}-".ljust(40, "x") for name in SECRETS}
    return {
        **LIMITS,
        **secrets,
        "SYNCODE_HOME": str(home),
        "SYNCODE_REDIS_URL": redis_url,
        "SYNCODE_DATABASE_URL": database,
        "SYNCODE_ADMIN_PASSWORD": PASSWORD,
        "SYNCODE_CANARY_MINUTES": "0",
        **more,
    }
