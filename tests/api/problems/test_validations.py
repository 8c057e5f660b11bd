"""Validations: reference solutions tried on a problem's tests, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import delete

from api.execution.recovery import forget_old_results
from api.problems.models import TestCaseRow
from tests.api.execution.streams import watch, watching
from tests.api.execution.work import SLEEPER, again, running, until, used
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.samples import CASE, UNKNOWN, create
from tests.api.problems.test_solutions import solution

WRONG: Final = {"permittedVerdicts": ["accepted", "wrong_answer"], "requiredVerdicts": ["wrong_answer"]}


@pytest.fixture
def changes() -> Mapping[str, Any]:
    return {"runs_per_minute": 1000, "executions_per_day": 10_000, "unfinished_jobs": 2}


@pytest.fixture
async def admin(service: Service) -> Person:
    return await service.admin()


async def with_solutions(admin: Person, *given: Json, **fields: Any) -> tuple[str, dict[str, str]]:
    """The path of a new problem with these solutions, and their ids by their names."""
    path = f"/problems/{(await create(admin, **fields))['id']}"
    made = [expect(await admin.post(f"{path}/solutions", each), 201) for each in given]
    return path, {each["name"]: each["id"] for each in made}


async def start(admin: Person, path: str, **body: Any) -> str:
    """Have a problem validated; the validation's path."""
    accepted = expect(await admin.post(f"{path}/validate", body), 202)
    assert accepted == {"validationId": accepted["validationId"], "status": "queued"}
    return f"{path}/validations/{accepted['validationId']}"


async def over(admin: Person, path: str) -> Json:
    """What a validation came to."""
    found = dict(expect(await admin.get(path, waitMs=30_000)))
    assert found["status"] in {"completed", "failed"}
    return found


async def test_a_problem_is_validated_and_its_progress_told(live_service: Service, admin: Person, ann: Person) -> None:
    hidden = {"input": "2 2\r\n", "expectedOutput": "4", "isHidden": True}
    path, ids = await with_solutions(
        admin,
        solution(),
        solution("wrong.py", code="print(3)\n", **WRONG),
        solution("idle.py", code="print(4)\n", permittedVerdicts=["wrong_answer"], requiredVerdicts=["wrong_answer"]),
        testCases=[CASE, hidden, hidden],
    )
    validation = await start(admin, path)
    events = await watch(live_service.client, admin, f"{validation}/events")
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1], kinds.count("solution"), kinds.count("result")) == ("status", "result", 3, 1)
    assert {"status", "solution", "progress", "result"} == set(kinds)
    assert [event.id for event in events] == sorted({event.id for event in events})
    progress = [event.data for event in events if event.kind == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"]
    found = await over(admin, validation)
    assert events[-1].data == found
    late = await watch(live_service.client, admin, f"{validation}/events")
    assert [event.data for event in late] == [found], "what is over says so at once"
    again = await watch(live_service.client, admin, f"{validation}/events", after=events[2].id)
    assert [event.id for event in again] == [event.id for event in events[3:]], "who was there before misses nothing"

    assert (found["status"], found["ok"], found["checksHold"]) == ("completed", False, True)
    right, wrong, idle = found["solutions"]
    assert (right["solutionId"], right["name"]) == (ids["right.py"], "right.py")
    assert (right["verdict"], right["expectationMet"], right["unmet"]) == ("accepted", True, [])
    assert [case["verdict"] for case in right["testCases"]] == ["accepted"] * 3
    assert right["slowestCpuMs"] > 0
    assert (wrong["verdict"], wrong["expectationMet"]) == ("wrong_answer", True)
    assert (idle["verdict"], idle["expectationMet"]) == ("wrong_answer", False)
    assert any("accepted" in sentence for sentence in idle["unmet"])
    assert [check["accepted"] for check in found["checkerChecks"]] == [True] * 3
    assert found["timing"]["currentTimeLimitMs"] == 5000
    assert found["timing"]["suggestedTimeLimitMs"] >= 2 * right["slowestCpuMs"]
    kinds_found = {finding["kind"] for finding in found["findings"]}
    assert {"identical_tests", "carriage_return", "no_final_newline"} <= kinds_found
    assert found["warnings"] == [finding["message"] for finding in found["findings"]]
    for name in ("createdAt", "startedAt", "completedAt"):
        assert found[name]

    assert await used(live_service, admin) == (1, 0)
    refused(await admin.post(f"{validation}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")
    only = await over(admin, await start(admin, path, solutionIds=[ids["wrong.py"]], repeat=2))
    assert [solution["name"] for solution in only["solutions"]] == ["wrong.py"]
    for reader in (ann, live_service.nobody):
        code, status = ("FORBIDDEN", 403) if reader is ann else ("UNAUTHORIZED", 401)
        for asked in (validation, f"{validation}/events", f"{path}/validations/{UNKNOWN}"):
            refused(await reader.get(asked), status, code)
        refused(await reader.post(f"{validation}/cancel"), status, code)
        refused(await reader.post(f"{path}/validate", {}), status, code)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_validation_is_stopped(live_service: Service, admin: Person) -> None:
    path, _ = await with_solutions(admin, solution(code=SLEEPER), timeLimit=60_000)
    validation = await start(admin, path)
    await running(admin, validation)
    waiting = await start(admin, path)
    refused(await admin.post(f"{path}/validate"), 429, "EXECUTION_RATE_LIMIT")
    async with watching(live_service.client, admin, f"{validation}/events") as stream:
        first, *_, last = await stream.until("status", status="running")
        async with watching(live_service.client, admin, f"{validation}/events", after=first.id) as later:
            assert (await later.until("status", status="running"))[-1].id == last.id > first.id
        unfinished = expect(await admin.get(validation))
        assert (unfinished["ok"], unfinished["solutions"], unfinished["timing"]) == (None, [], None)
        for each in (waiting, validation):
            stopped = expect(await admin.post(f"{each}/cancel"), 202)
            assert (stopped["validationId"], stopped["cancelRequested"]) == (each.rpartition("/")[2], True)
        assert (await stream.rest())[-1].data["status"] == "failed"
    for each in (waiting, validation):
        assert [(await over(admin, each))[name] for name in ("status", "ok")] == ["failed", False]

    async def nothing_waits() -> bool:
        return (await used(live_service, admin))[1] == 0

    await until(nothing_waits)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_validated(service: Service, admin: Person) -> None:
    path, ids = await with_solutions(admin, solution())
    other, _ = await with_solutions(admin, title="Other")
    for body, field in (
        ({"repeat": 0}, "repeat"),
        ({"repeat": 6}, "repeat"),
        ({"repeat": "2"}, "repeat"),
        ({"solutionIds": ["no-id"]}, "solutionIds.0"),
        ({"solutionIds": None}, "solutionIds"),
        ({"more": 1}, "more"),
    ):
        assert field in refused(await admin.post(f"{path}/validate", body), 400, "VALIDATION_FAILED")["details"]
    for unknown in (UNKNOWN, *ids.values()):
        body = {"solutionIds": [unknown]}
        refused(await admin.post(f"{other}/validate", body), 404, "PROBLEM_SOLUTION_NOT_FOUND")
    refused(await admin.post(f"/problems/{UNKNOWN}/validate", {}), 404, "PROBLEM_NOT_FOUND")
    validation = await start(admin, path)
    found = await over(admin, validation)
    assert found["ok"]
    elsewhere = validation.replace(path, other)
    for unknown in (elsewhere, f"{path}/validations/no-id", f"{path}/validations/{UNKNOWN}"):
        refused(await admin.get(unknown), 404, "PROBLEM_VALIDATION_NOT_FOUND")
        refused(await admin.get(f"{unknown}/events"), 404, "PROBLEM_VALIDATION_NOT_FOUND")
        refused(await admin.post(f"{unknown}/cancel"), 404, "PROBLEM_VALIDATION_NOT_FOUND")
    nothing = await over(admin, await start(admin, other))
    assert (nothing["status"], nothing["ok"], nothing["solutions"]) == ("completed", False, [])
    async with service.services.database.write() as work:
        await work.session.execute(delete(TestCaseRow))
    refused(await admin.post(f"{path}/validate", {}), 422, "PROBLEM_NO_TEST_CASES")
    expect(await admin.delete(path), 204)
    refused(await admin.get(validation), 404, "PROBLEM_NOT_FOUND")


async def test_after_a_day_only_the_last_validation_of_each_problem_stays(live_service: Service, admin: Person) -> None:
    path, _ = await with_solutions(admin, solution(), testCases=[CASE])
    other, _ = await with_solutions(admin, solution(), testCases=[CASE], title="Another")
    done = []
    for where in (path, path, other):
        done.append(await start(admin, where))
        await over(admin, done[-1])
    await forget_old_results(live_service.services)
    assert {(await admin.get(each)).status_code for each in done} == {200}
    newest = expect(await admin.get(f"{path}/validations", limit=1))
    older = expect(await admin.get(f"{path}/validations", cursor=newest["pagination"]["nextCursor"], limit=1))
    assert older["pagination"] == {"nextCursor": None, "hasMore": False}
    listed = [*older["data"], *newest["data"]]
    assert {f"{path}/validations/{each['validationId']}" for each in listed} == set(done[:2])
    assert [each["createdAt"] for each in listed] == sorted(each["createdAt"] for each in listed)
    for each in listed:
        whole = expect(await admin.get(f"{path}/validations/{each['validationId']}"))
        assert each == {name: whole[name] for name in each}
    live_service.clock.forward(hours=24, minutes=1)
    await forget_old_results(live_service.services)
    admin = await again(live_service, admin)
    expect(await admin.get(done[1]))
    expect(await admin.get(done[2]))
    kept = expect(await admin.get(f"{path}/validations"))["data"]
    assert [f"{path}/validations/{each['validationId']}" for each in kept] == [done[1]]
    refused(await admin.get(done[0]), 404, "PROBLEM_VALIDATION_NOT_FOUND")
