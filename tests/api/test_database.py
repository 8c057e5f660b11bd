"""Transactions, and what follows them."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

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
