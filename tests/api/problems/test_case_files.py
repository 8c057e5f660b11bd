"""Large tests lie in files that jobs share, and are there whatever happens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from api.execution.models import OutboxJob
from api.problems.case_files import SMALL_BYTES, forget_old_files
from tests.api.execution.work import SLEEPER, hand_in, judged, running
from tests.api.people import Person, Service, expect
from tests.api.problems.packages import SMALL, exported, take_over
from tests.api.problems.test_validations import over, start
from tests.api.rooms.parties import open_room

LARGE: Final[Mapping[str, bytes]] = {
    **SMALL,
    "data/secret/02.in": b"4 5\n" + b"x" * SMALL_BYTES,
    "data/secret/02.ans": b"9\n",
}
RIGHT: Final = "print(sum(map(int, input().split())))\n"


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"submissions_per_minute": 100}


def directories(service: Service) -> list[Path]:
    tests = service.services.settings.tests
    return sorted(tests.iterdir()) if tests.is_dir() else []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_jobs_share_the_data_of_large_tests(service: Service, ann: Person) -> None:
    admin = await service.admin()
    problem = (await take_over(admin, LARGE, publish=True))["problem"]["id"]
    room = await open_room(ann, problemId=problem)
    assert directories(service) == []
    waiting = await hand_in(ann, room, SLEEPER)
    await running(ann, f"/submissions/{waiting}")
    async with service.services.database.read() as work:
        row = (await work.session.execute(select(OutboxJob))).scalar_one()
    (first,) = directories(service)
    assert row.tests_id == first.name
    assert len(json.dumps(row.envelope)) < 10_000
    # its tests stay those that it began with
    expect(await admin.patch(f"/problems/{problem}", {"testCases": [{"input": "1 1", "expectedOutput": "2"}]}))
    os.utime(first, (0, 0))
    await forget_old_files(service.services)
    assert directories(service) == [first]
    expect(await ann.post(f"/submissions/{waiting}/cancel"), 202)
    assert (await judged(ann, waiting))["totalTestCases"] == 3
    await forget_old_files(service.services)
    assert directories(service) == []

    answer = await take_over(admin, LARGE, 200, replace=True)
    right = await judged(ann, await hand_in(ann, room, RIGHT))
    assert (right["verdict"], right["totalTestCases"]) == ("accepted", 3)
    assert (await over(admin, await start(admin, f"/problems/{answer['problem']['id']}")))["ok"]
    (second,) = directories(service)
    await forget_old_files(service.services)
    assert directories(service) == [second], "somebody has just asked for them"
    assert len(await exported(admin, problem)) > 1000
