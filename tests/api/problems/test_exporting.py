"""Problems as packages, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from api.problems.exporting import warnings_header
from judge.packages import read_package
from languages import load_languages
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.packages import SMALL, UUID, YAML, contents, exported, take_over, whole
from tests.api.problems.samples import CASE, PROGRAM, UNKNOWN, create
from tests.api.problems.test_solutions import solution

JUDGE: Final[Json] = {
    **PROGRAM,
    "files": [{"path": "lib/rules.py", "content": "# ä\n"}],
    "entrypoint": "judge.py",
    "timeLimitMs": 1500,
    "memoryLimitMb": 300,
}
FULL: Final[Json] = {
    "title": "Ä problem, with everything",
    "description": "Print the *sum*.\n\nOf all $n$ numbers.",
    "difficulty": "hard",
    "tags": ["maths", "sums"],
    "company": "Acme",
    "constraints": "At most 5 numbers.",
    "examples": [{"input": "1", "output": "2", "explanation": "twice"}],
    "starterCode": {"python": "a = 1\n", "cpp": None},
    "timeLimit": 1234,
    "memoryLimit": 333,
    "outputLimitMb": 3,
    "testCases": [
        {
            "input": "a\r\n",
            "expectedOutput": "b",
            "isHidden": True,
            "group": "größe",
            "weight": 3,
            "args": ["-x", "y z"],
        },
        {"input": "", "expectedOutput": "c", "group": "größe", "description": "visible, and counts", "timeoutMs": 99},
        {"input": "d", "expectedOutput": "e", "isHidden": True, "group": "a", "memoryMb": 77},
        {"input": "f", "expectedOutput": "g", "isHidden": True, "checkerArgs": ["float_tolerance", "0.5"]},
        {"input": "h", "expectedOutput": "i", "description": "a sample"},
    ],
    "isPublished": True,
    "checker": {"type": "unordered_lines", "options": {"ignoreBlankLines": False, "unorderedTokens": True}},
    "scoring": {
        "mode": "points",
        "maxScore": 50,
        "groups": [
            {"name": "größe", "points": 20, "aggregation": "sum"},
            {"name": "a", "points": 10, "aggregation": "min", "requires": ["größe"]},
        ],
    },
    "stopOnFirstFailure": True,
    "allowedLanguages": ["cpp", "python"],
    "languageLimits": {"python": {"timeMultiplier": 2.5, "memoryLimitMb": 500}, "cpp": {"timeLimitMs": 77}},
}
SHAPES: Final[dict[str, Json]] = {
    "everything": FULL,
    "little": {"title": "Little"},
    "exact": {"title": "Exact", "checker": {"type": "exact"}, "testCases": [{**CASE, "isHidden": True}]},
    "trimmed": {"title": "Trimmed", "timeLimit": 5000},
    "float": {
        "title": "Float",
        "checker": {"type": "float", "options": {"absoluteTolerance": 0, "caseSensitive": False}},
    },
    "groups that nobody counts": {
        "title": "Groups",
        "scoring": {"mode": "pass_fail", "groups": [{"name": "g", "points": 100, "aggregation": "sum"}]},
        "testCases": [{**CASE, "group": "g"}],
    },
    "checked by a program": {
        "title": "Custom",
        "checker": {"type": "custom", "program": JUDGE, "args": ["a", "b c"]},
        "testCases": [{**CASE, "checkerArgs": ["x"]}, {"input": "1", "expectedOutput": "", "isHidden": True}],
    },
    "interactive": {
        "title": "Talk",
        "kind": "interactive",
        "interactor": JUDGE,
        "testCases": [{"input": "5", "expectedOutput": "", "checkerArgs": ["x"]}, {**CASE, "isHidden": True}],
    },
}
SOLUTIONS: Final[list[Json]] = [
    solution("Größe 1"),
    solution("many.py", files=[{"path": "a/b.py", "content": "1\n"}], entrypoint="many.py", isModel=False),
    solution(
        "memory",
        language="cpp",
        code="int main() {}\n",
        permittedVerdicts=["accepted", "time_limit_exceeded", "memory_limit_exceeded"],
        requiredVerdicts=["time_limit_exceeded", "memory_limit_exceeded"],
        useForTimeLimit="upper",
    ),
    solution("broken", permittedVerdicts=["compile_error"], requiredVerdicts=["compile_error"], isModel=False),
    solution("free", requiredVerdicts=[], useForTimeLimit="none"),
]


@pytest.fixture
async def admin(service: Service) -> Person:
    return await service.admin()


def comparable(problem: Json) -> Json:
    """What has to be the same after a journey: not ids and moments, nor what was left to be understood."""
    for name in ("id", "createdAt", "updatedAt", "isPublished", "acceptanceRate"):
        problem.pop(name)
    checker, interactor = problem["checker"], problem["interactor"]
    checker["options"] = {**USUAL.get(checker["type"], {}), **checker.get("options", {})}
    for program in filter(None, (checker.get("program"), interactor)):
        program.update({"timeLimitMs": 60_000, "memoryLimitMb": 2048, "files": [], "entrypoint": "main.py"} | program)
    for group in problem["scoring"].get("groups", []):
        group.setdefault("requires", [])
    for case in problem["testCases"]:
        case.setdefault("checkerArgs", [])
        case["checkerArgs"] = FLAGS.get(tuple(case["checkerArgs"]), case["checkerArgs"])
    problem["solutions"] = [
        {
            **each,
            "id": None,
            "entrypoint": each.get("entrypoint") or ENTRYPOINTS[each["language"]],
            "requiredVerdicts": each["requiredVerdicts"] or each["permittedVerdicts"],
        }
        for each in sorted(problem["solutions"], key=lambda each: str(each["name"]))
    ]
    return problem


ENTRYPOINTS: Final = {"python": "main.py", "cpp": "main.cpp"}
USUAL: Final[dict[str, Json]] = {
    "tokens": {"caseSensitive": True},
    "float": {"absoluteTolerance": 1e-6, "relativeTolerance": 1e-6, "caseSensitive": True},
}
FLAGS: Final = {
    ("float_tolerance", "0.5"): ["float_absolute_tolerance", "0.5", "float_relative_tolerance", "0.5"],
}


@pytest.mark.parametrize("format_", ["2025-09", "legacy"])
async def test_problems_made_here_come_back_from_their_packages(service: Service, admin: Person, format_: str) -> None:
    for name, fields in SHAPES.items():
        made = await create(admin, **fields)
        for each in SOLUTIONS if name == "everything" else ():
            expect(await admin.post(f"/problems/{made['id']}/solutions", {**each, "expectedScore": [10, 50]}), 201)
        before = comparable(await whole(admin, made["id"]))
        package = await exported(admin, made["id"], format=format_)
        expect(await admin.delete(f"/problems/{made['id']}"), 204)
        answer = await take_over(admin, package)
        after = comparable(await whole(admin, answer["problem"]["id"]))
        assert after == before, name
        again = await exported(admin, answer["problem"]["id"], format=format_)
        assert contents(again) == contents(package), name
        assert not any("medium" in warning for warning in answer["warnings"])
    assert list(service.services.workspace.rglob("*")) == []


ODD: Final[dict[str, bytes]] = {
    **SMALL,
    "problem.yaml": (
        YAML.replace("name: Sum of numbers", "name: {en: Sums, sv: Summor}") + "license: cc by\n"
    ).encode(),
    "statement/problem.sv.md": "Skriv ut summan, så.\n".encode(),
    "statement/picture.png": b"\x89PNG",
    "attachments/help.txt": b"\xff\xfe",
    "data/sample/1.yaml": b"hint: look\ndescription: The first\n",
    "data/secret/02.in": b"\xff\x00\r\n",
    "data/secret/02.ans": b"x" * 30_000,
    "input_validators/check.py": b"import sys\nsys.exit(42)\n",
    "include/python3/helper.py": b"def sums(): return 3\n",
    "generators/random.py": b"print(1)\n",
    "submissions/submissions.yaml": b"accepted/right.py:\n  authors: Ann\n  secret:\n    permitted: [AC]\n",
    "submissions/accepted/latin.py": "# größe\nprint(1)\n".encode("latin-1"),
}


async def test_everything_in_a_package_comes_back_from_it(admin: Person) -> None:
    made = (await take_over(admin, ODD))["problem"]
    package = await exported(admin, made["id"])
    files = contents(package)
    for path, content in ODD.items():
        if not path.endswith(".yaml"):
            assert files[path] == content, path
    for kept in ("license: cc by", "sv: Summor", UUID, "Easy Maths"):
        assert kept in files["problem.yaml"].decode()
    before = comparable(await whole(admin, made["id"]))
    expect(await admin.delete(f"/problems/{made['id']}"), 204)
    again = (await take_over(admin, package))["problem"]
    assert comparable(await whole(admin, again["id"])) == before
    assert contents(await exported(admin, again["id"])) == files


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_text_that_was_changed_takes_the_place_of_the_statement(service: Service, admin: Person) -> None:
    made = (await take_over(admin, ODD))["problem"]
    change: dict[str, Any] = {"description": "Otherwise.", "title": "Other sums", "tags": ["new"]}
    cases = [{"input": "1", "expectedOutput": "1", "isHidden": True, "description": "only one"}]
    expect(await admin.patch(f"/problems/{made['id']}", {**change, "testCases": cases}))
    files = contents(await exported(admin, made["id"]))
    assert files["statement/problem.en.md"] == b"Otherwise."
    assert files["statement/problem.sv.md"] == ODD["statement/problem.sv.md"]
    assert "Summor" not in files["problem.yaml"].decode()
    assert sorted(path for path in files if path.startswith("data/") and path.endswith(".in")) == ["data/secret/1.in"]
    answer = await take_over(admin, await exported(admin, made["id"]), 200, replace=True)
    found = await whole(admin, answer["problem"]["id"])
    assert (found["title"], found["description"], found["tags"]) == ("Other sums", "Otherwise.", ["new"])
    assert found["testCases"] == cases
    assert list(service.services.workspace.rglob("*")) == []


def test_warnings_fit_into_a_header() -> None:
    few = ["größe: all of it\r\n", "other"]
    assert json.loads(warnings_header(few)) == few
    assert warnings_header(few).isascii()
    many = json.loads(warnings_header([f"{place} {'ä' * 200}" for place in range(50)]))
    assert many[-1] == f"and {50 - (len(many) - 1)} more"
    assert len(warnings_header(["x" * 9000])) < 100


FILE: Final = "submissions/submissions.yaml"
SAID: Final = b"""\
wrong_answer/wrong.py:
  authors: [Ann]
  sample:
    message: expected 3
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_only_a_package_says_of_a_solution_lasts_as_long_as_what_is_expected_of_it(admin: Person) -> None:
    path = f"/problems/{(await take_over(admin, {**SMALL, FILE: SAID}))['problem']['id']}"
    wrong = expect(await admin.get(f"{path}/solutions"))["data"][1]
    body = {name: value for name, value in wrong.items() if name != "id"}
    expect(await admin.put(f"{path}/solutions/{wrong['id']}", {**body, "code": "print(4)\n"}))
    said = yaml.safe_load(contents(await exported(admin, path.rpartition("/")[2]))[FILE])
    assert said["wrong_answer/wrong.py"] == yaml.safe_load(SAID)["wrong_answer/wrong.py"]
    for changes in (
        {"permittedVerdicts": ["wrong_answer"]},
        {"language": "javascript", "code": "console.log(4)\n", "entrypoint": "wrong.js"},
    ):
        await take_over(admin, {**SMALL, FILE: SAID}, 200, replace=True)
        expect(await admin.put(f"{path}/solutions/{wrong['id']}", {**body, **changes}))
        files = contents(await exported(admin, path.rpartition("/")[2]))
        assert b"message" not in files.get(FILE, b""), "nobody could see that this is still expected"
        assert b"Ann" not in files.get(FILE, b"")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_archive_has_the_problems_short_name_and_is_for_admins(
    service: Service, admin: Person, ann: Person, tmp_path: Path
) -> None:
    made = await create(admin, "Sum, of Two!")
    path = f"/problems/{made['id']}/export"
    answer = await admin.get(path)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sumoftwo.zip"'
    checker, *_ = json.loads(answer.headers["X-Package-Warnings"])
    assert checker.startswith("the checker trimmed is no rule of the default validator")
    older = json.loads((await admin.get(path, format="legacy")).headers["X-Package-Warnings"])
    assert older[0] == checker
    assert "the legacy format has no statements in Markdown; some tools read them all the same" in older
    for name, content in contents(answer.content).items():
        target = tmp_path / "sumoftwo" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    package = read_package(tmp_path / "sumoftwo", load_languages())
    assert (package.metadata.name, package.metadata.uuid, package.unsupported) == ("Sum, of Two!", made["id"], ())
    assert "format" in refused(await admin.get(path, format="2024"), 400, "VALIDATION_FAILED")["details"]
    refused(await ann.get(path), 403, "FORBIDDEN")
    refused(await service.nobody.get(path), 401, "UNAUTHORIZED")
    for unknown in (UNKNOWN, "no-id"):
        refused(await admin.get(f"/problems/{unknown}/export"), 404, "PROBLEM_NOT_FOUND")
    draft = await create(admin, "Draft", isPublished=False)
    refused(await ann.get(f"/problems/{draft['id']}/export"), 404, "PROBLEM_NOT_FOUND")
