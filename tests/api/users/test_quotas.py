"""GET /users/me/quotas, and the counting behind it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.errors import ExecutionRateLimitError
from api.users.quotas import Quota, refund, spend, today
from tests.api.people import Person, Service, expect
from tests.api.users.history import History


async def use(service: Service, person: Person, amount: int = 1, *, limit: int = 100) -> None:
    async with service.services.database.write() as work:
        await spend(work, person.id, Quota.EXECUTION, amount, limit=limit, error=ExecutionRateLimitError)


async def used(person: Person) -> int:
    return int(expect(await person.get("/users/me/quotas"))["execution"]["used"])


async def test_what_is_used_and_when_it_ends(service: Service, ann: Person) -> None:
    await use(service, ann, 3)
    await use(service, ann)
    quotas = expect(await ann.get("/users/me/quotas"))
    end = f"{today(service.clock.now()) + timedelta(days=1)}T00:00:00.000Z"
    assert quotas == {
        "ai": {"used": 0, "limit": 100, "resetsAt": end},
        "execution": {"used": 4, "limit": 100, "resetsAt": end},
        "rooms": {"activeCount": 0, "maxActive": 100},
    }


async def test_every_day_begins_with_nothing(service: Service, history: History) -> None:
    await use(service, history.person, 100)
    service.clock.moment = history.at.replace(hour=23, minute=59)
    history.renew_token()
    with pytest.raises(ExecutionRateLimitError):
        await use(service, history.person)
    service.clock.forward(minutes=1)
    assert await used(history.person) == 0
    await use(service, history.person)
    assert await used(history.person) == 1


async def test_more_than_is_left_is_refused_and_counts_nothing(service: Service, ann: Person) -> None:
    await use(service, ann, 98)
    with pytest.raises(ExecutionRateLimitError) as refusal:
        await use(service, ann, 3)
    details = refusal.value.details
    assert details is not None
    assert (details["scope"], details["limit"], details["windowSeconds"]) == ("execution_daily", 100, 86_400)
    assert 0 < details["retryAfterSeconds"] <= 86_400
    assert await used(ann) == 98
    await use(service, ann, 2)
    assert await used(ann) == 100


async def test_the_first_of_a_day_is_refused_too_when_it_is_too_much(service: Service, ann: Person) -> None:
    with pytest.raises(ExecutionRateLimitError):
        await use(service, ann, 101)
    assert await used(ann) == 0


async def test_at_once_exactly_as_many_as_allowed_are_counted(service: Service, ann: Person) -> None:
    outcomes = await asyncio.gather(*(use(service, ann, limit=5) for _ in range(12)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 5
    assert all(outcome is None or isinstance(outcome, ExecutionRateLimitError) for outcome in outcomes)
    assert await used(ann) == 5


async def test_what_came_to_nothing_is_given_back(service: Service, ann: Person) -> None:
    await use(service, ann, 5)
    day = today(service.clock.now())
    for left in (3, 1, 0):
        async with service.services.database.write() as work:
            await refund(work, ann.id, Quota.EXECUTION, 2, day=day)
        assert await used(ann) == left
    async with service.services.database.write() as work:
        await refund(work, ann.id, Quota.AI, day=day)  # nothing was used
        await refund(work, ann.id, Quota.EXECUTION, day=day - timedelta(days=1))


async def test_rooms_that_are_not_finished_count(history: History, bob: Person) -> None:
    await history.room("waiting")
    await history.room("coding")
    await history.room("finished")
    assert expect(await history.person.get("/users/me/quotas"))["rooms"]["activeCount"] == 2
    assert expect(await bob.get("/users/me/quotas"))["rooms"]["activeCount"] == 0
