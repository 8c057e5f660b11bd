"""The whole service in figures."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.admin.dashboard import percentile
from api.database import new_id
from api.execution.models import Run
from tests.api.admin.jobs import SLEEPER, until_running
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import advance, open_room, pair


async def figures(admin: Person) -> Json:
    return dict(expect(await admin.get("/admin/dashboard")))


async def keep_run(service: Service, person: Person, **columns: Any) -> None:
    async with service.services.database.write() as work:
        given = {"status": "completed", "verdict": "accepted", "queued_at": work.now, **columns}
        row = Run(id=new_id(), user_id=person.id, language="python", language_version="3.13", code=b"", **given)
        work.session.add(row)


async def test_everybody_else_is_forbidden(ann: Person, service: Service) -> None:
    refused(await ann.get("/admin/dashboard"), 403, "FORBIDDEN")
    refused(await service.nobody.get("/admin/dashboard"), 401, "UNAUTHORIZED")


async def test_an_empty_service(admin: Person, service: Service) -> None:
    shown = await figures(admin)
    assert shown == {
        "users": {"total": 1, "activeLast24h": shown["users"]["activeLast24h"], "newLast7d": 1, "banned": 0},
        "rooms": {
            "active": 0,
            "byStatus": {"waiting": 0, "warmup": 0, "coding": 0, "wrapup": 0, "finished": 0},
            "createdLast24h": 0,
        },
        "sessions": {"total": 0, "ongoing": 0, "finishedLast24h": 0, "averageDurationMs": None},
        "problems": {"total": 0, "published": 0, "drafts": 0},
        "executions": {
            "runsLast24h": 0,
            "submissionsLast24h": 0,
            "byVerdict": {},
            "queueDepth": 0,
            "workersBusy": 0,
            "workersTotal": (await service.services.dispatcher.load()).capacity,
            "p95WaitMs": None,
            "p95DurationMs": None,
        },
        "matchmaking": {"searching": 0},
        "ai": {"jobsLast24h": 0, "failedLast24h": 0},
        "generatedAt": shown["generatedAt"],
    }


async def test_people_rooms_and_sessions_are_counted(service: Service, admin: Person, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    service.clock.forward(seconds=40)
    await advance(ann, room, "wrapup", "finished")
    await pair(ann, bob, phase="warmup")
    await open_room(bob)
    eve = await service.person("eve")
    expect(await admin.patch(f"/admin/users/{eve.id}", {"banned": True}))
    expect(await (await service.person("gone")).delete("/users/me"), 204)
    shown = await figures(admin)
    assert (shown["users"]["total"], shown["users"]["banned"]) == (4, 1)
    assert shown["rooms"] == {
        "active": 2,
        "byStatus": {"waiting": 1, "warmup": 1, "coding": 0, "wrapup": 0, "finished": 1},
        "createdLast24h": 3,
    }
    assert shown["sessions"] == {"total": 2, "ongoing": 1, "finishedLast24h": 1, "averageDurationMs": 40_000}


async def test_what_is_old_counts_no_more(service: Service, ann: Person, bob: Person) -> None:
    await pair(ann, bob, phase="finished")
    await keep_run(service, ann)
    service.clock.forward(days=8)
    shown = await figures(await service.admin("second"))
    assert (shown["users"]["newLast7d"], shown["users"]["total"]) == (1, 3)
    assert (shown["rooms"]["createdLast24h"], shown["rooms"]["byStatus"]["finished"]) == (0, 1)
    assert (shown["sessions"]["total"], shown["sessions"]["finishedLast24h"]) == (1, 0)
    assert (shown["executions"]["runsLast24h"], shown["executions"]["byVerdict"]) == (0, {})


async def test_runs_are_counted_and_timed(service: Service, admin: Person, ann: Person) -> None:
    now = service.clock.now()
    for number in range(1, 21):
        started = now + timedelta(milliseconds=number)
        await keep_run(service, ann, started_at=started, completed_at=started + timedelta(milliseconds=100 * number))
    await keep_run(service, ann, verdict="runtime_error", started_at=now, completed_at=now)
    await keep_run(service, ann, status="queued", verdict=None)
    shown = (await figures(admin))["executions"]
    assert (shown["runsLast24h"], shown["submissionsLast24h"]) == (22, 0)
    assert shown["byVerdict"] == {"accepted": 20, "runtime_error": 1}
    assert (shown["p95WaitMs"], shown["p95DurationMs"]) == (19, 1900)


async def test_what_is_being_done_is_told(service: Service, admin: Person, ann: Person) -> None:
    job = expect(await ann.post("/execution/run", SLEEPER), 202)["jobId"]
    await until_running(ann, job)
    assert (await figures(admin))["executions"]["workersBusy"] == 1
    samples = (await service.client.get("/metrics")).text
    assert 'syncode_execution_workers{state="busy"} 1.0' in samples
    assert 'syncode_execution_jobs_in_progress{kind="run"} 1.0' in samples
    expect(await ann.post(f"/execution/{job}/cancel"), 202)


async def test_figures_are_kept_for_half_a_minute(service: Service, admin: Person, ann: Person) -> None:
    first, again = await asyncio.gather(figures(admin), figures(admin))
    assert first == again
    await open_room(ann)
    service.clock.forward(seconds=29)
    assert await figures(admin) == first
    service.clock.forward(seconds=1)
    later = await figures(admin)
    assert later["rooms"]["active"] == 1
    assert later["generatedAt"] > first["generatedAt"]


@pytest.mark.parametrize(
    ("values", "expected"), [([], None), ([7], 7), ([1, 2], 2), (range(1, 101), 95), (range(1, 1001), 950)]
)
def test_the_percentile_is_one_of_the_values(values: Any, expected: int | None) -> None:
    assert percentile(list(values), 95) == expected
