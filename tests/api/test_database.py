"""Transactions, and what follows them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from api import database as databases
from api.users.models import User
from tests.api.people import Person, Service


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
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            async with service.services.database.write():
                raise AssertionError("it is not our turn")
        other.execute("ROLLBACK")
        async with service.services.database.write() as work:
            await work.session.execute(text("UPDATE users SET bio = NULL"))
