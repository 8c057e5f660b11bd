"""Reference solutions: written, read and changed by admins, seen by nobody else."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from sqlalchemy import select

from api.admin.models import AuditLog
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.samples import UNKNOWN, create


@pytest.fixture
async def admin(service: Service) -> Person:
    return await service.admin()


def solution(name: str = "right.py", **changes: Any) -> Json:
    return {
        "name": name,
        "language": "python",
        "code": "print(sum(map(int, input().split())))\n",
        "permittedVerdicts": ["accepted"],
        "requiredVerdicts": ["accepted"],
        "isModel": True,
        **changes,
    }


async def test_a_solution_is_added_read_replaced_and_removed(service: Service, admin: Person) -> None:
    path = f"/problems/{(await create(admin))['id']}/solutions"
    first = expect(await admin.post(path, solution()), 201)
    assert first == {
        **solution(),
        "id": first["id"],
        "files": [],
        "useForTimeLimit": "lower",
    }
    slow = solution(
        "slow",
        language="cpp",
        languageVersion="cpp-14",
        code="int main() { for (;;) {} }\n",
        files=[{"path": "a.h", "content": "// ä\n"}],
        entrypoint="slow.cpp",
        permittedVerdicts=["time_limit_exceeded", "accepted"],
        requiredVerdicts=["time_limit_exceeded"],
        isModel=False,
    )
    version = next(one for one in expect(await admin.get("/languages"))["data"] if one["id"] == "cpp")["versions"][0]
    slow["languageVersion"] = version["id"]
    second = expect(await admin.post(path, slow), 201)
    assert second["permittedVerdicts"] == ["accepted", "time_limit_exceeded"]
    assert (second["useForTimeLimit"], second["files"]) == ("upper", slow["files"])
    assert expect(await admin.get(path)) == {"data": [first, second]}
    for shown in (first, second):
        same = {name: value for name, value in shown.items() if name != "id"}
        assert expect(await admin.put(f"{path}/{shown['id']}", same)) == shown

    other = solution("  renamed  ", code="print(1)\n", requiredVerdicts=[], useForTimeLimit="none")
    changed = expect(await admin.put(f"{path}/{first['id']}", other))
    assert (changed["id"], changed["name"], changed["useForTimeLimit"]) == (first["id"], "renamed", "none")
    assert expect(await admin.get(path)) == {"data": [changed, second]}

    expect(await admin.delete(f"{path}/{first['id']}"), 204)
    refused(await admin.delete(f"{path}/{first['id']}"), 404, "PROBLEM_SOLUTION_NOT_FOUND")
    refused(await admin.put(f"{path}/{first['id']}", solution()), 404, "PROBLEM_SOLUTION_NOT_FOUND")
    assert expect(await admin.get(path)) == {"data": [second]}
    async with service.services.database.read() as work:
        lines = (await work.session.execute(select(AuditLog).order_by(AuditLog.created_at))).scalars().all()
    told = [
        (line.action, line.details["solution"], line.details["change"])
        for line in lines
        if line.details and "solution" in line.details
    ]
    assert sorted(told) == [
        ("admin.problem.update", "renamed", "removed"),
        ("admin.problem.update", "renamed", "replaced"),
        ("admin.problem.update", "right.py", "added"),
        ("admin.problem.update", "right.py", "replaced"),
        ("admin.problem.update", "slow", "added"),
        ("admin.problem.update", "slow", "replaced"),
    ]


WRONG: Final[list[tuple[Json, str]]] = [
    ({"permittedVerdicts": []}, "permittedVerdicts"),
    ({"permittedVerdicts": ["right"]}, "permittedVerdicts.0"),
    ({"permittedVerdicts": ["internal_error"]}, "permittedVerdicts"),
    ({"requiredVerdicts": ["skipped"]}, "requiredVerdicts"),
    ({"requiredVerdicts": ["wrong_answer"]}, "body"),
    ({"name": " "}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": "nul\0"}, "name"),
    ({"code": " \n"}, "code"),
    ({"language": "cobol"}, "language"),
    ({"files": [{"path": "../x", "content": ""}]}, "files"),
    ({"entrypoint": "a/b"}, "entrypoint"),
    ({"expectedScore": -1}, "expectedScore"),
    ({"expectedScore": [1]}, "expectedScore"),
    ({"expectedScore": True}, "expectedScore"),
    ({"expectedScore": None}, "expectedScore"),
    ({"expectedScore": "5"}, "expectedScore"),
    ({"expectedScore": [2, 1]}, "expectedScore"),
    ({"expectedScore": 5}, "expectedScore"),
    ({"useForTimeLimit": None}, "useForTimeLimit"),
    ({"useForTimeLimit": "upper"}, "body"),
    ({"useForTimeLimit": "both"}, "useForTimeLimit"),
    ({"compileOptions": {}}, "compileOptions"),
    ({"id": UNKNOWN}, "id"),
    ({"isModel": 1}, "isModel"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_solution(admin: Person) -> None:
    path = f"/problems/{(await create(admin))['id']}/solutions"
    for changes, field in WRONG:
        details = refused(await admin.post(path, solution(**changes)), 400, "VALIDATION_FAILED")["details"]
        assert field in details, (changes, details)
    assert expect(await admin.get(path)) == {"data": []}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_scores_are_expected_where_there_are_points(admin: Person) -> None:
    problem = await create(admin, scoring={"mode": "points"})
    path = f"/problems/{problem['id']}/solutions"
    assert expect(await admin.post(path, solution("a", expectedScore=12.5)), 201)["expectedScore"] == 12.5
    assert expect(await admin.post(path, solution("b", expectedScore=[0, 100])), 201)["expectedScore"] == [0, 100]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_languages_that_are_not_here_or_not_allowed(admin: Person) -> None:
    path = f"/problems/{(await create(admin, allowedLanguages=['cpp']))['id']}/solutions"
    refused(await admin.post(path, solution()), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")
    old = solution(language="cpp", code="int main() {}\n", languageVersion="cpp-2")
    refused(await admin.post(path, old), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")


async def test_names_are_unique_however_many_want_one(admin: Person) -> None:
    path = f"/problems/{(await create(admin))['id']}/solutions"
    answers = await asyncio.gather(*(admin.post(path, solution()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    for answer in answers:
        if answer.status_code == 400:
            assert "name" in refused(answer, 400, "VALIDATION_FAILED")["details"]
    other = expect(await admin.post(path, solution("other")), 201)
    assert "name" in refused(await admin.put(f"{path}/{other['id']}", solution()), 400, "VALIDATION_FAILED")["details"]
    assert expect(await admin.put(f"{path}/{other['id']}", solution("other", code="1"))) == {**other, "code": "1"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nobody_but_admins(service: Service, admin: Person, ann: Person) -> None:
    shown, draft = await create(admin), await create(admin, "Draft", isPublished=False)
    path = f"/problems/{shown['id']}/solutions"
    kept = expect(await admin.post(path, solution()), 201)
    for id_ in (kept["id"], UNKNOWN):
        refused(await ann.put(f"{path}/{id_}", solution()), 403, "FORBIDDEN")
        refused(await ann.delete(f"{path}/{id_}"), 403, "FORBIDDEN")
    refused(await ann.get(path), 403, "FORBIDDEN")
    refused(await ann.post(path, solution()), 403, "FORBIDDEN")
    refused(await ann.post(path, {}), 400, "VALIDATION_FAILED")
    refused(await ann.get(f"/problems/{draft['id']}/solutions"), 404, "PROBLEM_NOT_FOUND")
    refused(await service.nobody.get(path), 401, "UNAUTHORIZED")
    for problem in (UNKNOWN, "no-id", draft["id"] + "0"):
        refused(await admin.get(f"/problems/{problem}/solutions"), 404, "PROBLEM_NOT_FOUND")
        refused(await admin.post(f"/problems/{problem}/solutions", solution()), 404, "PROBLEM_NOT_FOUND")
    other = f"/problems/{draft['id']}/solutions/{kept['id']}"
    refused(await admin.delete(other), 404, "PROBLEM_SOLUTION_NOT_FOUND")
    refused(await admin.delete(f"{path}/no-id"), 404, "PROBLEM_SOLUTION_NOT_FOUND")
