"""GET /users/me/training-stats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api.people import Json, Person, Service, expect, refused
from tests.api.users.history import History

ZEROS = {
    "sessions": 0,
    "practiceMinutes": 0,
    "problemsAttempted": 0,
    "problemsSolved": 0,
    "runs": 0,
    "submissions": 0,
    "acceptedSubmissions": 0,
    "averageScore": None,
}


async def stats(person: Person, **query: Any) -> Json:
    return dict(expect(await person.get("/users/me/training-stats", **query)))


async def test_the_last_30_days_one_by_one(service: Service, ann: Person) -> None:
    found = await stats(ann)
    assert set(found) == {"granularity", "from", "to", "points", "totals", "streakDays"}
    assert (found["granularity"], found["streakDays"], found["totals"]) == ("day", 0, ZEROS)
    today = service.clock.now().date()
    days = [f"{today - timedelta(days=back)}T00:00:00.000Z" for back in reversed(range(30))]
    assert found["points"] == [{"periodStart": day, **ZEROS} for day in days]
    assert found["from"] == days[0]


async def test_what_was_done_stands_on_its_day(history: History) -> None:
    first, second = await history.problem(), await history.problem()
    yesterday = history.back(days=1)
    room = await yesterday.session(minutes=44.6)
    await yesterday.session(minutes=0.6)
    await yesterday.submission(room, first, "wrong_answer")
    await yesterday.submission(room, first)
    await yesterday.submission(room, second, "time_limit_exceeded")
    await yesterday.run(room)
    await history.run()
    await history.submission(room, first)
    found = await stats(history.person)
    before, last = found["points"][-2:]
    assert before == {
        "periodStart": before["periodStart"],
        "sessions": 2,
        "practiceMinutes": 45,
        "problemsAttempted": 2,
        "problemsSolved": 1,
        "runs": 1,
        "submissions": 3,
        "acceptedSubmissions": 1,
        "averageScore": None,
    }
    assert last == {
        **ZEROS,
        "periodStart": last["periodStart"],
        "problemsAttempted": 1,
        "problemsSolved": 1,
        "runs": 1,
        "submissions": 1,
        "acceptedSubmissions": 1,
    }
    assert found["totals"] == {
        **{name: before[name] + last[name] for name in ("sessions", "practiceMinutes", "runs", "submissions")},
        "acceptedSubmissions": 2,
        "problemsAttempted": 2,
        "problemsSolved": 1,
        "averageScore": None,
    }
    assert found["streakDays"] == 2


async def test_what_is_hidden_or_not_finished_is_left_out(history: History, bob: Person) -> None:
    problem = await history.problem()
    hidden = await history.session(minutes=10, hidden=True)
    await history.submission(hidden, problem)
    await history.run(hidden)
    await history.session(minutes=10, finished=False)
    assert (await stats(history.person))["totals"] == ZEROS
    assert (await stats(bob))["totals"] == ZEROS


async def test_weeks_begin_on_monday_and_months_on_the_first(history: History) -> None:
    span = {"from": "2026-01-28T10:00:00Z", "to": "2026-03-02T00:00:00Z"}
    weeks = await stats(history.person, granularity="week", **span)
    assert [point["periodStart"][:10] for point in weeks["points"]] == [
        *("2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02")
    ]
    months = await stats(history.person, granularity="month", **span)
    assert [point["periodStart"][:10] for point in months["points"]] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert (months["from"], months["to"]) == ("2026-01-28T10:00:00.000Z", "2026-03-02T00:00:00.000Z")


async def test_days_are_those_of_utc_and_ends_are_exact(history: History) -> None:
    midnight = history.back(hours=12)
    await midnight.run()
    await midnight.back(milliseconds=1).run()
    day = midnight.at.date()
    points = (await stats(history.person))["points"]
    assert [point["runs"] for point in points[-2:]] == [1, 1]
    within = await stats(history.person, **{"from": f"{day}T00:00:00Z", "to": f"{day}T00:00:00Z"})
    assert [point["runs"] for point in within["points"]] == [1]
    after = await stats(history.person, **{"from": f"{day}T00:00:00.001Z", "to": f"{day}T12:00:00Z"})
    assert after["totals"]["runs"] == 0
    elsewhere = await stats(history.person, **{"from": f"{day}T01:00:00+01:00", "to": f"{day}T01:00:00+01:00"})
    assert elsewhere["totals"]["runs"] == 1
    assert elsewhere["from"] == f"{day}T00:00:00.000Z"


async def test_no_more_than_366_periods(ann: Person) -> None:
    year = {"from": "2024-01-01T00:00:00Z", "to": "2024-12-31T23:59:59Z"}
    assert len((await stats(ann, **year))["points"]) == 366
    longer = {**year, "to": "2025-01-01T00:00:00Z"}
    refused(await ann.get("/users/me/training-stats", **longer), 400, "VALIDATION_FAILED")
    assert len((await stats(ann, granularity="week", **longer))["points"]) == 53
    ages = {"from": "1970-01-01T00:00:00Z", "to": "8999-12-31T00:00:00Z", "granularity": "month"}
    refused(await ann.get("/users/me/training-stats", **ages), 400, "VALIDATION_FAILED")


async def test_queries_that_break_their_rules(ann: Person) -> None:
    wrongs = [
        {"from": "2026-02-02T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
        {"from": "2999-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {"to": "0001-01-01T00:00:00+14:00"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"to": "99999999999999999999"},
        {"granularity": "year"},
        {"granularity": ""},
    ]
    for wrong in wrongs:
        refused(await ann.get("/users/me/training-stats", **wrong), 400, "VALIDATION_FAILED")
