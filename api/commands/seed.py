"""``syncode seed``: problems to begin with."""

from __future__ import annotations

import asyncio

from api.clock import SystemClock
from api.commands.database import database_errors, require_current
from api.commands.exits import ExitCode
from api.commands.terminal import answers, remarks
from api.database import Database
from api.problems.seeding import seed
from api.settings import ServiceSettings


def seed_problems(settings: ServiceSettings) -> ExitCode:
    """Add the example problems that are missing and print their titles.

    Raises :class:`runner.SettingsError` for a database that cannot be reached or is not up to date.
    """
    require_current(settings)
    with database_errors():
        titles = asyncio.run(_seed(settings.database))
    for title in titles:
        answers().print(title)
    remarks().print(f"{len(titles)} problems added" if titles else "all example problems are there already")
    return ExitCode.OK


async def _seed(address: str) -> list[str]:
    database = Database.open(address, SystemClock())
    try:
        return await seed(database)
    finally:
        await database.close()
