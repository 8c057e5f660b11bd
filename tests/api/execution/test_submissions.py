"""Programs judged against a problem's tests (API.md 11.2, 11.4 and 11.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete

from api.problems.models import TestCaseRow
from tests.api.execution.work import UNKNOWN, hand_in, judged, program, until, used
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADD = "print(sum(map(int, input().split())))\n"

DETAIL = {
    "submissionId",
    "status",
    "verdict",
    "totalTestCases",
    "passedTestCases",
    "failedTestCases",
    "errorTestCases",
    "skippedTestCases",
    "totalDurationMs",
    "maxCpuTimeMs",
    "maxMemoryUsageMb",
    "score",
    "maxScore",
    "groups",
    "compile",
    "roomId",
    "problemId",
    "userId",
    "language",
    "languageVersion",
    "staticAnalysisJobId",
    "code",
    "submittedAt",
    "completedAt",
    "testCases",
}
CASE = {
    "testCaseIndex",
    "isHidden",
    "group",
    "description",
    "passed",
    "verdict",
    "score",
    "durationMs",
    "cpuTimeMs",
    "memoryUsageMb",
    "timedOut",
    "limitHit",
    "input",
    "expectedOutput",
    "actualOutput",
    "stdout",
    "stderr",
    "checkerMessage",
    "exitCode",
    "signal",
    "errorMessage",
    "outputTruncated",
}
EVIDENCE = {"evidence"}
HIDDEN = (
    "description",
    "input",
    "expectedOutput",
    "actualOutput",
    "stdout",
    "stderr",
    "checkerMessage",
    "exitCode",
    "signal",
    "evidence",
)
TESTS: list[Json] = [
    {"input": "1 2\n", "expectedOutput": "3\n", "description": "small"},
    {"input": "5 6\n", "expectedOutput": "11\n", "isHidden": True, "description": "about", "group": "big"},
    {"input": "x\n", "expectedOutput": "0\n", "isHidden": True},
]


async def submitted(
    person: Person, admin: Person, code: str = ADD, tests: list[Json] | None = None, **problem: Any
) -> tuple[str, Json]:
    """Hand in to a new problem in a room of one's own: the submission's id, and what became of it."""
    room = await open_room(person, problemId=await make_problem(admin, testCases=tests or TESTS, **problem))
    submission = await hand_in(person, room, code)
    return submission, await judged(person, submission)


async def test_a_submission_is_judged_in_full(ann: Person, admin: Person, service: Service) -> None:
    problem = await make_problem(admin, testCases=TESTS)
    room = await open_room(ann, problemId=problem)
    accepted = expect(await ann.post(f"/rooms/{room['roomId']}/submit", program(ADD)), 202)
    assert set(accepted) == {"submissionId", "staticAnalysisJobId", "status", "totalTestCases"}
    assert (accepted["status"], accepted["totalTestCases"], accepted["staticAnalysisJobId"]) == ("pending", 3, None)
    detail = await judged(ann, accepted["submissionId"])
    assert set(detail) == DETAIL
    counts = [detail[f"{name}TestCases"] for name in ("total", "passed", "failed", "error", "skipped")]
    assert (detail["status"], detail["verdict"], counts) == ("completed", "runtime_error", [3, 2, 0, 1, 0])
    facts = (detail["roomId"], detail["problemId"], detail["userId"], detail["language"], detail["code"])
    assert facts == (room["roomId"], problem, ann.id, "python", ADD)
    assert (detail["score"], detail["maxScore"], detail["groups"]) == (None, None, [])
    assert detail["compile"]["ok"]
    assert detail["totalDurationMs"] >= detail["maxCpuTimeMs"] >= 0
    assert detail["maxMemoryUsageMb"] > 0
    assert detail["submittedAt"] is not None
    assert detail["completedAt"] is not None
    cases = detail["testCases"]
    assert {frozenset(case) for case in cases} == {frozenset(CASE | EVIDENCE)}
    assert [case["testCaseIndex"] for case in cases] == [0, 1, 2]
    visible = {
        name: cases[0][name]
        for name in (
            "isHidden",
            "description",
            "passed",
            "verdict",
            "input",
            "expectedOutput",
            "actualOutput",
            "stdout",
        )
    }
    assert visible == {
        "isHidden": False,
        "description": "small",
        "passed": True,
        "verdict": "accepted",
        "input": "1 2\n",
        "expectedOutput": "3\n",
        "actualOutput": "3\n",
        "stdout": "3\n",
    }
    assert (cases[0]["exitCode"], cases[0]["errorMessage"], cases[0]["outputTruncated"]) == (0, None, False)
    assert await used(service, ann) == (1, 0)
    assert await judged(ann, accepted["submissionId"]) == detail


async def test_of_hidden_tests_only_admins_see_the_content(ann: Person, admin: Person) -> None:
    submission, detail = await submitted(ann, admin)
    for case in detail["testCases"][1:]:
        assert [case[name] for name in HIDDEN] == [None] * len(HIDDEN)
        assert case["isHidden"]
        assert case["durationMs"] % 10 == 0
        assert case["cpuTimeMs"] % 10 == 0
        assert case["memoryUsageMb"] == int(case["memoryUsageMb"])
    good, bad = detail["testCases"][1:]
    assert (good["group"], good["verdict"], good["passed"], good["errorMessage"]) == ("big", "accepted", True, None)
    assert (bad["verdict"], bad["passed"], bad["errorMessage"]) == (
        "runtime_error",
        False,
        "The program failed while it ran",
    )
    seen = expect(await admin.get(f"/submissions/{submission}"))
    good, bad = seen["testCases"][1:]
    assert (good["description"], good["input"], good["actualOutput"], good["exitCode"]) == ("about", "5 6\n", "11\n", 0)
    assert "ValueError" in bad["stderr"]
    assert bad["exitCode"] == 1


@only_sqlite
@pytest.mark.parametrize(
    ("code", "verdict", "case"),
    [
        ("print(4)\n", "wrong_answer", {"passed": False, "exitCode": 0, "actualOutput": "4\n"}),
        ("import os\nos.kill(os.getpid(), 11)\n", "runtime_error", {"signal": "SIGSEGV", "exitCode": 139}),
        (
            "while True: pass\n",
            "time_limit_exceeded",
            {"timedOut": True, "limitHit": "cpu_time", "passed": False},
        ),
        ("x = bytearray(400 << 20)\n", "memory_limit_exceeded", {"limitHit": "memory", "timedOut": False}),
        (
            "import sys\nwhile True: sys.stdout.write('x' * 65536)\n",
            "output_limit_exceeded",
            {"limitHit": "output", "outputTruncated": True},
        ),
        ("print(3)\n", "accepted", {"passed": True, "errorMessage": None}),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
async def test_every_ending_of_a_test_has_its_verdict(
    ann: Person, admin: Person, code: str, verdict: str, case: Json
) -> None:
    tests = [{"input": "1 2\n", "expectedOutput": "3\n", "timeoutMs": 500, "memoryMb": 64}]
    _, detail = await submitted(ann, admin, code, tests)
    found = detail["testCases"][0]
    assert (detail["status"], detail["verdict"], found["verdict"]) == ("completed", verdict, verdict)
    assert {name: found[name] for name in case} == case
    assert (found["errorMessage"] is None) == (verdict == "accepted")


@only_sqlite
async def test_what_does_not_compile_skips_every_test(ann: Person, admin: Person) -> None:
    _, detail = await submitted(ann, admin, "print(\n")
    counts = [detail[f"{name}TestCases"] for name in ("total", "passed", "failed", "error", "skipped")]
    assert (detail["status"], detail["verdict"], counts) == ("completed", "compile_error", [3, 0, 0, 3, 3])
    assert not detail["compile"]["ok"]
    for case in detail["testCases"]:
        assert (case["verdict"], case["passed"], case["durationMs"]) == ("skipped", None, None)
        assert (case["actualOutput"], case["stdout"], case["stderr"]) == (None, None, None)
    assert detail["totalDurationMs"] == 0


@only_sqlite
async def test_the_first_failure_may_stop_the_rest(ann: Person, admin: Person) -> None:
    tests = [{"input": str(n), "expectedOutput": "1"} for n in (1, 2, 3, 4)]
    _, detail = await submitted(ann, admin, "print(input())\n", tests, stopOnFirstFailure=True)
    verdicts = [case["verdict"] for case in detail["testCases"]]
    assert verdicts == ["accepted", "wrong_answer", "skipped", "skipped"]
    assert (detail["verdict"], detail["errorTestCases"], detail["skippedTestCases"]) == ("wrong_answer", 2, 2)


@only_sqlite
async def test_long_data_is_shown_in_part(ann: Person, admin: Person) -> None:
    tests = [{"input": "x" * 20_000, "expectedOutput": "y" * 20_000}]
    _, detail = await submitted(ann, admin, "import sys\nprint('z' * 20_000)\nsys.stderr.write('e' * 20_000)\n", tests)
    case = detail["testCases"][0]
    names = ("input", "expectedOutput", "actualOutput", "stdout", "stderr")
    assert {name: len(case[name]) for name in names} == dict.fromkeys(names, 16 * 1024)


@only_sqlite
async def test_limits_and_arguments_come_from_the_problem(ann: Person, admin: Person) -> None:
    tests = [{"input": "", "expectedOutput": "a b\n", "args": ["a", "b"]}]
    _, detail = await submitted(ann, admin, "import sys\nprint(*sys.argv[1:])\n", tests)
    assert detail["verdict"] == "accepted"


@only_sqlite
async def test_a_program_of_several_files_in_a_compiled_language_is_judged(ann: Person, admin: Person) -> None:
    room = await open_room(ann, problemId=await make_problem(admin))
    code = '#include <stdio.h>\n#include "add.h"\nint main(void) { int a, b; scanf("%d %d", &a, &b); '
    code += 'printf("%d\\n", add(a, b)); }\n'
    header = "static inline int add(int a, int b) { return a + b; }\n"
    fields = {"language": "c", "files": [{"path": "add.h", "content": header}], "compileOptions": {"standard": "c17"}}
    detail = await judged(ann, await hand_in(ann, room, code, **fields))
    assert (detail["verdict"], detail["language"], detail["compile"]["ok"]) == ("accepted", "c", True)


async def test_a_room_needs_a_problem_with_tests_in_a_language_that_is_allowed(
    ann: Person, admin: Person, service: Service
) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/submit"
    for lock in ("lock", "unlock"):  # what is not there comes before what is locked
        expect(await ann.post(f"/rooms/{room['roomId']}/control/{lock}-editor"))
        refused(await ann.post(path, program()), 404, "PROBLEM_NOT_FOUND")
    problem = await make_problem(admin, allowedLanguages=["c", "rust"])
    expect(await ann.put(f"/rooms/{room['roomId']}/control/problem", {"problemId": problem}))
    refused(await ann.post(path, program()), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")
    await remove_tests(service, problem)
    refused(await ann.post(path, program("int main(void) {}", language="c")), 422, "PROBLEM_NO_TEST_CASES")
    assert await used(service, ann) == (0, 0)
    data = expect(await ann.get(f"/rooms/{room['roomId']}/submissions"))["data"]
    assert data == []


async def test_a_problem_that_is_withdrawn_stays_usable_where_it_was_chosen(ann: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    room = await open_room(ann, problemId=problem)
    expect(await admin.patch(f"/problems/{problem}/publish-status", {"isPublished": False}))
    assert (await judged(ann, await hand_in(ann, room)))["verdict"] == "wrong_answer"


async def test_judging_counts_for_the_problem(ann: Person, bob: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    rooms = [await open_room(person, problemId=problem) for person in (ann, bob)]
    submissions = [
        await hand_in(ann, rooms[0], ADD),
        await hand_in(bob, rooms[1], "print(0)\n"),
        await hand_in(bob, rooms[1], "print(\n"),
    ]
    stopped = await hand_in(ann, rooms[0], "import time\ntime.sleep(60)\n")
    expect(await ann.post(f"/submissions/{stopped}/cancel"), 202)
    for person, submission in zip((ann, bob, bob, ann), (*submissions, stopped), strict=True):
        await judged(person, submission)
    detail = expect(await admin.get(f"/problems/{problem}"))
    assert (detail["totalSubmissions"], detail["acceptanceRate"]) == (3, pytest.approx(100 / 3, abs=0.1))
    assert expect(await ann.get(f"/problems/{problem}"))["attemptStatus"] == "solved"
    assert expect(await bob.get(f"/problems/{problem}"))["attemptStatus"] == "attempted"


async def test_a_submission_is_seen_while_it_is_judged_and_may_be_cancelled(ann: Person, admin: Person) -> None:
    code = "import time\nword = input()\nif word == 'slow':\n    time.sleep(60)\nprint(word)\n"
    tests = [{"input": word, "expectedOutput": word} for word in ("quick", "quick", *["slow"] * 4)]
    room = await open_room(ann, problemId=await make_problem(admin, testCases=tests, timeLimit=60_000))
    submission = await hand_in(ann, room, code)

    async def two_are_done() -> bool:
        return len(expect(await ann.get(f"/submissions/{submission}"))["testCases"]) == 2

    await until(two_are_done)
    response = await ann.get(f"/submissions/{submission}", waitMs=50)
    detail = expect(response)
    assert (detail["status"], detail["verdict"], detail["completedAt"]) == ("running", None, None)
    assert [case["testCaseIndex"] for case in detail["testCases"]] == [0, 1]
    counts = [detail[f"{name}TestCases"] for name in ("total", "passed", "failed", "error")]
    assert counts == [6, 2, 0, 0]
    assert detail["compile"]["ok"]
    assert response.headers["Retry-After"] == "1"
    body = expect(await ann.post(f"/submissions/{submission}/cancel"), 202)
    assert body == {"submissionId": submission, "status": "running", "cancelRequested": True}
    detail = await judged(ann, submission)
    assert (detail["status"], detail["verdict"]) == ("failed", "cancelled")
    verdicts = [case["verdict"] for case in detail["testCases"]]
    assert verdicts[:2] == ["accepted", "accepted"]
    assert set(verdicts[2:]) <= {"cancelled", "skipped"}
    assert verdicts[-1] == "skipped"
    assert "Retry-After" not in (await ann.get(f"/submissions/{submission}")).headers


@only_sqlite
async def test_an_id_that_names_nothing_is_unknown(ann: Person) -> None:
    for wrong in ("x", UNKNOWN, "%00", UNKNOWN.upper().replace("0", "A")):
        refused(await ann.get(f"/submissions/{wrong}"), 404, "SUBMISSION_NOT_FOUND")
        refused(await ann.get(f"/submissions/{wrong}/events"), 404, "SUBMISSION_NOT_FOUND")
        refused(await ann.post(f"/submissions/{wrong}/cancel"), 404, "SUBMISSION_NOT_FOUND")


async def test_many_submissions_at_once_are_each_counted_once(ann: Person, bob: Person, admin: Person) -> None:
    problem = await make_problem(admin)
    rooms = [await open_room(person, problemId=problem) for person in (ann, bob)]
    submissions = await asyncio.gather(
        *(hand_in(person, room, ADD) for person, room in zip((ann, bob), rooms, strict=True) for _ in range(3))
    )
    await asyncio.gather(*(judged(admin, submission) for submission in submissions))
    detail = expect(await admin.get(f"/problems/{problem}"))
    assert (detail["totalSubmissions"], detail["acceptanceRate"]) == (6, 100)


async def remove_tests(service: Service, problem: str) -> None:
    """By HTTP a problem always has a test; an import that was cut short may leave none."""
    async with service.services.database.write() as work:
        await work.session.execute(delete(TestCaseRow).where(TestCaseRow.problem_id == problem))


async def test_points_are_earned_alone_and_in_groups(ann: Person, admin: Person) -> None:
    groups = [
        {"name": "easy", "points": 30, "aggregation": "sum"},
        {"name": "hard", "points": 50, "aggregation": "min", "requires": ["easy"]},
    ]
    scoring = {"mode": "points", "maxScore": 100, "groups": groups}
    tests: list[Json] = [
        {"input": "1", "expectedOutput": "1", "group": "easy", "weight": 2},
        {"input": "2", "expectedOutput": "0", "group": "easy", "isHidden": True},
        {"input": "3", "expectedOutput": "3", "group": "hard", "isHidden": True},
        {"input": "4", "expectedOutput": "4"},
    ]
    _, detail = await submitted(ann, admin, "print(input())\n", tests, scoring=scoring)
    assert (detail["verdict"], detail["score"], detail["maxScore"]) == ("wrong_answer", 40, 100)
    assert [(group["name"], group["score"], group["maxScore"]) for group in detail["groups"]][:2] == [
        ("easy", 20, 30),
        ("hard", 0, 50),
    ]
    assert all(set(group) == {"name", "score", "maxScore", "verdict"} for group in detail["groups"])
    assert detail["testCases"][2]["verdict"] == "skipped"
    (entry,) = expect(await ann.get(f"/rooms/{detail['roomId']}/submissions"))["data"]
    assert (entry["score"], entry["maxScore"]) == (40, 100)
