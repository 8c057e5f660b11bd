"""Large tests as files that all jobs share which judge by them: neither memory nor the outbox holds a copy for each.

The rows of a problem's tests are never changed, only replaced, each time with a new ``tests_id``. A directory of that
name holds their data, written when they are first needed and removed when nobody has asked for them for a day.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import defer

from api.database import Work
from api.execution.models import OutboxJob
from api.problems.models import Problem, TestCaseRow
from api.problems.repository import read_cases
from api.services import Services
from judge import Data

SMALL_BYTES: Final = 1 << 20
"""Tests that are no larger, all together, travel with every job."""

_UNUSED_S: Final = 24 * 3600
_UNFINISHED: Final = ".making-"


@dataclass(frozen=True, slots=True)
class StoredTests:
    """A problem's tests in their order.

    ``data``      of each, its input and expected output
    ``tests_id``  what its data's directory is called; ``None``: they are in memory
    """

    cases: Sequence[TestCaseRow]
    data: Sequence[tuple[Data, Data]]
    tests_id: str | None


async def read_tests(work: Work, problem: Problem, folder: Path) -> StoredTests:
    """The problem's tests; the data of large ones lie below ``folder``."""
    if problem.tests_id is None or problem.tests_bytes <= SMALL_BYTES:
        cases = await read_cases(work, problem.id, hidden=True)
        return StoredTests(cases, [(Data(case.input), Data(case.expected_output)) for case in cases], None)
    cases = await read_light_cases(work, problem.id)
    directory = await provide_files(work, problem, folder)
    return StoredTests(cases, [_data(directory, case) for case in cases], problem.tests_id)


async def provide_files(work: Work, problem: Problem, folder: Path) -> Path:
    """The directory with the data of the problem's tests, written if it is not there."""
    assert problem.tests_id is not None  # noqa: S101 - whoever asks has looked
    directory = folder / problem.tests_id
    if await asyncio.to_thread(_touched, directory):
        return directory
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    unfinished = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=folder, prefix=_UNFINISHED))
    try:
        await write_data(work, await read_light_cases(work, problem.id), unfinished)
        await asyncio.to_thread(_finish, unfinished, directory)
    finally:
        await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
    return directory


async def read_light_cases(work: Work, problem_id: str) -> Sequence[TestCaseRow]:
    """A problem's tests in their order, without their data."""
    mine = select(TestCaseRow).where(TestCaseRow.problem_id == problem_id).order_by(TestCaseRow.index)
    light = mine.options(defer(TestCaseRow.input), defer(TestCaseRow.expected_output))
    return (await work.session.execute(light)).scalars().all()


async def write_data(work: Work, cases: Sequence[TestCaseRow], directory: Path) -> list[tuple[Data, Data]]:
    """Write the data of tests into ``directory``, one test after the other: all may be more than memory takes."""
    found = []
    columns = select(TestCaseRow.input, TestCaseRow.expected_output)
    for case in cases:
        this = columns.where(TestCaseRow.problem_id == case.problem_id, TestCaseRow.index == case.index)
        row = (await work.session.execute(this)).one()
        given, expected = _paths(directory, case)
        await asyncio.to_thread(_write, {given: row.input, expected: row.expected_output})
        found.append((Data(given), Data(expected)))
    return found


async def forget_old_files(services: Services) -> None:
    """Remove what nobody has asked for in a day and no accepted job needs."""
    async with services.database.read() as work:
        needed = select(OutboxJob.tests_id).where(OutboxJob.tests_id.is_not(None))
        ids = set((await work.session.execute(needed)).scalars())
    await asyncio.to_thread(_sweep, services.settings.tests, ids)


def _sweep(folder: Path, needed: set[str | None]) -> None:
    if not folder.is_dir():
        return
    for directory in folder.iterdir():
        if directory.name not in needed and directory.stat().st_mtime < time.time() - _UNUSED_S:
            shutil.rmtree(directory, ignore_errors=True)


def _touched(directory: Path) -> bool:
    """Whether it is there; if so, it has been asked for now."""
    try:
        os.utime(directory)
    except FileNotFoundError:
        return False
    return True


def _finish(unfinished: Path, directory: Path) -> None:
    try:
        unfinished.rename(directory)
    except OSError:
        if not directory.is_dir():  # else somebody else was quicker, with the same
            raise


def _data(directory: Path, case: TestCaseRow) -> tuple[Data, Data]:
    given, expected = _paths(directory, case)
    return Data(given), Data(expected)


def _paths(directory: Path, case: TestCaseRow) -> tuple[Path, Path]:
    return directory / f"{case.index}.in", directory / f"{case.index}.ans"


def _write(contents: Mapping[Path, bytes]) -> None:
    for path, content in contents.items():
        path.write_bytes(content)
