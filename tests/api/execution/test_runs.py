"""Runs over HTTP, in real sandboxes."""

from __future__ import annotations

from typing import Any

from tests.api.people import Person, Service, expect, refused

HELLO = {"language": "python", "code": "print('hello', input())", "stdin": "world\n"}


async def done(person: Person, job_id: str) -> dict[str, Any]:
    return dict(expect(await person.get(f"/execution/{job_id}", waitMs=30_000)))


async def test_a_run_is_accepted_and_answered(ann: Person) -> None:
    accepted = expect(await ann.post("/execution/run", HELLO), 202)
    assert set(accepted) == {"jobId", "staticAnalysisJobId", "status", "queuedAt"}
    assert (accepted["status"], accepted["staticAnalysisJobId"]) == ("queued", None)
    result = await done(ann, accepted["jobId"])
    assert (result["status"], result["verdict"], result["stdout"]) == ("completed", "accepted", "hello world\n")
    assert result["jobId"] == accepted["jobId"]


async def test_nobody_else_sees_it(ann: Person, bob: Person, admin: Person, service: Service) -> None:
    job = expect(await ann.post("/execution/run", HELLO), 202)["jobId"]
    for path in (f"/execution/{job}", f"/execution/{job}/status", f"/execution/{job}/events"):
        refused(await bob.get(path), 404, "EXECUTION_JOB_NOT_FOUND")
        refused(await service.nobody.get(path), 401, "UNAUTHORIZED")
    refused(await bob.post(f"/execution/{job}/cancel"), 404, "EXECUTION_JOB_NOT_FOUND")
    assert (await done(admin, job))["verdict"] == "accepted"
