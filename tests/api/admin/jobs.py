"""A program that goes on until it is stopped."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.api.people import Person, expect

SLEEPER: Final = {"language": "python", "code": "import time\ntime.sleep(25)"}


async def until_running(person: Person, job_id: str) -> None:
    """Wait until the run has begun."""
    async with asyncio.timeout(20):
        while expect(await person.get(f"/execution/{job_id}"))["status"] == "queued":  # noqa: ASYNC110 - HTTP has no events for this
            await asyncio.sleep(0.02)
