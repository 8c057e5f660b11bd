"""A PostgreSQL server of the tests' own: in a directory that goes away, reached by a socket in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import delete

from api.tables import metadata

_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def find_programs() -> Path | None:
    """The directory of the server's programs, of the newest version there is."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


class Postgres:
    """A running server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def address(self, database: str) -> str:
        """Of a database."""
        return f"postgresql://syncode@/{database}?host={self.directory}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database as a copy of another; its address."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.address(database)

    def drop(self, database: str) -> None:
        """Remove it, whoever is connected."""
        self.execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def empty(self, database: str) -> bool:
        """Delete every row; ``False``: its tables are not what they were."""
        statements = (str(delete(table)) for table in reversed(metadata.sorted_tables))
        try:
            with psycopg.connect(self.address(database)) as connection:
                connection.execute("; ".join(statements))
        except psycopg.Error:
            return False
        return True

    def execute(self, statement: str) -> None:
        """Run one statement outside of any transaction."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running_postgres(programs: Path) -> Iterator[Postgres]:
    """Start a server, and stop it at the end. It never runs as root: it would refuse to."""
    user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="syncode-pg-") as name:
        directory = Path(name)
        if user is not None:
            shutil.chown(directory, user)
        data = directory / "data"
        as_wanted = ("-U", "syncode", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        initdb = [str(programs / "initdb"), "-D", str(data), *as_wanted]
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=directory)
        options = {**_QUICK, "listen_addresses": "", "unix_socket_directories": name}
        with (directory / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *(f"-c{key}={value}" for key, value in options.items())],
                stderr=log,
                user=user,
                cwd=directory,
            )
        try:
            _await(server, directory)
            yield Postgres(directory)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await(server: subprocess.Popen[bytes], directory: Path) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(Postgres(directory).address("postgres")).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > ends:
                raise AssertionError((directory / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return
