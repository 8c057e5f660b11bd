"""Who may see a job, and who may stop it (API.md 11.3, 11.6 and 4.2)."""

from __future__ import annotations

import pytest

from tests.api.execution.work import SLEEPER, accept, again, batched, done, hand_in, judged, running, start_batch
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import advance, join, make_problem, open_room, people

RUN = ("", "/status", "/events")

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def sees_run(person: Person, job: str) -> None:
    expect(await person.get(f"/execution/{job}"))
    expect(await person.get(f"/execution/{job}/status"))


async def sees_no_run(person: Person, job: str) -> None:
    for path in RUN:
        refused(await person.get(f"/execution/{job}{path}"), 404, "EXECUTION_JOB_NOT_FOUND")
    refused(await person.post(f"/execution/{job}/cancel"), 404, "EXECUTION_JOB_NOT_FOUND")


async def sees_no_submission(person: Person, submission: str) -> None:
    for path in ("", "/events"):
        refused(await person.get(f"/submissions/{submission}{path}"), 404, "SUBMISSION_NOT_FOUND")
    refused(await person.post(f"/submissions/{submission}/cancel"), 404, "SUBMISSION_NOT_FOUND")


async def room_of_four(service: Service, ann: Person, admin: Person) -> tuple[Json, Person, Person, Person]:
    """Ann's room with a problem; a candidate, an observer, and somebody who will be kicked."""
    bob, eve, kim = await people(service, "bob", "eve", "kim")
    room = await open_room(ann, problemId=await make_problem(admin), config={"maxParticipants": 8})
    await join(bob, room, "candidate")
    await join(eve, room, "observer")
    await join(kim, room, "observer")
    expect(await ann.delete(f"/rooms/{room['roomId']}/participants/{kim.id}"), 204)
    return room, bob, eve, kim


async def test_a_run_in_nobodys_room_is_its_owners_and_admins(ann: Person, bob: Person, admin: Person) -> None:
    job = await accept(ann)
    await done(ann, job)
    await sees_run(ann, job)
    await sees_run(admin, job)
    await sees_no_run(bob, job)


@only_sqlite
async def test_nobody_sees_anything_without_a_token(service: Service, ann: Person) -> None:
    job = await accept(ann)
    await done(ann, job)
    for path in ("", "/status", "/events"):
        refused(await service.nobody.get(f"/execution/{job}{path}"), 401, "UNAUTHORIZED")
    refused(await service.nobody.post("/execution/run", {}), 401, "UNAUTHORIZED")
    refused(await service.nobody.get("/languages"), 401, "UNAUTHORIZED")


async def test_a_job_in_a_room_is_also_its_active_members(service: Service, ann: Person, admin: Person) -> None:
    room, bob, eve, kim = await room_of_four(service, ann, admin)
    (outsider,) = await people(service, "outsider")
    job = await accept(bob, room=room)
    submission = await hand_in(bob, room)
    await done(bob, job)
    await judged(bob, submission)
    for person in (bob, ann, eve, admin):
        await sees_run(person, job)
        assert expect(await person.get(f"/submissions/{submission}"))["code"] == "print(1)\n"
    for person in (outsider, kim):
        await sees_no_run(person, job)
        await sees_no_submission(person, submission)
    expect(await eve.post(f"/rooms/{room['roomId']}/leave"), 204)
    await sees_no_run(eve, job)
    await sees_no_submission(eve, submission)
    expect(await bob.post(f"/rooms/{room['roomId']}/leave"), 204)
    await sees_run(bob, job)  # its owner's wherever they are
    expect(await bob.get(f"/submissions/{submission}"))
    await join(eve, room, "observer")
    await sees_run(eve, job)


async def test_once_a_room_is_finished_every_member_sees_its_jobs(service: Service, ann: Person, admin: Person) -> None:
    room, bob, eve, kim = await room_of_four(service, ann, admin)
    (outsider,) = await people(service, "outsider")
    job = await accept(ann, room=room)
    submission = await hand_in(ann, room)
    await done(ann, job)
    await judged(ann, submission)
    expect(await eve.post(f"/rooms/{room['roomId']}/leave"), 204)
    await sees_no_run(eve, job)
    await advance(ann, room, "finished")
    for person in (ann, bob, eve, admin):
        await sees_run(person, job)
        expect(await person.get(f"/submissions/{submission}"))
        assert len(expect(await person.get(f"/rooms/{room['roomId']}/runs"))["data"]) == 1
    for person in (outsider, kim):
        await sees_no_run(person, job)
        await sees_no_submission(person, submission)


async def test_who_was_kicked_keeps_what_is_theirs(service: Service, ann: Person) -> None:
    (bob,) = await people(service, "bob")
    room = await open_room(ann)
    await join(bob, room)
    job = await accept(bob, room=room)
    await done(bob, job)
    expect(await ann.delete(f"/rooms/{room['roomId']}/participants/{bob.id}"), 204)
    await sees_run(bob, job)
    refused(await bob.get(f"/rooms/{room['roomId']}/runs"), 403, "ROOM_NOT_PARTICIPANT")


@only_sqlite
@pytest.mark.parametrize("who", ["owner", "host", "admin", "member"])
async def test_owner_host_and_admins_may_stop_a_job(service: Service, ann: Person, admin: Person, who: str) -> None:
    room, bob, eve, _ = await room_of_four(service, ann, admin)
    person = {"owner": bob, "host": ann, "admin": admin, "member": eve}[who]
    job = await accept(bob, SLEEPER, room=room)
    submission = await hand_in(bob, room, SLEEPER)
    await running(bob, f"/execution/{job}")
    if who == "member":
        refused(await person.post(f"/execution/{job}/cancel"), 404, "EXECUTION_JOB_NOT_FOUND")
        refused(await person.post(f"/submissions/{submission}/cancel"), 404, "SUBMISSION_NOT_FOUND")
        person = bob
    expect(await person.post(f"/execution/{job}/cancel"), 202)
    body = expect(await person.post(f"/submissions/{submission}/cancel"), 202)
    assert (body["submissionId"], body["cancelRequested"]) == (submission, True)
    assert (await done(bob, job))["verdict"] == "cancelled"
    result = await judged(bob, submission)
    assert (result["status"], result["verdict"]) == ("failed", "cancelled")
    refused(await bob.post(f"/submissions/{submission}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")


async def test_a_batch_is_its_owners_and_admins(service: Service, ann: Person, bob: Person, admin: Person) -> None:
    batch, jobs = await start_batch(ann, "print(1)\n", {}, {})
    await batched(ann, batch)
    path = f"/execution/batches/{batch}"
    expect(await admin.get(path))
    refused(await bob.get(path), 404, "EXECUTION_BATCH_NOT_FOUND")
    refused(await bob.post(f"{path}/cancel"), 404, "EXECUTION_BATCH_NOT_FOUND")
    refused(await ann.post(f"{path}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")
    for job in jobs:
        await sees_run(ann, job)
        await sees_no_run(bob, job)
    for wrong in ("x", "00000000-0000-4000-8000-000000000000", jobs[0], "%00"):
        refused(await ann.get(f"/execution/batches/{wrong}"), 404, "EXECUTION_BATCH_NOT_FOUND")
        refused(await ann.post(f"/execution/batches/{wrong}/cancel"), 404, "EXECUTION_BATCH_NOT_FOUND")
    refused(await ann.get(f"/execution/{batch}"), 404, "EXECUTION_JOB_NOT_FOUND")
    service.clock.forward(hours=24, seconds=5)
    ann = await again(service, ann)
    refused(await ann.get(path), 404, "EXECUTION_BATCH_NOT_FOUND")
    await sees_no_run(ann, jobs[0])
