"""How much one person may ask for (API.md 11.1, 11.3 and 18), and that refusals cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from runner import Engine
from sandboxes import SetupError
from tests.api.execution.work import (
    SLEEPER,
    UNKNOWN,
    accept,
    again,
    batched,
    done,
    hand_in,
    judged,
    program,
    ran,
    start_batch,
    until,
    used,
)
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room

MANY = {"runs_per_minute": 1000, "submissions_per_minute": 1000, "executions_per_day": 1000, "unfinished_jobs": 1000}


def limited(response: httpx.Response, scope: str, limit: int, *, code: str = "EXECUTION_RATE_LIMIT") -> Json:
    details = refused(response, 429, code)["details"]
    assert (details["scope"], details["limit"]) == (scope, limit)
    assert set(details) == {"scope", "limit", "windowSeconds", "retryAfterSeconds"}
    assert int(response.headers["Retry-After"]) == details["retryAfterSeconds"] >= 1
    return dict(details)


async def stop(person: Person, *jobs: str) -> None:
    for job in jobs:
        expect(await person.post(f"/execution/{job}/cancel"), 202)
    for job in jobs:
        await done(person, job)


class TestRuns:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "runs_per_minute": 2}

    async def test_so_many_in_a_minute(self, ann: Person, bob: Person, service: Service) -> None:
        batch, _ = await start_batch(ann, "print(1)\n", {}, {}, {})  # counts as one
        job = await accept(ann)
        for path, body in (("run", program()), ("batches", program(inputs=[{}]))):
            details = limited(await ann.post(f"/execution/{path}", body), "runs", 2)
            assert (details["windowSeconds"], 1 <= details["retryAfterSeconds"] <= 60) == (60, True)
        room = await open_room(ann)
        limited(await ann.post(f"/rooms/{room['roomId']}/run", program()), "runs", 2)
        assert (await used(service, ann))[0] == 4
        assert (await ran(bob, "print(2)\n"))["stdout"] == "2\n"
        assert (await done(ann, job))["stdout"] == "1\n"
        await batched(ann, batch)

    async def test_what_is_refused_for_another_reason_does_not_count(self, ann: Person) -> None:
        for _ in range(3):
            refused(await ann.post("/execution/run", program("")), 400, "VALIDATION_FAILED")
            body = program(languageVersion="python-1")
            refused(await ann.post("/execution/run", body), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")
        for _ in range(2):
            await ran(ann, "print(1)\n")
        limited(await ann.post("/execution/run", program()), "runs", 2)

    async def test_many_at_once_are_counted_each(self, ann: Person) -> None:
        answers = await asyncio.gather(*(ann.post("/execution/run", program()) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [202, 202, 429, 429, 429, 429]
        for answer in answers:
            if answer.status_code == 202:
                await done(ann, answer.json()["jobId"])


class TestSubmissions:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "submissions_per_minute": 1}

    async def test_so_many_in_a_minute_apart_from_runs(self, ann: Person, admin: Person, service: Service) -> None:
        room = await open_room(ann, problemId=await make_problem(admin))
        path = f"/rooms/{room['roomId']}/submit"
        submission = await hand_in(ann, room)
        limited(await ann.post(path, program()), "submissions", 1, code="SUBMISSION_RATE_LIMIT")
        assert (await used(service, ann))[0] == 1
        await ran(ann, "print(1)\n")
        await judged(ann, submission)
        data = expect(await ann.get(f"/rooms/{room['roomId']}/submissions"))["data"]
        assert [entry["submissionId"] for entry in data] == [submission]


class TestInFlight:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "unfinished_jobs": 2}

    async def test_so_many_unfinished_of_all_kinds(self, ann: Person, admin: Person, service: Service) -> None:
        room = await open_room(ann, problemId=await make_problem(admin))
        job = await accept(ann, SLEEPER)
        batch, _ = await start_batch(ann, SLEEPER, {}, {}, {})
        before = await used(service, ann)
        assert before == (4, 2)
        details = limited(await ann.post("/execution/run", program()), "in_flight", 2)
        assert details["windowSeconds"] == 0
        limited(await ann.post("/execution/batches", program(inputs=[{}])), "in_flight", 2)
        limited(await ann.post(f"/rooms/{room['roomId']}/run", program()), "in_flight", 2)
        response = await ann.post(f"/rooms/{room['roomId']}/submit", program())
        limited(response, "in_flight", 2, code="SUBMISSION_RATE_LIMIT")
        assert await used(service, ann) == before
        assert expect(await ann.get(f"/rooms/{room['roomId']}/runs"))["data"] == []
        await stop(ann, job)
        await ran(ann, "print(1)\n")
        expect(await ann.post(f"/execution/batches/{batch}/cancel"), 202)
        await batched(ann, batch)
        assert (await used(service, ann))[1] == 0

    async def test_asking_at_once_does_not_help(self, ann: Person, service: Service) -> None:
        answers = await asyncio.gather(*(ann.post("/execution/run", program(SLEEPER)) for _ in range(8)))
        accepted = [answer.json()["jobId"] for answer in answers if answer.status_code == 202]
        assert len(accepted) == 2
        for answer in answers:
            if answer.status_code != 202:
                limited(answer, "in_flight", 2)
        assert await used(service, ann) == (2, 2)
        await stop(ann, *accepted)


class TestDay:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "executions_per_day": 3}

    async def test_so_many_in_a_day_where_each_input_counts(self, ann: Person, admin: Person, service: Service) -> None:
        room = await open_room(ann, problemId=await make_problem(admin))
        too_many = await ann.post("/execution/batches", program(inputs=[{}] * 4))
        limited(too_many, "execution_daily", 3)
        batch, _ = await start_batch(ann, "print(1)\n", {}, {})
        await batched(ann, batch)
        limited(await ann.post("/execution/batches", program(inputs=[{}] * 2)), "execution_daily", 3)
        submission = await hand_in(ann, room)
        await judged(ann, submission)
        details = limited(await ann.post("/execution/run", program()), "execution_daily", 3)
        assert details["windowSeconds"] == 86_400
        response = await ann.post(f"/rooms/{room['roomId']}/submit", program())
        limited(response, "execution_daily", 3, code="SUBMISSION_RATE_LIMIT")
        assert await used(service, ann) == (3, 0)
        service.clock.forward(seconds=details["retryAfterSeconds"])
        ann = await again(service, ann)
        await ran(ann, "print(1)\n")
        assert await used(service, ann) == (1, 0)

    async def test_asking_at_once_does_not_help(self, ann: Person, service: Service) -> None:
        answers = await asyncio.gather(*(ann.post("/execution/run", program()) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 3
        for answer in answers:
            if answer.status_code == 202:
                await done(ann, answer.json()["jobId"])
        assert await used(service, ann) == (3, 0)

    async def test_what_was_cancelled_was_used(self, ann: Person, service: Service) -> None:
        await stop(ann, await accept(ann, SLEEPER))
        assert await used(service, ann) == (1, 0)

    async def test_our_failures_are_given_back_on_the_day_they_were_used(
        self, ann: Person, admin: Person, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise SetupError("no jail today")

        room = await open_room(ann, problemId=await make_problem(admin))
        for what in ("run", "run_batch", "judge"):
            monkeypatch.setattr(Engine, what, fail)
        for _ in range(3):
            assert (await ran(ann, "print(1)\n"))["verdict"] == "internal_error"
        batch, jobs = await start_batch(ann, "print(1)\n", {}, {}, {})
        found = await batched(ann, batch)
        assert (found["status"], {item["verdict"] for item in found["items"]}) == ("failed", {"internal_error"})
        assert {(await done(ann, job))["verdict"] for job in jobs} == {"internal_error"}
        found = await judged(ann, await hand_in(ann, room))
        assert (found["status"], found["verdict"]) == ("failed", "internal_error")
        assert (found["errorTestCases"], found["skippedTestCases"], found["totalTestCases"]) == (1, 1, 1)
        assert await used(service, ann) == (0, 0)


class TestQueue:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "queue_limit": 1, "executing_jobs": 1}

    async def test_a_full_queue_takes_no_more_and_counts_nothing(
        self, ann: Person, bob: Person, service: Service
    ) -> None:
        sleeper, waiting = await accept(ann, SLEEPER), await accept(ann)
        for person in (ann, bob):
            before = await used(service, person)
            response = await person.post("/execution/run", program())
            details = refused(response, 503, "EXECUTION_SERVICE_UNAVAILABLE")["details"]
            assert details["retryAfterSeconds"] == int(response.headers["Retry-After"]) > 0
            assert await used(service, person) == before
        await stop(ann, waiting)
        assert (await ran(bob, "print(1)\n"))["stdout"] == "1\n"
        await stop(ann, sleeper)

    async def test_one_person_has_only_so_many_done_at_once(self, ann: Person, bob: Person) -> None:
        sleeper, waiting = await accept(ann, SLEEPER), await accept(ann)
        body = expect(await ann.get(f"/execution/{waiting}", waitMs=300))
        assert (body["status"], body["queuePosition"]) == ("queued", 1)
        await stop(ann, sleeper)
        assert (await done(ann, waiting))["stdout"] == "1\n"
        assert (await ran(bob, "print(1)\n"))["stdout"] == "1\n"


class TestWaiting:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "waits_per_user": 2}

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    async def test_so_many_wait_and_the_others_are_answered_at_once(self, ann: Person, service: Service) -> None:
        job, waits = await accept(ann, SLEEPER), service.services.waits
        waiting = [asyncio.create_task(done(ann, job)) for _ in range(2)]

        async def both_wait() -> bool:
            return waits.taken(ann.id) == 2

        await until(both_wait)
        assert (await done(ann, job))["status"] in {"queued", "running"}
        await stop(ann, job)
        assert [result["verdict"] for result in await asyncio.gather(*waiting)] == ["cancelled"] * 2
        assert waits.total == 0


class TestRequests:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {**MANY, "requests_per_minute": 3}

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    async def test_looking_after_a_job_is_free(self, ann: Person) -> None:
        job = await accept(ann)
        for _ in range(10):
            await done(ann, job)
            refused(await ann.get(f"/submissions/{UNKNOWN}"), 404, "SUBMISSION_NOT_FOUND")
            refused(await ann.get(f"/submissions/{UNKNOWN}/events"), 404, "SUBMISSION_NOT_FOUND")
        for _ in range(2):
            expect(await ann.get(f"/execution/{job}/status"))
        limited(await ann.get("/languages"), "requests", 3, code="RATE_LIMIT_EXCEEDED")
        limited(await ann.post("/execution/run", program()), "requests", 3, code="RATE_LIMIT_EXCEEDED")
        await done(ann, job)
