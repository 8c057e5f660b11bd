"""Asking for runs, submissions and batches, and waiting for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from api.execution.repository import count_unfinished
from api.users.quotas import Quota, used_today
from tests.api.people import PASSWORD, Json, Person, Service, expect

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"
SLEEPER: Final = "import time\nprint('begun', flush=True)\ntime.sleep(60)\nprint('never')\n"
"""Goes on until it is stopped."""

_PATIENCE_S: Final = 20


def program(code: str = "print(1)\n", **fields: Any) -> Json:
    """The body of a request."""
    return {"language": "python", "code": code, **fields}


async def accept(person: Person, code: str = "print(1)\n", *, room: Json | None = None, **fields: Any) -> str:
    """Ask for a run, in a room or in nobody's; its id."""
    path = f"/rooms/{room['roomId']}/run" if room else "/execution/run"
    return str(expect(await person.post(path, program(code, **fields)), 202)["jobId"])


async def done(person: Person, job_id: str) -> Json:
    """What became of a run."""
    return dict(expect(await person.get(f"/execution/{job_id}", waitMs=30_000)))


async def ran(person: Person, code: str, **fields: Any) -> Json:
    """What becomes of a run."""
    return await done(person, await accept(person, code, **fields))


async def hand_in(person: Person, room: Json, code: str = "print(1)\n", **fields: Any) -> str:
    """Submit in a room; the submission's id."""
    accepted = expect(await person.post(f"/rooms/{room['roomId']}/submit", program(code, **fields)), 202)
    return str(accepted["submissionId"])


async def judged(person: Person, submission_id: str) -> Json:
    """What became of a submission."""
    return dict(expect(await person.get(f"/submissions/{submission_id}", waitMs=30_000)))


async def start_batch(person: Person, code: str, *inputs: Json, **fields: Any) -> tuple[str, list[str]]:
    """Ask for a batch; its id and those of its jobs."""
    accepted = expect(await person.post("/execution/batches", program(code, inputs=list(inputs), **fields)), 202)
    return accepted["batchId"], accepted["jobIds"]


async def batched(person: Person, batch_id: str) -> Json:
    """What became of a batch."""
    return dict(expect(await person.get(f"/execution/batches/{batch_id}", waitMs=30_000)))


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(_PATIENCE_S):
        while not await condition():  # noqa: ASYNC110 - jobs set no event of ours
            await asyncio.sleep(0.01)


async def running(person: Person, path: str) -> None:
    """Wait until a job is being done."""

    async def runs() -> bool:
        return bool(expect(await person.get(path))["status"] == "running")

    await until(runs)


async def used(service: Service, person: Person) -> tuple[int, int]:
    """How many executions of today somebody has used up, and how many of their jobs are unfinished."""
    async with service.services.database.read() as work:
        spent = await used_today(work, person.id)
        return spent[Quota.EXECUTION], await count_unfinished(work.session, person.id)


async def again(service: Service, person: Person) -> Person:
    """The same person signed in again: tokens grow old when the clock is moved."""
    body = {"identifier": person.user["email"], "password": PASSWORD, "tokenTransport": "body"}
    answer = expect(await service.nobody.post("/auth/login", body))
    return Person(person.client, answer["accessToken"], answer["user"])


async def idle(service: Service, person: Person) -> None:
    """Wait until nothing of somebody is unfinished."""

    async def is_idle() -> bool:
        return (await used(service, person))[1] == 0

    await until(is_idle)
