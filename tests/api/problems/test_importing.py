"""Problem packages taken over by ``POST /problems/import``."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from api.admin.models import AuditLog
from api.problems.models import Problem, ProblemFile, ReferenceSolution, TestCaseRow
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.packages import SMALL, UUID, YAML, archive, send, take_over, whole
from tests.api.problems.samples import create, problem

VALIDATOR: Final = {"output_validator/validate.py": b"import sys\nsys.exit(42)\n"}


@pytest.fixture
async def admin(service: Service) -> Person:
    return await service.admin()


async def rows(service: Service) -> list[int]:
    """How many problems, tests, solutions and files there are."""
    async with service.services.database.read() as work:
        return [
            (await work.session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (Problem, TestCaseRow, ReferenceSolution, ProblemFile)
        ]


def on_disk(service: Service) -> list[Path]:
    """What lies where packages are unpacked."""
    return list(service.services.workspace.rglob("*"))


async def test_a_package_becomes_a_problem(service: Service, admin: Person, ann: Person) -> None:
    answer = await take_over(admin, {**SMALL, "attachments/a.txt": b"\xff"})
    assert answer["errors"] == []
    assert any("medium" in warning for warning in answer["warnings"])
    found = await whole(admin, answer["problem"]["id"])
    solutions = found.pop("solutions")
    assert answer["problem"] == {**found, "testCases": found["testCases"][:1]}
    wanted = {
        "title": "Sum of numbers",
        "description": "Print the sum of the numbers.\n",
        "difficulty": "medium",
        "tags": ["easy-maths", "sums"],
        "isPublished": False,
        "timeLimit": 2000,
        "memoryLimit": 512,
        "kind": "standard",
        "checker": {"type": "tokens", "options": {"caseSensitive": False}},
        "interactor": None,
        "scoring": {"mode": "pass_fail"},
        "examples": [{"input": "1 2\n", "output": "3\n"}],
        "testCases": [
            {"input": "1 2\n", "expectedOutput": "3\n", "isHidden": False},
            {"input": "4 5\n", "expectedOutput": "9\n", "isHidden": True},
        ],
        "allowedLanguages": None,
        "hiddenTestCaseCount": 1,
    }
    assert {name: found[name] for name in wanted} == wanted
    right, wrong = solutions
    assert (right["name"], right["permittedVerdicts"], right["useForTimeLimit"]) == (
        "accepted/right.py",
        ["accepted"],
        "lower",
    )
    assert (wrong["name"], wrong["requiredVerdicts"]) == ("wrong_answer/wrong.py", ["wrong_answer"])
    assert wrong["code"] == "print(3)\n"
    async with service.services.database.read() as work:
        lines = (await work.session.execute(select(AuditLog).where(AuditLog.action.like("%.import")))).scalars().all()
    assert [(line.action, line.target_id, line.actor_id) for line in lines] == [
        ("admin.problem.import", found["id"], admin.id)
    ]
    assert on_disk(service) == []
    refused(await ann.get(f"/problems/{found['id']}"), 404, "PROBLEM_NOT_FOUND")


async def test_a_problem_is_replaced_by_its_package(service: Service, admin: Person) -> None:
    first = (await take_over(admin, SMALL, publish=True))["problem"]
    assert first["isPublished"]
    before = await rows(service)
    renamed = {**SMALL, "problem.yaml": YAML.replace("Sum of numbers", "SUMS").encode(), "data/secret/02.in": b"1\n"}
    renamed |= {"data/secret/02.ans": b"1\n", "submissions/accepted/right.py": b"print(1)\n"}
    refused(await send(admin, SMALL), 409, "PROBLEM_DUPLICATE_TITLE")
    refused(await send(admin, renamed), 409, "PROBLEM_DUPLICATE_TITLE")
    assert await rows(service) == before
    ids = [solution["id"] for solution in (await whole(admin, first["id"]))["solutions"]]
    second = (await take_over(admin, renamed, 200, replace=True))["problem"]
    assert (second["id"], second["title"], second["testCaseCount"]) == (first["id"], "SUMS", 3)
    assert second["isPublished"], "nobody has asked for it to be withdrawn"
    after = await whole(admin, first["id"])
    assert [solution["id"] for solution in after["solutions"]] == ids
    assert after["solutions"][0]["code"] == "print(1)\n"
    assert not (await take_over(admin, renamed, 200, replace=True, publish=False))["problem"]["isPublished"]

    # by its title, whatever uuid it had; and by the id of a problem that was made here
    other = await create(admin, "Other")
    expect(await admin.patch(f"/problems/{other['id']}", {"difficulty": "hard", "company": "Acme"}))
    mine = {**SMALL, "problem.yaml": YAML.replace("Sum of numbers", "other").replace(UUID, str(uuid.uuid4())).encode()}
    answer = await take_over(admin, mine, 200, replace=True)
    kept = [answer["problem"][name] for name in ("id", "difficulty", "company")]
    assert kept == [other["id"], "hard", "Acme"], "what the package does not say stays"
    assert not any("medium" in warning for warning in answer["warnings"])
    third = await create(admin, "Third")
    named = {**SMALL, "problem.yaml": YAML.replace("Sum of numbers", "New").replace(UUID, third["id"]).encode()}
    assert (await take_over(admin, named, 200, replace=True))["problem"]["id"] == third["id"]
    # one has the title, another one the uuid
    both = {**SMALL, "problem.yaml": YAML.replace("Sum of numbers", "Other").encode()}
    refused(await send(admin, both, replace=True), 409, "PROBLEM_DUPLICATE_TITLE")
    # what was deleted is no hindrance
    expect(await admin.delete(f"/problems/{first['id']}"), 204)
    assert (await take_over(admin, SMALL))["problem"]["id"] != first["id"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(service: Service, admin: Person) -> None:
    good = await take_over(admin, SMALL, 200, dryRun=True)
    assert (good["problem"], good["errors"]) == (None, [])
    assert good["warnings"]
    unknown = {**SMALL, "problem.yaml": (YAML + "colour: green\n").encode()}
    bad = await take_over(admin, unknown, 200, dryRun=True)
    assert "colour" in bad["errors"][0]
    several = {**SMALL, "problem.yaml": (YAML + "type: [multi-pass, interactive]\n").encode(), **VALIDATOR}
    bad = await take_over(admin, several, 200, dryRun=True)
    assert "multi-pass" in bad["errors"][0]
    details = refused(await send(admin, several), 422, "PROBLEM_PACKAGE_INVALID")["details"]
    assert details["errors"] == bad["errors"]
    refused(await send(admin, unknown), 422, "PROBLEM_PACKAGE_INVALID")
    assert await rows(service) == [0, 0, 0, 0]
    await take_over(admin, SMALL)
    assert (await take_over(admin, SMALL, 200, dryRun=True))["errors"]
    assert (await take_over(admin, SMALL, 200, dryRun=True, replace=True))["errors"] == []
    assert on_disk(service) == []


HOSTILE: Final[list[tuple[str, Any]]] = [
    ("nothing", b""),
    ("no archive", b"PK\x03\x04 is how they begin"),
    ("cut off", archive(SMALL)[:-30]),
    ("leaves the archive", archive({**SMALL, "../../evil": b""})),
    ("absolute", archive({"/etc/passwd": b"root"}, top="")),
    ("collides", archive({**SMALL, "Data/secret/01.in": b""})),
    ("bomb", archive({**SMALL, "data/secret/02.in": bytes(1 << 20) * 200, "data/secret/02.ans": b""})),
    ("no test", archive({"problem.yaml": YAML.encode()})),
    ("no yaml", archive({**SMALL, "problem.yaml": b"{"})),
    ("long title", archive({**SMALL, "problem.yaml": YAML.replace("Sum of", "Sum " * 99).encode()})),
    ("slow", archive({**SMALL, "problem.yaml": YAML.replace("time_limit: 2", "time_limit: 61").encode()})),
    (
        "only a PDF",
        archive({**{k: v for k, v in SMALL.items() if "statement" not in k}, "statement/problem.pdf": b"%"}),
    ),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_package_is_refused_and_nothing_is_left_of_it(service: Service, admin: Person) -> None:
    for name, package in HOSTILE:
        body = refused(await send(admin, package), 422, "PROBLEM_PACKAGE_INVALID")
        assert body["details"]["errors"], name
        dry = await take_over(admin, package, 200, dryRun=True)
        assert (dry["problem"], dry["errors"]) == (None, body["details"]["errors"]), name
        assert all(isinstance(error, str) and "/tmp" not in error for error in body["details"]["errors"]), body  # noqa: S108 - looked for, not used
    assert await rows(service) == [0, 0, 0, 0]
    assert on_disk(service) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_forms_that_are_none(service: Service, admin: Person, ann: Person) -> None:
    package = archive(SMALL)

    async def post(person: Person = admin, **keywords: Any) -> Any:
        return await person.request("POST", "/problems/import", **keywords)

    refused(await post(json={}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(await post(), 415, "UNSUPPORTED_MEDIA_TYPE")
    plain = {"Content-Type": "multipart/form-data"}
    assert "body" in refused(await post(content=b"", headers=plain), 400, "VALIDATION_FAILED")["details"]
    bounded = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"no form", b"--x\r\nContent-Disposition: form-data; name=package\r\n\r\nPK", b"--x--\r\n"):
        refused(await post(content=body, headers=bounded), 400, "VALIDATION_FAILED")
    for fields, files, field in (
        ({"publish": "yes"}, {"package": package}, "publish"),
        ({"publish": "x" * 5000}, {"package": package}, "publish"),
        ({"more": "true"}, {"package": package}, "more"),
        ({"publish": ["true", "true"]}, {"package": package}, "publish"),
        ({"publish": "true"}, {"other": package}, "other"),
        ({"publish": "true"}, None, "body"),
    ):
        answer = (
            await post(data=fields, files=files)
            if files
            else await post(
                content=b'--x\r\nContent-Disposition: form-data; name="publish"\r\n\r\ntrue\r\n--x--\r\n',
                headers=bounded,
            )
        )
        details = refused(answer, 400, "VALIDATION_FAILED")["details"]
        assert field in details or "package" in details, details
    refused(await send(ann, package), 403, "FORBIDDEN")
    refused(await send(ann, package, publish="maybe"), 400, "VALIDATION_FAILED")
    refused(await send(service.nobody, package), 401, "UNAUTHORIZED")
    assert await rows(service) == [0, 0, 0, 0]
    assert on_disk(service) == []


class TestLargePackages:
    """With a service that takes one MiB."""

    @pytest.fixture
    def changes(self) -> Json:
        return {"package_mib": 1}

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    async def test_too_much_is_refused_as_soon_as_it_is_known(self, service: Service, admin: Person) -> None:
        refused(await send(admin, bytes(1_200_000)), 413, "PAYLOAD_TOO_LARGE")

        async def endless() -> Any:
            yield b'--x\r\nContent-Disposition: form-data; name="package"; filename="x"\r\n\r\n'
            for _ in range(1 << 20):
                yield bytes(65_536)

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await admin.request("POST", "/problems/import", content=endless(), headers=headers)
        refused(answer, 413, "PAYLOAD_TOO_LARGE")
        refused(await send(admin, bytes(1 << 20)), 422, "PROBLEM_PACKAGE_INVALID")
        assert on_disk(service) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_tests_alone_become_a_problem_that_is_called_as_they_are(service: Service, admin: Person) -> None:
    tests = {"1.in": b"1 2\n", "1.out": b"3\n", "2.in": b"4 5\n", "2.out": b"9\n"}
    answer = await take_over(admin, archive(tests, top=""), name="../../Größe of sums!.zip")
    found = await whole(admin, answer["problem"]["id"])
    assert found["title"] == "Größe of sums"
    assert [case["expectedOutput"] for case in found["testCases"]] == ["3\n", "9\n"]
    assert found["solutions"] == []
    assert any("medium" in warning for warning in answer["warnings"])
    assert on_disk(service) == []


async def test_the_same_request_twice_is_carried_out_once(service: Service, admin: Person) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    package = archive(SMALL)
    first = await send(admin, package, headers=key)
    again = await send(admin, package, headers=key)
    assert expect(again, 201) == expect(first, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    refused(await send(admin, package, publish=True, headers=key), 409, "IDEMPOTENCY_CONFLICT")
    refused(await send(admin, package + b"x", headers=key), 409, "IDEMPOTENCY_CONFLICT")
    assert (await rows(service))[0] == 1


async def test_of_several_at_once_with_a_title_or_uuid_one_is_made(service: Service, admin: Person) -> None:
    others = [{**SMALL, "problem.yaml": YAML.replace("Sum of numbers", f"Sums {place}").encode()} for place in range(2)]
    made = admin.post("/problems", problem("sum OF numbers"))
    answers = await asyncio.gather(*(send(admin, package) for package in (SMALL, SMALL, *others)), made)
    statuses = sorted(answer.status_code for answer in answers)
    titled = answers[-1].status_code == 201
    assert statuses == ([201, 201, 409, 409, 409] if titled else [201, 409, 409, 409, 409])
    assert (await rows(service))[0] == (2 if titled else 1)
    before = (await rows(service))[0]
    replaced = await asyncio.gather(*(send(admin, SMALL, replace=True) for _ in range(3)))
    assert {answer.status_code for answer in replaced} <= {200, 409}
    assert (await rows(service))[0] == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_data_that_is_no_text_is_kept_and_can_be_looked_at(service: Service, admin: Person) -> None:
    odd = {
        "data/sample/2.in": b"\xff\x00\r\n",
        "data/sample/2.ans": b"\xed\xa0\x80",
        "data/secret/2.in": b"x" * 30_000,
        "data/secret/2.ans": b"",
        "submissions/accepted/latin.py": "# größe\nprint(1)\n".encode("latin-1"),
    }
    answer = await take_over(admin, {**SMALL, **odd})
    found = await whole(admin, answer["problem"]["id"])
    assert found["testCases"][1]["input"] == "\ufffd\0\r\n"
    assert len(found["testCases"][3]["input"]) == 30_000
    assert "gr\ufffd\ufffde" in str(found["solutions"])
    async with service.services.database.read() as work:
        kept = (await work.session.execute(select(TestCaseRow).order_by(TestCaseRow.index))).scalars().all()
    assert [(row.input, row.expected_output) for row in kept[1::2]] == [
        (odd["data/sample/2.in"], odd["data/sample/2.ans"]),
        (odd["data/secret/2.in"], b""),
    ]
    expect(await admin.patch(f"/problems/{found['id']}", {"difficulty": "hard"}))
