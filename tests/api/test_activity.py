"""Signs of life, written beside everything else that changes."""

from __future__ import annotations

import asyncio

from api.database import Work
from api.users.models import User
from api.users.repository import lock_caller
from tests.api.people import Person, Service


async def last_seen(work: Work, *user_ids: str) -> list[object]:
    return [(await work.session.get_one(User, user_id)).last_active_at for user_id in user_ids]


async def test_accounts_that_are_being_changed_are_written_the_next_time(
    service: Service, ann: Person, bob: Person
) -> None:
    activity, database = service.services.activity, service.services.database
    first, last = sorted((ann.id, bob.id))
    await activity.flush(database)
    service.clock.forward(seconds=10)
    now = service.clock.now()
    for person in (ann, bob):
        activity.seen(person.id)
    async with database.write() as work:
        await lock_caller(work, last)
        flushing = asyncio.create_task(activity.flush(database))
        await asyncio.sleep(0.2)
        await lock_caller(work, first)  # not in the order in which signs of life are written
    await flushing
    service.clock.forward(seconds=10)
    activity.seen(first)
    await activity.flush(database)
    async with database.read() as work:
        assert await last_seen(work, first, last) == [service.clock.now(), now]
