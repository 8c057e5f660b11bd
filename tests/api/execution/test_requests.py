"""What may be asked for, field by field (API.md 11.1, 11.2, 11.7)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.execution.work import UNKNOWN, accept, done, program, ran, used
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room

KIB, MIB = 1024, 1024 * 1024
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def file(path: Any = "data.txt", content: Any = "x") -> Json:
    return {"path": path, "content": content}


NEVER_A_PROGRAM: list[tuple[Json, str]] = [
    ({"language": "cobol"}, "language"),
    ({"language": "Python"}, "language"),
    ({"language": None}, "language"),
    ({"language": ["python"]}, "language"),
    ({"code": ""}, "code"),
    ({"code": " \n\t\r\n"}, "code"),
    ({"code": None}, "code"),
    ({"code": 5}, "code"),
    ({"code": "x" * (64 * KIB + 1)}, "code"),
    ({"code": "#" + "ż" * (32 * KIB)}, "code"),
    ({"languageVersion": None}, "languageVersion"),
    ({"languageVersion": 3}, "languageVersion"),
    ({"languageVersion": "a\0b"}, "languageVersion"),
    ({"files": None}, "files"),
    ({"files": {}}, "files"),
    ({"files": [file(f"f{n}") for n in range(17)]}, "files"),
    ({"files": [file(content="x" * (64 * KIB + 1))]}, "files.0.content"),
    ({"files": [file(content="ż" * (32 * KIB + 1))]}, "files.0.content"),
    ({"files": [file(f"f{n}", "x" * (64 * KIB)) for n in range(4)]}, "files"),
    ({"files": [{"path": "a"}]}, "files.0.content"),
    ({"files": [{"content": "a"}]}, "files.0.path"),
    ({"files": [{**file(), "mode": 493}]}, "files.0.mode"),
    ({"files": [file(None)]}, "files.0.path"),
    ({"files": [file("x" * 404)]}, "files.0.path"),
    ({"files": [file("a\0b")]}, "files.0.path"),
    ({"files": [file("a"), file("b"), file("a")]}, "files"),
    ({"files": [file("main.py")]}, "files"),
    ({"files": [file("main.py/x")]}, "files"),
    ({"files": [file("a"), file("a/b")]}, "files"),
    *(
        ({"files": [file(path)]}, "files")
        for path in (
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "./a",
            "..",
            ".",
            "a//b",
            "a/",
            "a\\b",
            "a b",
            "ż.txt",
            "a:b",
            "~",
            "a\n",
            "1/2/3/4/5",
            "out/x",
            "x" * 101,
        )
    ),
    ({"entrypoint": None}, "entrypoint"),
    ({"entrypoint": ""}, "entrypoint"),
    ({"entrypoint": "main.rb"}, "entrypoint"),
    ({"entrypoint": "../main.py"}, "entrypoint"),
    ({"entrypoint": "/main.py"}, "entrypoint"),
    ({"entrypoint": "a/main.py"}, "entrypoint"),
    ({"entrypoint": "x" * 201}, "entrypoint"),
    ({"entrypoint": "other.py", "files": [file("other.py")]}, "entrypoint"),
    ({"compileOptions": None}, "compileOptions"),
    ({"compileOptions": []}, "compileOptions"),
    ({"compileOptions": {"speed": "fast"}}, "compileOptions.speed"),
    ({"compileOptions": {"optimization": "ludicrous"}}, "compileOptions.optimization"),
    ({"compileOptions": {"optimization": None}}, "compileOptions.optimization"),
    ({"compileOptions": {"standard": None}}, "compileOptions.standard"),
    ({"compileOptions": {"standard": "c++20"}}, "compileOptions"),
    ({"compileOptions": {"warnings": 1}}, "compileOptions.warnings"),
    ({"compileOptions": {"warnings": "true"}}, "compileOptions.warnings"),
    ({"compileOptions": {"flags": "-O2"}}, "compileOptions.flags"),
    ({"compileOptions": {"flags": ["-O2"]}}, "compileOptions"),
    ({"compileOptions": {"flags": ["x\0"]}}, "compileOptions.flags.0"),
    ({"compileOptions": {"flags": [None]}}, "compileOptions.flags.0"),
    ({"language": "cpp", "compileOptions": {"flags": ["-O2"] * 17}}, "compileOptions.flags"),
    ({"language": "cpp", "compileOptions": {"flags": ["-fplugin=/x.so"]}}, "compileOptions"),
    ({"language": "cpp", "compileOptions": {"flags": ["-O2", "-O2\n-v"]}}, "compileOptions"),
    ({"language": "cpp", "compileOptions": {"flags": ["@/etc/passwd"]}}, "compileOptions"),
    ({"language": "cpp", "compileOptions": {"standard": "c++98"}}, "compileOptions"),
    ({"language": "c", "compileOptions": {"standard": "c++20"}}, "compileOptions"),
    ({"webhookId": None}, "webhookId"),
    ({"webhookId": "x"}, "webhookId"),
    ({"webhookId": 5}, "webhookId"),
    ({"unknown": 1}, "unknown"),
    ({"time_limit": 1}, "time_limit"),
    ({"language_version": "x"}, "language_version"),
]

NEVER_A_RUN: list[tuple[Json, str]] = [
    ({"timeoutMs": 99}, "timeoutMs"),
    ({"timeoutMs": 300_001}, "timeoutMs"),
    ({"timeoutMs": "1000"}, "timeoutMs"),
    ({"timeoutMs": 1000.5}, "timeoutMs"),
    ({"timeoutMs": True}, "timeoutMs"),
    ({"timeoutMs": None}, "timeoutMs"),
    ({"timeoutMs": 10**30}, "timeoutMs"),
    ({"memoryMb": 15}, "memoryMb"),
    ({"memoryMb": 1025}, "memoryMb"),
    ({"memoryMb": None}, "memoryMb"),
    ({"cpuTimeMs": 99}, "cpuTimeMs"),
    ({"cpuTimeMs": 60_001}, "cpuTimeMs"),
    ({"cpuTimeMs": None}, "cpuTimeMs"),
    ({"outputEncoding": "latin1"}, "outputEncoding"),
    ({"outputEncoding": None}, "outputEncoding"),
]

NEVER_AN_INPUT: list[tuple[Json, str]] = [
    ({"stdin": None}, "stdin"),
    ({"stdin": 5}, "stdin"),
    ({"stdin": "x" * (MIB + 1)}, "stdin"),
    ({"stdin": "ż" * (MIB // 2 + 1)}, "stdin"),
    ({"args": None}, "args"),
    ({"args": "a"}, "args"),
    ({"args": ["x"] * 33}, "args"),
    ({"args": [5]}, "args.0"),
    ({"args": ["a", "x" * 1025]}, "args.1"),
    ({"args": ["ż" * 513]}, "args.0"),
    ({"args": ["a\0b"]}, "args.0"),
]


async def all_refused(person: Person, path: str, base: Json, wrong: list[tuple[Json, str]]) -> None:
    for changes, field in wrong:
        details = refused(await person.post(path, {**base, **changes}), 400, "VALIDATION_FAILED")["details"]
        assert list(details) == [field], (changes, details)


@only_sqlite
async def test_a_run_that_cannot_be_is_refused_with_the_field_named(ann: Person, service: Service) -> None:
    await all_refused(ann, "/execution/run", program(), [*NEVER_A_PROGRAM, *NEVER_A_RUN, *NEVER_AN_INPUT])
    for field in ("inputs", "checker", "stopOnFirstFailure"):
        refused(await ann.post("/execution/run", {**program(), field: None}), 400, "VALIDATION_FAILED")
    for field in ("language", "code"):
        body = {name: value for name, value in program().items() if name != field}
        details = refused(await ann.post("/execution/run", body), 400, "VALIDATION_FAILED")["details"]
        assert details == {field: "is required"}
    assert await used(service, ann) == (0, 0)


@only_sqlite
async def test_a_submission_that_cannot_be_is_refused_with_the_field_named(ann: Person, service: Service) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/submit"
    await all_refused(ann, path, program(), NEVER_A_PROGRAM)
    for field, value in {
        "stdin": "",
        "args": [],
        "timeoutMs": 1000,
        "memoryMb": 64,
        "cpuTimeMs": 1000,
        "outputEncoding": "utf8",
        "problemId": UNKNOWN,
    }.items():
        details = refused(await ann.post(path, {**program(), field: value}), 400, "VALIDATION_FAILED")["details"]
        assert details == {field: "is not a known field"}
    assert await used(service, ann) == (0, 0)


@only_sqlite
async def test_a_batch_that_cannot_be_is_refused_with_the_field_named(ann: Person, service: Service) -> None:
    base = program(inputs=[{}])
    await all_refused(ann, "/execution/batches", base, [*NEVER_A_PROGRAM, *NEVER_A_RUN])
    inputs = [({"inputs": [{}, changes]}, f"inputs.1.{field}") for changes, field in NEVER_AN_INPUT]
    await all_refused(ann, "/execution/batches", base, inputs)
    wrong: list[tuple[Json, str]] = [
        ({"stdin": ""}, "stdin"),
        ({"args": []}, "args"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [{}] * 51}, "inputs"),
        ({"inputs": None}, "inputs"),
        ({"inputs": [None]}, "inputs.0"),
        ({"inputs": [{"input": "x"}]}, "inputs.0.input"),
        ({"inputs": [{"expectedOutput": None}]}, "inputs.0.expectedOutput"),
        ({"inputs": [{"expectedOutput": "x" * (MIB + 1)}]}, "inputs.0.expectedOutput"),
        ({"checker": None}, "checker"),
        ({"checker": {"type": "fuzzy"}}, "checker.type"),
        ({"checker": {"type": "exact", "options": {"caseSensitive": False}}}, "checker"),
        ({"checker": {"type": "float", "options": {"absoluteTolerance": -1}}}, "checker.options.absoluteTolerance"),
        ({"checker": {"type": "custom", "program": {"language": "python", "code": "x"}}}, "checker"),
        ({"stopOnFirstFailure": None}, "stopOnFirstFailure"),
        ({"stopOnFirstFailure": "yes"}, "stopOnFirstFailure"),
    ]
    await all_refused(ann, "/execution/batches", base, wrong)
    details = refused(await ann.post("/execution/batches", program()), 400, "VALIDATION_FAILED")["details"]
    assert details == {"inputs": "is required"}
    assert await used(service, ann) == (0, 0)


@only_sqlite
async def test_what_is_no_request_at_all_is_refused(ann: Person) -> None:
    for path in ("/execution/run", "/execution/batches"):
        bodies: list[Any] = [[], "run", 5, None]
        for body in bodies:
            response = await ann.request("POST", path, json=body)
            refused(response, 400, "VALIDATION_FAILED")
        refused(await ann.request("POST", path, content=b"{", headers={"Content-Type": "application/json"}), 400,
                "VALIDATION_FAILED")  # fmt: skip
        response = await ann.request("POST", path, content=b"code=1", headers={"Content-Type": "text/plain"})
        refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")
        surrogate = b'{"language": "python", "code": "\\ud800"}'
        response = await ann.request("POST", path, content=surrogate, headers={"Content-Type": "application/json"})
        refused(response, 400, "VALIDATION_FAILED")
        big = program("x" * (9 * MIB))
        refused(await ann.post(path, big), 413, "PAYLOAD_TOO_LARGE")


@only_sqlite
async def test_what_is_not_here_is_told_apart_from_what_is_wrong(ann: Person, admin: Person) -> None:
    room = await open_room(ann, problemId=await make_problem(admin))
    places = ("/execution/run", "/execution/batches", f"/rooms/{room['roomId']}/run", f"/rooms/{room['roomId']}/submit")
    for path in places:
        base = program(inputs=[{}]) if path.endswith("batches") else program()
        refused(await ann.post(path, {**base, "webhookId": UNKNOWN}), 404, "WEBHOOK_NOT_FOUND")
        body = {**base, "languageVersion": "python-2.7"}
        refused(await ann.post(path, body), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")
        body = {**base, "languageVersion": "cpp-14"}
        refused(await ann.post(path, body), 422, "EXECUTION_LANGUAGE_UNAVAILABLE")


@only_sqlite
async def test_the_largest_request_is_carried_out(ann: Person) -> None:
    code = "import sys\nprint(len(sys.stdin.read()), len(sys.argv[1:]), len(sys.argv[1].encode()))\n"
    code += "#" * (64 * KIB - len(code))
    files = [file(f"{n}/b/c/{'d' * 90}{n}.txt", "ż" * (32 * KIB // 8)) for n in range(16)]
    body = {
        "stdin": "ż" * (MIB // 2),
        "args": ["ż" * 512] * 32,
        "files": files,
        "timeoutMs": 300_000,
        "memoryMb": 1024,
        "cpuTimeMs": 60_000,
    }
    result = await ran(ann, code, **body)
    assert (result["verdict"], result["stdout"]) == ("accepted", f"{MIB // 2} 32 1024\n"), result


@only_sqlite
async def test_the_smallest_limits_are_taken_literally(ann: Person) -> None:
    result = await ran(ann, "while True: pass\n", timeoutMs=100, cpuTimeMs=60_000, memoryMb=64)
    assert (result["verdict"], result["limitHit"]) == ("time_limit_exceeded", "wall_time")
    result = await ran(ann, "while True: pass\n", timeoutMs=300_000, cpuTimeMs=100, memoryMb=64)
    assert (result["verdict"], result["limitHit"]) == ("time_limit_exceeded", "cpu_time")
    assert result["error"] == "CPU time limit of 100 ms exceeded"


@only_sqlite
async def test_files_arguments_entrypoints_and_input_reach_the_program(ann: Person) -> None:
    code = "import sys\nfrom lib.word import WORD\nprint(__file__.rsplit('/')[-1], WORD, sys.argv[1:], repr(input()))\n"
    result = await ran(
        ann,
        code,
        entrypoint="solve.py",
        files=[file("lib/word.py", "WORD = 'żółw'\n"), file("lib/deep/er/x", "\0")],
        args=["", "a b", "$HOME", "--flag"],
        stdin="a\0b\n",
    )
    assert result["stdout"] == "solve.py żółw ['', 'a b', '$HOME', '--flag'] 'a\\x00b'\n", result


@only_sqlite
async def test_a_main_class_may_be_named_without_its_extension(ann: Person) -> None:
    code = 'class Solve { public static void main(String[] a) { System.out.println("hi"); } }'
    body = {"language": "java", "code": code, "entrypoint": "Solve", "memoryMb": 512}
    accepted = expect(await ann.post("/execution/run", body), 202)
    result = await done(ann, accepted["jobId"])
    assert (result["verdict"], result["stdout"], result["language"]) == ("accepted", "hi\n", "java"), result


@only_sqlite
async def test_compile_options_reach_the_compiler(ann: Person) -> None:
    code = '#include <cstdio>\nint main() { int unused; std::printf("%ld %d\\n", __cplusplus, X); }\n'
    options = {"standard": "c++17", "flags": ["-DX=7"], "warnings": True, "optimization": "none"}
    result = await ran(ann, code, language="cpp", compileOptions=options)
    assert result["stdout"] == "201703 7\n"
    assert "unused" in result["compile"]["stderr"]
    assert result["compile"]["diagnostics"][0]["severity"] == "warning"


@only_sqlite
async def test_waiting_is_bounded(ann: Person) -> None:
    job = await accept(ann)
    for wrong in (-1, 30_001, "x", "1.5"):
        details = refused(await ann.get(f"/execution/{job}", waitMs=wrong), 400, "VALIDATION_FAILED")["details"]
        assert list(details) == ["waitMs"]
    began = asyncio.get_running_loop().time()
    slow = await accept(ann, "import time\ntime.sleep(60)\n")
    response = await ann.get(f"/execution/{slow}", waitMs=300)
    assert expect(response)["status"] in {"queued", "running"}
    assert asyncio.get_running_loop().time() - began >= 0.3
    expect(await ann.post(f"/execution/{slow}/cancel"), 202)
    await done(ann, job)
    await done(ann, slow)
