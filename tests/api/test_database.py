"""Transactions, and what follows them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from structlog.testing import capture_logs

from api import database as databases
from api.clock import SystemClock
from api.migrations import upgrade
from api.users.models import User
from tests.api.people import Person, Service, expect


async def test_what_follows_a_change_may_fail_without_undoing_or_hiding_it(service: Service, ann: Person) -> None:
    done: list[str] = []

    async def fail() -> None:
        done.append("tried")
        raise RuntimeError("as expected")

    async def succeed() -> None:
        done.append("done")

    database = service.services.database
    with capture_logs() as told:
        async with database.write() as work:
            user = await work.session.get_one(User, ann.id)
            user.bio = "changed"
            work.after_commit(fail)
            work.after_commit(succeed)
    assert done == ["tried", "done"]
    assert [line["log_level"] for line in told] == ["error"]
    async with database.read() as work:
        assert (await work.session.get_one(User, ann.id)).bio == "changed"


def test_a_file_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "syncode.db"
    for _ in range(2):
        upgrade(f"sqlite:///{path}")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)  # by whoever has a reason to
    upgrade(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


async def test_nothing_follows_what_is_not_committed(service: Service) -> None:
    done: list[str] = []

    async def act() -> None:
        done.append("done")

    async def change_and_fail() -> None:
        async with service.services.database.write() as work:
            work.after_commit(act)
            raise LookupError

    with pytest.raises(LookupError):
        await change_and_fail()
    assert not done


async def test_what_is_read_in_one_transaction_is_of_one_moment(service: Service, ann: Person) -> None:
    database = service.services.database
    once = select(User.bio).where(User.id == ann.id)
    async with database.read() as work:
        before = (await work.session.execute(once)).scalar_one()
        expect(await ann.patch("/users/me", {"bio": "changed"}))
        assert (await work.session.execute(once)).scalar_one() == before
    async with database.read() as work:
        assert (await work.session.execute(once)).scalar_one() == "changed"


async def test_what_is_asked_wrongly_does_not_say_that_the_database_is_away(service: Service, ann: Person) -> None:
    asked = (
        "SELECT * FROM riddles",
        "SELECT riddle FROM users",
        "SELEKT 1",
        f"INSERT INTO users SELECT * FROM users WHERE id = '{ann.id}'",  # noqa: S608 - an id of ours
    )
    for statement in asked:
        with pytest.raises(DBAPIError) as told:
            async with service.services.database.write() as work:
                await work.session.execute(text(statement))
        assert databases.why_away(told.value) is None, statement
    assert databases.why_away(RuntimeError()) is None


@pytest.mark.parametrize(
    "address", ["sqlite:////proc/no/such/directory/a.db", "postgresql://nobody@127.0.0.1:1/nothing"]
)
async def test_a_database_that_cannot_be_reached_is_away(address: str) -> None:
    database = databases.Database.open(address, SystemClock())
    with pytest.raises((DBAPIError, sqlite3.Error)) as told:
        async with database.read() as work:
            await work.session.execute(text("SELECT 1"))
    await database.close()
    assert databases.why_away(told.value)


async def test_a_pool_that_gives_no_connection_in_time_is_away(database_url: str) -> None:
    database = databases.Database.open(database_url, SystemClock(), connections=1)
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    async with contextlib.AsyncExitStack() as held:
        for _ in range(2):  # PostgreSQL's may have one more
            with contextlib.suppress(PoolTimeoutError):
                work = await held.enter_async_context(database.read())
                await work.session.execute(text("SELECT 1"))
        with pytest.raises(PoolTimeoutError) as told:
            async with database.read() as work:
                await work.session.execute(text("SELECT 1"))
    await database.close()
    assert databases.why_away(told.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_is_503_until_there_is_room(service: Service) -> None:
    async def allow(pages: int) -> None:
        for _ in range(10):  # each connection has a limit of its own; one is free, and it is taken again
            async with service.services.database.read() as work:
                await work.session.execute(text(f"PRAGMA max_page_count = {pages}"))

    await allow(1)
    body = {"username": "bob", "email": "bob@example.com", "password": "a riddle of bob"}
    with capture_logs() as told:
        answers = [
            await service.nobody.post(
                "/auth/register", body | {"username": f"bob{turn}", "email": f"{turn}@example.com"}
            )
            for turn in range(60)
        ]
    full = [answer for answer in answers if answer.status_code != 201]
    assert {(answer.status_code, answer.json()["code"]) for answer in full} == {(503, "SERVICE_UNAVAILABLE")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in full)
    assert {line["reason"] for line in told if line["log_level"] != "info"} == {"database or disk is full"}
    await allow(1 << 30)
    expect(await service.nobody.post("/auth/register", body), 201)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestAnotherProcessWrites:
    @pytest.fixture
    def other(self, database_url: str) -> Iterator[sqlite3.Connection]:
        """Somebody else in the middle of writing to the same file."""
        with contextlib.closing(
            sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            yield other

    async def test_who_writes_waits_and_nobody_else(self, service: Service, other: sqlite3.Connection) -> None:
        database, ended = service.services.database, False

        async def write() -> None:
            nonlocal ended
            async with database.write() as work:
                await work.session.execute(text("UPDATE users SET bio = NULL"))
            ended = True

        writing = asyncio.create_task(write())
        for _ in range(5):
            async with database.read() as work:
                await work.session.execute(text("SELECT count(*) FROM users"))
            await asyncio.sleep(0.02)
        assert not ended
        other.execute("COMMIT")
        await writing
        assert ended

    async def test_who_waits_too_long_is_told(
        self, service: Service, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(databases, "_PATIENCE_S", 0.05)
        with pytest.raises(sqlite3.OperationalError, match="locked") as told:
            async with service.services.database.write():
                raise AssertionError("it is not our turn")
        assert databases.why_away(told.value)
        other.execute("ROLLBACK")
        async with service.services.database.write() as work:
            await work.session.execute(text("UPDATE users SET bio = NULL"))
