"""POST /problems."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, Final

from sqlalchemy import select

from api.admin.models import AuditLog
from api.problems.models import TestCaseRow
from api.problems.schemas import CreateProblem, UpdateProblem
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.problems.samples import CASE, PROGRAM, create, problem

_EVERYTHING: Final[Json] = {
    "title": "Weighing  things",
    "description": "Put *them* on a scale.\n",
    "difficulty": "hard",
    "tags": ["two-words", "arrays"],
    "company": "A company",
    "constraints": "1 ≤ n ≤ 10",
    "examples": [{"input": "1", "output": "2", "explanation": "so"}, {"input": "", "output": ""}],
    "starterCode": {"python": "def f():\n    ...\n", "rust": None},
    "timeLimit": 1500,
    "memoryLimit": 64,
    "outputLimitMb": 2,
    "testCases": [
        {"input": "a", "expectedOutput": "b", "isHidden": False},
        {
            "input": "c",
            "expectedOutput": "d",
            "description": "a hidden one",
            "isHidden": True,
            "timeoutMs": 7,
            "memoryMb": 8,
            "group": "big",
            "weight": 3,
            "args": ["--fast"],
            "checkerArgs": ["case_sensitive"],
        },
        {"input": "e", "expectedOutput": "f", "isHidden": True, "group": "small", "weight": 0},
        {"input": "e", "expectedOutput": "f", "isHidden": True, "group": "small"},
    ],
    "isPublished": True,
    "kind": "standard",
    "checker": {"type": "float", "options": {"absoluteTolerance": 0, "relativeTolerance": 0.5, "caseSensitive": False}},
    "interactor": None,
    "scoring": {
        "mode": "points",
        "maxScore": 50,
        "groups": [
            {"name": "big", "points": 20, "aggregation": "min"},
            {"name": "small", "points": 10, "aggregation": "sum", "requires": ["big"]},
        ],
    },
    "stopOnFirstFailure": True,
    "allowedLanguages": ["python", "cpp"],
    "languageLimits": {"python": {"timeMultiplier": 2.5}, "cpp": {"timeLimitMs": 100, "memoryLimitMb": 16}},
}


async def test_everything_that_is_said_comes_back(service: Service, admin: Person) -> None:
    made = expect(await admin.post("/problems", _EVERYTHING), 201)
    assert {name: made[name] for name in _EVERYTHING} == _EVERYTHING
    rest = {name: value for name, value in made.items() if name not in _EVERYTHING}
    assert rest.pop("createdAt") == rest.pop("updatedAt")
    assert str(uuid.UUID(rest.pop("id"))) == made["id"]
    assert rest == {
        "acceptanceRate": None,
        "isBookmarked": False,
        "attemptStatus": None,
        "testCaseCount": 4,
        "hiddenTestCaseCount": 3,
        "totalSubmissions": 0,
        "userAttempts": 0,
    }
    assert expect(await admin.get(f"/problems/{made['id']}", includeHidden="true")) == made
    async with service.services.database.read() as work:
        wanted = select(AuditLog).where(AuditLog.target_type == "problem")
        logged = (await work.session.execute(wanted)).scalars().one()
    assert (logged.action, logged.target_id, logged.actor_id) == ("admin.problem.create", made["id"], admin.id)


async def test_what_is_not_said_has_its_default(admin: Person) -> None:
    body = {"title": "  Add\t", "description": "x", "difficulty": "easy", "testCases": [CASE]}
    made = expect(await admin.post("/problems", body), 201)
    defaults = {
        "title": "Add",
        "isPublished": False,
        "tags": [],
        "company": None,
        "constraints": None,
        "examples": [],
        "starterCode": None,
        "timeLimit": None,
        "memoryLimit": None,
        "outputLimitMb": 16,
        "kind": "standard",
        "checker": {"type": "trimmed"},
        "interactor": None,
        "scoring": {"mode": "pass_fail"},
        "stopOnFirstFailure": False,
        "allowedLanguages": None,
        "languageLimits": {},
        "testCases": [{**CASE, "isHidden": False}],
    }
    assert {name: made[name] for name in defaults} == defaults


async def test_the_examples_of_the_document_are_good_ones(admin: Person) -> None:
    for example in CreateProblem.model_json_schema()["examples"]:
        made = expect(await admin.post("/problems", example), 201)
        for change in UpdateProblem.model_json_schema()["examples"]:
            expect(await admin.patch(f"/problems/{made['id']}", change))


async def test_test_data_is_kept_byte_for_byte(service: Service, admin: Person) -> None:
    text = "\0\r\n\r \t\n\n\x7f\x1b é e\u0301 \ufeff\U0001f600 \u2028"
    case = {"input": text, "expectedOutput": text + "\n", "isHidden": False}
    empty = {"input": "", "expectedOutput": " ", "isHidden": False}
    long = {"input": "é" * 20_000, "expectedOutput": "\0" * 20_000, "isHidden": False}
    made = await create(admin, testCases=[case, empty, long])
    assert made["testCases"] == [case, empty, long]
    assert expect(await admin.get(f"/problems/{made['id']}"))["testCases"] == [case, empty, long]
    async with service.services.database.read() as work:
        row = await work.session.get(TestCaseRow, (made["id"], 0))
    assert row is not None
    assert (row.input, row.expected_output) == (text.encode(), text.encode() + b"\n")


async def test_programs_that_judge_are_kept(admin: Person) -> None:
    checker = {
        "type": "custom",
        "program": {
            **PROGRAM,
            "files": [{"path": "lib/more.py", "content": "x = 1\n"}],
            "entrypoint": "check.py",
            "timeLimitMs": 60_000,
            "memoryLimitMb": 2048,
        },
        "args": ["strict", "né"],
    }
    nothing = [{"input": "", "expectedOutput": "", "checkerArgs": ["anything", "goes"]}]
    assert (await create(admin, "Checked", checker=checker, testCases=nothing))["checker"] == checker
    talk = await create(admin, "Talk", kind="interactive", interactor=PROGRAM, testCases=nothing)
    assert (talk["kind"], talk["interactor"]) == ("interactive", PROGRAM)


async def test_a_title_is_there_once_whatever_its_case(admin: Person) -> None:
    await create(admin, "Straße ÉTUDE")
    for title in ("Straße ÉTUDE", "STRASSE étude", "  strasse Étude ", "Straße E\N{COMBINING ACUTE ACCENT}TUDE"):
        refused(await admin.post("/problems", problem(title)), 409, "PROBLEM_DUPLICATE_TITLE")
    await create(admin, "Strase étude")


async def test_of_those_who_want_one_title_one_gets_it(admin: Person) -> None:
    tags = [f"tag-{number}" for number in range(10)]
    titles = ["one title", "One Title", "ONE TITLE", "one title"]
    bodies = [problem(title, tags=tags[:: 1 if place % 2 else -1]) for place, title in enumerate(titles)]
    others = [problem(f"other {place}", tags=tags[:: 1 if place % 2 else -1]) for place in range(4)]
    answers = await asyncio.gather(*(admin.post("/problems", body) for body in [*bodies, *others]))
    assert sorted(answer.status_code for answer in answers[:4]) == [201, 409, 409, 409]
    assert [answer.status_code for answer in answers[4:]] == [201] * 4
    assert {tag["count"] for tag in expect(await admin.get("/problems/tags"))["data"]} == {5}


async def test_the_same_request_twice_makes_one_problem(admin: Person) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = await admin.post("/problems", problem(), headers=key)
    again = await admin.post("/problems", problem(), headers=key)
    assert expect(again, 201) == expect(first, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(expect(await admin.get("/problems"))["data"]) == 1


async def test_only_admins_make_problems_and_shape_comes_first(service: Service, ann: Person) -> None:
    refused(await service.nobody.post("/problems", problem()), 401, "UNAUTHORIZED")
    refused(await ann.post("/problems", problem(title="")), 400, "VALIDATION_FAILED")
    wrong = problem(testCases=[{"input": "", "expectedOutput": ""}])
    refused(await ann.post("/problems", wrong), 400, "VALIDATION_FAILED")
    answer = refused(await ann.post("/problems", problem()), 403, "FORBIDDEN")
    assert answer["details"] == {"capability": "problem:create"}


async def test_the_largest_that_is_allowed(admin: Person) -> None:
    made = await create(
        admin,
        "T" * 200,
        description="é" * 100_000,
        constraints="x" * 50_000,
        company="C" * 100,
        tags=["a" * 50, *(f"{number}" for number in range(9))],
        starterCode={"python": "é" * (32 * 1024)},
        testCases=[CASE] * 500,
        examples=[{"input": "1", "output": "2"}] * 20,
        timeLimit=60_000,
        memoryLimit=4096,
        outputLimitMb=64,
    )
    assert (made["testCaseCount"], len(made["examples"]), len(made["description"])) == (500, 20, 100_000)


async def test_repeated_tags_and_languages_count_once(admin: Person) -> None:
    made = await create(admin, tags=["b", "a", "b"], allowedLanguages=["rust", "c", "rust"])
    assert (made["tags"], made["allowedLanguages"]) == (["b", "a"], ["rust", "c"])


_HUGE: Final = 10**30
_POINTS: Final[Json] = {"mode": "points", "groups": [{"name": "g", "points": 100}]}
_GROUPED: Final[Json] = {**CASE, "group": "g"}


def _case(**changes: Any) -> Json:
    return {"testCases": [{**CASE, **changes}]}


def _options(kind: str, **options: Any) -> Json:
    return {"checker": {"type": kind, "options": options}}


def _program(**changes: Any) -> Json:
    return {"checker": {"type": "custom", "program": {**PROGRAM, **changes}}}


def _points(*groups: Json, cases: tuple[str | None, ...] = ("g",), most: int = 100) -> Json:
    tests = [CASE if name is None else {**CASE, "group": name} for name in cases]
    return {"scoring": {"mode": "points", "maxScore": most, "groups": list(groups)}, "testCases": tests}


# What is wrong, and the field that the answer must name.
_WRONG: Final[list[tuple[Json, str]]] = [
    ({"title": " \n"}, "title"),
    ({"title": "t" * 201}, "title"),
    ({"title": "a\0b"}, "title"),
    ({"title": 5}, "title"),
    ({"title": None}, "title"),
    ({"description": ""}, "description"),
    ({"description": "d" * 100_001}, "description"),
    ({"description": "\0"}, "description"),
    ({"difficulty": "Easy"}, "difficulty"),
    ({"difficulty": None}, "difficulty"),
    ({"tags": ["Upper"]}, "tags.0"),
    ({"tags": ["ok", "a_b"]}, "tags.1"),
    ({"tags": ["x\n"]}, "tags.0"),
    ({"tags": ["é"]}, "tags.0"),
    ({"tags": ["a" * 51]}, "tags.0"),
    ({"tags": [""]}, "tags.0"),
    ({"tags": [f"t{number}" for number in range(11)]}, "tags"),
    ({"tags": "arrays"}, "tags"),
    ({"tags": None}, "tags"),
    ({"company": ""}, "company"),
    ({"company": "c" * 101}, "company"),
    ({"constraints": "c" * 50_001}, "constraints"),
    ({"examples": [{"input": "1"}]}, "examples.0.output"),
    ({"examples": [{"input": "1", "output": "2", "explanation": None}]}, "examples.0.explanation"),
    ({"examples": [{"input": "1", "output": "2"}] * 21}, "examples"),
    ({"starterCode": {"cobol": "x"}}, "starterCode.cobol"),
    ({"starterCode": {"python": "é" * (32 * 1024) + "x"}}, "starterCode.python"),
    ({"starterCode": {"python": 1}}, "starterCode.python"),
    ({"starterCode": ["x"]}, "starterCode"),
    ({"timeLimit": 0}, "timeLimit"),
    ({"timeLimit": 60_001}, "timeLimit"),
    ({"timeLimit": 1.5}, "timeLimit"),
    ({"timeLimit": "5"}, "timeLimit"),
    ({"timeLimit": True}, "timeLimit"),
    ({"timeLimit": _HUGE}, "timeLimit"),
    ({"memoryLimit": 0}, "memoryLimit"),
    ({"memoryLimit": 4097}, "memoryLimit"),
    ({"outputLimitMb": 65}, "outputLimitMb"),
    ({"outputLimitMb": 0}, "outputLimitMb"),
    ({"outputLimitMb": None}, "outputLimitMb"),
    ({"isPublished": 1}, "isPublished"),
    ({"stopOnFirstFailure": "true"}, "stopOnFirstFailure"),
    ({"kind": "batch"}, "kind"),
    ({"unknown": 1}, "unknown"),
    ({"time_limit": 1}, "time_limit"),
    ({"allowedLanguages": ["cobol"]}, "allowedLanguages.0"),
    ({"allowedLanguages": []}, "allowedLanguages"),
    ({"languageLimits": {"cobol": {}}}, "languageLimits.cobol"),
    ({"languageLimits": {"python": {"timeMultiplier": 0.05}}}, "languageLimits.python.timeMultiplier"),
    ({"languageLimits": {"python": {"timeMultiplier": 10.5}}}, "languageLimits.python.timeMultiplier"),
    ({"languageLimits": {"python": {"timeMultiplier": True}}}, "languageLimits.python.timeMultiplier"),
    ({"languageLimits": {"python": {"timeLimitMs": 0}}}, "languageLimits.python.timeLimitMs"),
    ({"languageLimits": {"python": {"memoryLimitMb": 5000}}}, "languageLimits.python.memoryLimitMb"),
    ({"languageLimits": {"python": {"cpu": 1}}}, "languageLimits.python.cpu"),
    ({"languageLimits": {"python": None}}, "languageLimits.python"),
    ({"testCases": []}, "testCases"),
    ({"testCases": None}, "testCases"),
    ({"testCases": [CASE] * 501}, "testCases"),
    ({"testCases": [{"input": "x"}]}, "testCases.0.expectedOutput"),
    (_case(input="x" * 20_001), "testCases.0.input"),
    (_case(expectedOutput="x" * 20_001), "testCases.0.expectedOutput"),
    (_case(expectedOutput=""), "testCases.0.expectedOutput"),
    (_case(input=None), "testCases.0.input"),
    (_case(input=1), "testCases.0.input"),
    (_case(description="d" * 256), "testCases.0.description"),
    (_case(description="\0"), "testCases.0.description"),
    (_case(description=None), "testCases.0.description"),
    (_case(isHidden=None), "testCases.0.isHidden"),
    (_case(timeoutMs=0), "testCases.0.timeoutMs"),
    (_case(timeoutMs=60_001), "testCases.0.timeoutMs"),
    (_case(memoryMb=4097), "testCases.0.memoryMb"),
    (_case(weight=-1), "testCases.0.weight"),
    (_case(weight=1001), "testCases.0.weight"),
    (_case(group=""), "testCases.0.group"),
    (_case(group="g" * 51), "testCases.0.group"),
    (_case(args=["\0"]), "testCases.0.args.0"),
    (_case(args=["é" * 513]), "testCases.0.args.0"),
    (_case(args=["x"] * 33), "testCases.0.args"),
    (_case(checkerArgs=[1]), "testCases.0.checkerArgs.0"),
    (_case(checkerArgs=["anything"]), "testCases.0.checkerArgs"),
    (_case(checkerArgs=["float_tolerance", "-1"]), "testCases.0.checkerArgs"),
    (_case(hidden=True), "testCases.0.hidden"),
    ({"checker": None}, "checker"),
    ({"checker": {}}, "checker.type"),
    ({"checker": {"type": "magic"}}, "checker.type"),
    ({"checker": {"type": "trimmed", "extra": 1}}, "checker.extra"),
    (_options("trimmed", caseSensitive=True), "checker"),
    (_options("exact", absoluteTolerance=1), "checker"),
    (_options("tokens", ignoreBlankLines=True), "checker"),
    (_options("tokens", caseSensitive="yes"), "checker.options.caseSensitive"),
    (_options("float", unorderedTokens=True), "checker"),
    (_options("float", tolerance=1), "checker.options.tolerance"),
    (_options("float", absoluteTolerance=-1e-9), "checker.options.absoluteTolerance"),
    (_options("float", relativeTolerance="1e-6"), "checker.options.relativeTolerance"),
    (_options("float", relativeTolerance=True), "checker.options.relativeTolerance"),
    (_options("unordered_lines", caseSensitive=True), "checker"),
    ({"checker": {"type": "tokens", "program": PROGRAM}}, "checker"),
    ({"checker": {"type": "tokens", "args": ["x"]}}, "checker"),
    ({"checker": {"type": "custom"}}, "checker"),
    ({"checker": {"type": "custom", "program": None}}, "checker.program"),
    (_program(code=" \n"), "checker.program"),
    (_program(code="x" * (64 * 1024 + 1)), "checker.program"),
    (_program(language="cobol"), "checker.program.language"),
    (_program(entrypoint="../x.py"), "checker.program"),
    (_program(files=[{"path": "/etc/passwd", "content": ""}]), "checker.program"),
    (_program(files=[{"path": "a", "content": ""}, {"path": "a", "content": ""}]), "checker.program.files"),
    (_program(files=[{"path": f"f{number}", "content": ""} for number in range(17)]), "checker.program.files"),
    (_program(timeLimitMs=60_001), "checker.program.timeLimitMs"),
    (_program(memoryLimitMb=2049), "checker.program.memoryLimitMb"),
    (_program(compile="no"), "checker.program.compile"),
    ({"kind": "interactive"}, "interactor"),
    ({"kind": "interactive", "interactor": None}, "interactor"),
    ({"interactor": PROGRAM}, "interactor"),
    ({"kind": "interactive", "interactor": {**PROGRAM, "code": ""}}, "interactor"),
    ({"scoring": {}}, "scoring.mode"),
    ({"scoring": {"mode": "points", "maxScore": 0}}, "scoring.maxScore"),
    ({"scoring": {"mode": "points", "maxScore": 1001}}, "scoring.maxScore"),
    ({"scoring": {"mode": "points", "groups": [{"name": "", "points": 1}]}}, "scoring.groups.0.name"),
    ({"scoring": {"mode": "points", "groups": [{"name": "g", "points": -1}]}}, "scoring.groups.0.points"),
    ({"scoring": {"mode": "points", "groups": [{"name": "g", "points": 1.5}]}}, "scoring.groups.0.points"),
    (_points({"name": "g", "points": 100, "aggregation": "max"}), "scoring.groups.0.aggregation"),
    (_points({"name": "g", "points": 99}), "scoring.groups"),
    (_points({"name": "g", "points": 101}, cases=("g", None)), "scoring.groups"),
    (_points({"name": "g", "points": 50}, {"name": "g", "points": 50}), "scoring"),
    (_points({"name": "g", "points": 100, "requires": ["g"]}), "scoring"),
    (_points({"name": "g", "points": 50, "requires": ["h"]}, {"name": "h", "points": 50}, cases=("g", "h")), "scoring"),
    (_points({"name": "g", "points": 100}, cases=("g", "other")), "testCases.1.group"),
    (_points({"name": "g", "points": 50}, {"name": "h", "points": 50}), "scoring.groups"),
    ({**_points(), "testCases": [_GROUPED]}, "testCases.0.group"),
    ({"scoring": {**_POINTS, "mode": "pass_fail"}, "testCases": [CASE]}, "scoring.groups"),
    (
        {
            "scoring": {"mode": "points", "groups": [{"name": "g", "points": 100, "aggregation": "sum"}]},
            "testCases": [{**_GROUPED, "weight": 0}],
        },
        "scoring.groups",
    ),
]


async def test_what_is_wrong_is_refused_by_name(admin: Person) -> None:
    for changes, field in _WRONG:
        answer = refused(await admin.post("/problems", problem(**changes)), 400, "VALIDATION_FAILED")
        assert list(answer["details"]) == [field], (changes, answer)
    assert expect(await admin.get("/problems", includeDrafts="true"))["data"] == []


async def test_bodies_that_no_json_library_would_write(admin: Person) -> None:
    async def post(content: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        refused(await admin.post("/problems", content=content, headers=headers), 400, "VALIDATION_FAILED")

    good = b'{"title":"x","description":"d","difficulty":"easy","testCases":[{"input":"","expectedOutput":"1"}]'
    await post(good)
    await post(good + b',"checker":{"type":"float","options":{"absoluteTolerance":NaN}}}')
    await post(good + b',"checker":{"type":"float","options":{"absoluteTolerance":Infinity}}}')
    await post(good + b',"checker":{"type":"float","options":{"absoluteTolerance":1e999}}}')
    await post(good + b',"checker":{"type":"float","options":{"absoluteTolerance":1' + b"0" * 400 + b"}}}")
    await post(good + b',"languageLimits":{"python":{"timeMultiplier":NaN}}}')
    await post(good + b',"timeLimit":1' + b"0" * 5000 + b"}")
    await post(good + b',"constraints":"\\ud800"}')
    await post(good + b',"\\ud800":1}')
    await post(good + b',"starterCode":{"\\udfff":"x"}}')
    await post(good + b',"constraints":"\xff"}')
    await post(good + b',"examples":' + b"[" * 100_000 + b"}")
    await post(b"[]")
    await post(b"null")
    await post(b"")


async def test_groups_may_be_named_without_points(admin: Person) -> None:
    await create(admin, testCases=[_GROUPED])
    rest = [_GROUPED, CASE]
    await create(admin, "Rest", scoring={"mode": "points", "groups": [{"name": "g", "points": 40}]}, testCases=rest)
    made = await create(admin, "All", scoring=_POINTS, testCases=[_GROUPED])
    group = {"name": "g", "points": 100, "aggregation": "pass_fail"}
    assert made["scoring"] == {"mode": "points", "maxScore": 100, "groups": [group]}
