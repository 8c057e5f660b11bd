"""One program on several inputs (API.md 11.7)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import inspect

from api.execution.repository import runs_of_batch
from tests.api.execution.work import SLEEPER, accept, batched, done, program, ran, running, start_batch
from tests.api.people import Json, Person, Service, expect, refused

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DOUBLE = "import sys\nprint(int(input()) * 2, *sys.argv[1:])\n"


def outcomes(batch: Json) -> list[tuple[str, str, bool | None]]:
    return [(item["status"], item["verdict"], item["passed"]) for item in batch["items"]]


async def test_each_input_is_a_job_of_its_own(ann: Person) -> None:
    inputs: list[Json] = [
        {"stdin": "1", "expectedOutput": "2"},
        {"stdin": "2", "expectedOutput": "5"},
        {"stdin": "3", "args": ["a", "b"]},
        {"stdin": "x", "expectedOutput": ""},
        {},
    ]
    accepted = expect(await ann.post("/execution/batches", program(DOUBLE, inputs=inputs)), 202)
    assert set(accepted) == {"batchId", "jobIds"}
    assert len(set(accepted["jobIds"])) == 5
    batch = await batched(ann, accepted["batchId"])
    assert set(batch) == {"batchId", "status", "total", "finished", "compile", "items", "createdAt", "completedAt"}
    assert (batch["status"], batch["total"], batch["finished"]) == ("completed", 5, 5)
    assert batch["compile"]["ok"]
    assert [set(item) for item in batch["items"]] == [{"index", "jobId", "status", "verdict", "passed"}] * 5
    assert [(item["index"], item["jobId"]) for item in batch["items"]] == list(enumerate(accepted["jobIds"]))
    assert outcomes(batch) == [
        ("completed", "accepted", True),
        ("completed", "wrong_answer", False),
        ("completed", "accepted", None),
        ("failed", "runtime_error", False),
        ("failed", "runtime_error", None),
    ]
    results = [await done(ann, job) for job in accepted["jobIds"]]
    assert [result["stdout"] for result in results[:3]] == ["2\n", "4\n", "6 a b\n"]
    assert [(result.get("passed"), result.get("expectedOutput")) for result in results[:2]] == [
        (True, "2"),
        (False, "5"),
    ]
    assert all("passed" not in result and "expectedOutput" not in result for result in (results[2], results[4]))
    assert [result["error"] is None for result in results] == [result["status"] == "completed" for result in results]
    assert all(result["compile"] == batch["compile"] for result in results)
    assert {result["createdAt"] for result in results} == {batch["createdAt"]}
    assert batch["completedAt"] >= max(result["completedAt"] for result in results)


@only_sqlite
async def test_the_checker_may_be_chosen(ann: Person) -> None:
    inputs = [{"stdin": "1", "expectedOutput": "2"}, {"stdin": "1", "expectedOutput": "2.0001\n"}]
    batch, _ = await start_batch(ann, DOUBLE, *inputs, checker={"type": "exact"})
    assert [item["passed"] for item in (await batched(ann, batch))["items"]] == [False, False]
    options = {"absoluteTolerance": 0.01, "relativeTolerance": 0}
    batch, _ = await start_batch(ann, DOUBLE, *inputs, checker={"type": "float", "options": options})
    assert [item["passed"] for item in (await batched(ann, batch))["items"]] == [True, True]
    upper = "print('A  b')\n"
    batch, _ = await start_batch(
        ann, upper, {"expectedOutput": "a B"}, checker={"type": "tokens", "options": {"caseSensitive": False}}
    )
    assert (await batched(ann, batch))["items"][0]["passed"]


@only_sqlite
async def test_a_program_is_compiled_once_for_all_inputs(ann: Person) -> None:
    code = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n + X); }\n'
    inputs = [{"stdin": str(n), "expectedOutput": str(n + 5)} for n in range(6)]
    batch, jobs = await start_batch(ann, code, *inputs, language="c", compileOptions={"flags": ["-DX=5"]})
    found = await batched(ann, batch)
    assert [item["passed"] for item in found["items"]] == [True] * 6
    compilations = [(await done(ann, job))["compile"] for job in jobs]
    assert all(compilation == found["compile"] for compilation in compilations)


@only_sqlite
async def test_what_does_not_compile_fails_every_input(ann: Person) -> None:
    batch, jobs = await start_batch(ann, "print(\n", {"expectedOutput": "x"}, {})
    found = await batched(ann, batch)
    assert outcomes(found) == [("failed", "compile_error", False), ("failed", "compile_error", None)]
    assert (found["status"], found["compile"]["ok"]) == ("completed", False)
    result = await done(ann, jobs[0])
    assert (result["verdict"], result["exitCode"], result["compile"]["ok"]) == ("compile_error", None, False)


@only_sqlite
async def test_the_first_failure_may_stop_the_rest(ann: Person) -> None:
    inputs = [{"stdin": n, "expectedOutput": "2"} for n in ("1", "3", "1", "1")]
    batch, jobs = await start_batch(ann, DOUBLE, *inputs, stopOnFirstFailure=True)
    found = await batched(ann, batch)
    assert outcomes(found) == [
        ("completed", "accepted", True),
        ("completed", "wrong_answer", False),
        ("failed", "skipped", None),
        ("failed", "skipped", None),
    ]
    skipped = await done(ann, jobs[3])
    assert (skipped["verdict"], skipped["startedAt"], skipped["exitCode"]) == ("skipped", None, None)


@only_sqlite
async def test_output_may_be_base64(ann: Person) -> None:
    _, jobs = await start_batch(ann, "print('ż')\n", {}, outputEncoding="base64")
    assert (await done(ann, jobs[0]))["stdout"] == "xbwK"


async def test_a_batch_is_seen_while_it_goes_on(ann: Person) -> None:
    code = "import time\nif input() == 'slow':\n    time.sleep(60)\n"
    batch, jobs = await start_batch(ann, code, {"stdin": "quick"}, {"stdin": "slow"})
    assert (await done(ann, jobs[0]))["verdict"] == "accepted"
    await running(ann, f"/execution/{jobs[1]}")
    path = f"/execution/batches/{batch}"
    response = await ann.get(path)
    found = expect(response)
    assert (found["status"], found["finished"], found["completedAt"]) == ("running", 1, None)
    assert found["compile"]["ok"]
    assert [item["status"] for item in found["items"]] == ["completed", "running"]
    assert [item["verdict"] for item in found["items"]] == ["accepted", None]
    assert response.headers["Retry-After"] == "1"
    assert expect(await ann.get(f"/execution/{jobs[1]}/status"))["status"] == "running"
    body = expect(await ann.post(f"{path}/cancel"), 202)
    assert body == {"batchId": batch, "status": "running", "cancelRequested": True}
    found = await batched(ann, batch)
    assert [item["verdict"] for item in found["items"]] == ["accepted", "cancelled"]
    assert (found["status"], found["finished"]) == ("failed", 2)
    assert (await done(ann, jobs[1]))["verdict"] == "cancelled"
    refused(await ann.post(f"{path}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")


@only_sqlite
async def test_a_batch_that_waits_never_begins_when_cancelled(ann: Person, service: Service) -> None:
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(3, (await service.services.dispatcher.load()).capacity))]
    batch, jobs = await start_batch(ann, "print('never')\n", {}, {"expectedOutput": "x"})
    body = expect(await ann.post(f"/execution/batches/{batch}/cancel"), 202)
    assert (body["status"], body["cancelRequested"]) == ("queued", True)
    found = await batched(ann, batch)
    assert (found["status"], found["compile"], found["finished"]) == ("failed", None, 2)
    assert {item["verdict"] for item in found["items"]} == {"cancelled"}
    assert (await done(ann, jobs[0]))["startedAt"] is None
    for sleeper in sleepers:
        expect(await ann.post(f"/execution/{sleeper}/cancel"), 202)
        await done(ann, sleeper)


async def test_one_input_may_be_cancelled_alone(ann: Person) -> None:
    code = "import time\nif input() == 'slow':\n    time.sleep(60)\nprint('end')\n"
    inputs = [{"stdin": "slow"}, {"stdin": "quick"}, {"stdin": "slow"}, {"stdin": "quick"}]
    batch, jobs = await start_batch(ann, code, *inputs)
    await running(ann, f"/execution/{jobs[0]}")
    assert expect(await ann.post(f"/execution/{jobs[2]}/cancel"), 202)["jobId"] == jobs[2]
    assert (await done(ann, jobs[2]))["verdict"] == "cancelled"
    expect(await ann.post(f"/execution/{jobs[0]}/cancel"), 202)
    found = await batched(ann, batch)
    assert [item["verdict"] for item in found["items"]] == ["cancelled", "accepted", "cancelled", "accepted"]


async def test_an_input_of_a_batch_that_waits_may_be_cancelled_alone(ann: Person, service: Service) -> None:
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(3, (await service.services.dispatcher.load()).capacity))]
    batch, jobs = await start_batch(ann, "print('end')\n", {}, {})
    waiting = expect(await ann.get(f"/execution/{jobs[0]}"))
    assert (waiting["status"], waiting["queuePosition"]) == ("queued", 1)
    expect(await ann.post(f"/execution/{jobs[0]}/cancel"), 202)
    assert (await done(ann, jobs[0]))["verdict"] == "cancelled"
    refused(await ann.post(f"/execution/{jobs[0]}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")
    for sleeper in sleepers:
        expect(await ann.post(f"/execution/{sleeper}/cancel"), 202)
    found = await batched(ann, batch)
    assert [item["verdict"] for item in found["items"]] == ["cancelled", "accepted"]


@only_sqlite
async def test_a_batch_is_read_without_the_results_of_its_inputs(ann: Person, service: Service) -> None:
    batch, _ = await start_batch(ann, "print(1)\n", {"expectedOutput": "1"}, {})
    await batched(ann, batch)
    async with service.services.database.read() as work:
        runs = await runs_of_batch(work.session, batch)
    assert [run.passed for run in runs] == [True, None]
    assert [inspect(run).unloaded >= {"code", "result"} for run in runs] == [True, True]


@only_sqlite
async def test_waiting_for_a_batch_ends_with_it(ann: Person) -> None:
    batch, _ = await start_batch(ann, "import time\ntime.sleep(0.4)\n", {})
    answers = await asyncio.gather(*(ann.get(f"/execution/batches/{batch}", waitMs=30_000) for _ in range(3)))
    assert [expect(answer)["status"] for answer in answers] == ["completed"] * 3
    refused(await ann.get(f"/execution/batches/{batch}", waitMs=30_001), 400, "VALIDATION_FAILED")


@only_sqlite
async def test_fifty_inputs_are_a_batch(ann: Person) -> None:
    inputs = [{"stdin": str(n), "expectedOutput": str(2 * n)} for n in range(50)]
    batch, _ = await start_batch(ann, DOUBLE, *inputs)
    found = await batched(ann, batch)
    assert (found["finished"], {item["passed"] for item in found["items"]}) == (50, {True})
    assert (await ran(ann, "print(1)\n"))["verdict"] == "accepted"
