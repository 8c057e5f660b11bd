"""What becomes of a run (API.md 11.3)."""

from __future__ import annotations

import asyncio
import base64
import re

import pytest

from runner import Engine
from sandboxes import SetupError
from tests.api.execution.work import SLEEPER, accept, again, done, program, ran, running, used
from tests.api.people import Json, Person, Service, expect, refused

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

RESULT = {
    "jobId",
    "status",
    "verdict",
    "stdout",
    "stderr",
    "exitCode",
    "signal",
    "durationMs",
    "cpuTimeMs",
    "memoryUsageMb",
    "timedOut",
    "limitHit",
    "outputTruncated",
    "stdoutBytes",
    "stderrBytes",
    "error",
    "compile",
    "language",
    "languageVersion",
    "createdAt",
    "startedAt",
    "completedAt",
    "attempts",
}
OURS = {"evidence", "isolation"}
COMPILE = {
    "ok",
    "exitCode",
    "stdout",
    "stderr",
    "durationMs",
    "cpuTimeMs",
    "memoryUsageMb",
    "timedOut",
    "outputTruncated",
    "cached",
}


async def test_a_run_is_accepted_and_answered_in_full(ann: Person) -> None:
    accepted = expect(await ann.post("/execution/run", program("print('hello', input())", stdin="world\n")), 202)
    assert set(accepted) == {"jobId", "staticAnalysisJobId", "status", "queuedAt"}
    assert (accepted["status"], accepted["staticAnalysisJobId"]) == ("queued", None)
    assert len(accepted["jobId"]) <= 128
    result = await done(ann, accepted["jobId"])
    assert set(result) == RESULT | OURS
    facts = {name: result[name] for name in ("jobId", "status", "verdict", "stdout", "stderr", "exitCode", "signal")}
    assert facts == {
        "jobId": accepted["jobId"],
        "status": "completed",
        "verdict": "accepted",
        "stdout": "hello world\n",
        "stderr": "",
        "exitCode": 0,
        "signal": None,
    }
    assert (result["timedOut"], result["limitHit"], result["outputTruncated"], result["error"]) == (
        False,
        None,
        False,
        None,
    )
    assert (result["stdoutBytes"], result["stderrBytes"], result["attempts"]) == (12, 0, 1)
    assert (result["language"], result["createdAt"]) == ("python", accepted["queuedAt"])
    assert result["languageVersion"].startswith("python-3.")
    assert 0 < result["durationMs"] < 20_000
    assert 0 <= result["cpuTimeMs"] < 20_000
    assert result["memoryUsageMb"] == round(result["memoryUsageMb"], 1) > 0
    moments = [result[name] for name in ("createdAt", "startedAt", "completedAt")]
    assert all(MOMENT.fullmatch(moment) for moment in moments)
    assert moments[1] <= moments[2]
    assert result["isolation"]["network"] is False
    assert await done(ann, accepted["jobId"]) == result
    status = expect(await ann.get(f"/execution/{accepted['jobId']}/status"))
    assert status == {"jobId": accepted["jobId"], "status": "completed"}


async def test_an_unfinished_run_says_where_it_is(ann: Person, service: Service) -> None:
    slots = (await service.services.dispatcher.load()).capacity
    sleepers = [await accept(ann, SLEEPER) for _ in range(min(slots, 3))]
    await running(ann, f"/execution/{sleepers[-1]}")
    waiting = [await accept(ann), await accept(ann)]
    response = await ann.get(f"/execution/{waiting[1]}")
    body = expect(response)
    assert set(body) == {"jobId", "status", "queuedAt", "startedAt", "queuePosition"}
    assert (body["jobId"], body["status"], body["startedAt"]) == (waiting[1], "queued", None)
    assert body["queuePosition"] == 2
    assert response.headers["Retry-After"] == "1"
    response = await ann.get(f"/execution/{sleepers[0]}")
    body = expect(response)
    assert (body["status"], body["queuePosition"], response.headers["Retry-After"]) == ("running", None, "1")
    assert MOMENT.fullmatch(body["startedAt"])
    assert (await ann.get(f"/execution/{sleepers[0]}/status")).headers["Retry-After"] == "1"
    for job in (*waiting, *sleepers):
        expect(await ann.post(f"/execution/{job}/cancel"), 202)
    results = [await done(ann, job) for job in (*sleepers, *waiting)]
    assert {result["verdict"] for result in results} == {"cancelled"}
    assert [result["startedAt"] for result in results[-2:]] == [None, None]
    assert results[0]["startedAt"] == body["startedAt"]
    for path in (waiting[0], f"{waiting[0]}/status"):
        assert "Retry-After" not in (await ann.get(f"/execution/{path}")).headers


SEGV = "import os\nos.kill(os.getpid(), 11)\n"
HOG = "x = bytearray(200 << 20)\nprint(len(x))\n"
FLOOD = "import sys\nwhile True:\n    sys.stdout.write('x' * 65536)\n"
FORKS = """import os, sys, time
try:
    for _ in range(500):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
except OSError:
    sys.exit(1)
"""
BIG_FILE = """import signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open('/tmp/big', 'wb') as file:
    for _ in range(20):
        file.write(bytes(1 << 20))
"""

ENDINGS: list[tuple[str, str, Json, Json]] = [
    (
        "exits",
        "import sys\nprint('x')\nsys.exit(3)\n",
        {},
        {"verdict": "runtime_error", "exitCode": 3, "stdout": "x\n"},
    ),
    ("raises", "raise ValueError('oh')\n", {}, {"verdict": "runtime_error", "exitCode": 1, "signal": None}),
    (
        "signal",
        SEGV,
        {},
        {"verdict": "runtime_error", "exitCode": 139, "signal": "SIGSEGV", "error": "Process was killed by SIGSEGV"},
    ),
    (
        "cpu",
        "while True: pass\n",
        {"cpuTimeMs": 200},
        {"verdict": "time_limit_exceeded", "limitHit": "cpu_time", "timedOut": True, "exitCode": 137},
    ),
    (
        "wall",
        "import time\nprint('x', flush=True)\ntime.sleep(60)\n",
        {"timeoutMs": 400},
        {"verdict": "time_limit_exceeded", "limitHit": "wall_time", "timedOut": True, "stdout": "x\n"},
    ),
    ("memory", HOG, {"memoryMb": 64}, {"verdict": "memory_limit_exceeded", "limitHit": "memory", "timedOut": False}),
    ("output", FLOOD, {}, {"verdict": "output_limit_exceeded", "limitHit": "output", "outputTruncated": True}),
    ("forks", FORKS, {}, {"verdict": "runtime_error", "limitHit": "processes", "exitCode": 1}),
    ("file", BIG_FILE, {}, {"verdict": "runtime_error", "limitHit": "file_size"}),
    ("syntax", "print(\n", {}, {"verdict": "compile_error", "exitCode": None, "durationMs": 0, "cpuTimeMs": None}),
]


@only_sqlite
@pytest.mark.parametrize(("code", "fields", "facts"), [ending[1:] for ending in ENDINGS], ids=[e[0] for e in ENDINGS])
async def test_every_ending_has_its_verdict(ann: Person, code: str, fields: Json, facts: Json) -> None:
    result = await ran(ann, code, **fields)
    assert set(result) == RESULT | OURS
    assert {name: result[name] for name in facts} == facts, result
    assert result["status"] == "failed"
    assert result["timedOut"] == (result["verdict"] == "time_limit_exceeded")
    assert result["error"]
    assert not re.search(r"/box|/app|/work|nsjail|slot|Traceback", result["error"])


@only_sqlite
async def test_what_a_compiler_says_is_no_output_of_the_program(ann: Person) -> None:
    code = '#include "lib/x.h"\nint main(void) { return x; }\n'
    result = await ran(ann, code, language="c", files=[{"path": "lib/x.h", "content": "int x = y;\n"}])
    assert (result["status"], result["verdict"], result["exitCode"]) == ("failed", "compile_error", None)
    assert (result["stdout"], result["stderr"], result["stdoutBytes"], result["durationMs"]) == ("", "", 0, 0)
    compilation = result["compile"]
    assert set(compilation) >= COMPILE
    assert (compilation["ok"], compilation["exitCode"], compilation["timedOut"]) == (False, 1, False)
    assert "lib/x.h:1:9" in compilation["stderr"]
    assert "/box" not in compilation["stderr"]
    assert compilation["diagnostics"][0]["file"] == "lib/x.h"
    good = await ran(ann, '#include <stdio.h>\nint main(void) { puts("hi"); }\n', language="c")
    assert (good["verdict"], good["stdout"], good["compile"]["ok"]) == ("accepted", "hi\n", True)
    assert good["compile"]["durationMs"] > 0


@only_sqlite
async def test_bytes_are_text_or_base64(ann: Person) -> None:
    code = "import sys\nsys.stdout.buffer.write(b'a\\xff\\xc5\\xbc\\x00')\nsys.stderr.buffer.write(b'\\xfe')\n"
    text = await ran(ann, code)
    assert (text["stdout"], text["stderr"]) == ("a\ufffdż\0", "\ufffd")
    coded = await ran(ann, code, outputEncoding="base64")
    assert base64.b64decode(coded["stdout"]) == b"a\xff\xc5\xbc\x00"
    assert base64.b64decode(coded["stderr"]) == b"\xfe"
    assert (text["stdoutBytes"], text["stderrBytes"]) == (coded["stdoutBytes"], coded["stderrBytes"]) == (5, 1)


@only_sqlite
async def test_output_beyond_a_mebibyte_is_cut_and_the_program_goes_on(ann: Person) -> None:
    code = "import sys\nsys.stdout.write('x' * (2 << 20))\nsys.stderr.write('y' * (1 << 20))\n"
    result = await ran(ann, code)
    assert (result["status"], result["outputTruncated"], result["exitCode"]) == ("completed", True, 0)
    assert (len(result["stdout"]), len(result["stderr"])) == (1 << 20, 1 << 20)
    assert (result["stdoutBytes"], result["stderrBytes"]) == (2 << 20, 1 << 20)


@pytest.fixture
def _broken_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SetupError("/var/lib/secret: no jail today")

    monkeypatch.setattr(Engine, "run", fail)


@pytest.mark.usefixtures("_broken_sandbox")
async def test_our_failure_is_an_internal_error_that_costs_nothing(ann: Person, service: Service) -> None:
    result = await ran(ann, "print(1)\n")
    assert (result["status"], result["verdict"], result["exitCode"]) == ("failed", "internal_error", None)
    assert "secret" not in str(result)
    assert await used(service, ann) == (0, 0)


async def test_a_result_is_kept_for_a_day(ann: Person, service: Service) -> None:
    job = await accept(ann)
    await done(ann, job)
    service.clock.forward(hours=23, minutes=59)
    ann = await again(service, ann)
    assert (await done(ann, job))["stdout"] == "1\n"
    service.clock.forward(minutes=2)
    for path in (f"/execution/{job}", f"/execution/{job}/status", f"/execution/{job}/events"):
        refused(await ann.get(path), 404, "EXECUTION_JOB_NOT_FOUND")
    refused(await ann.post(f"/execution/{job}/cancel"), 404, "EXECUTION_JOB_NOT_FOUND")


@only_sqlite
async def test_waiting_ends_with_the_job(ann: Person) -> None:
    job = await accept(ann, "import time\ntime.sleep(0.5)\nprint('end')\n")
    answers = await asyncio.gather(*(ann.get(f"/execution/{job}", waitMs=30_000) for _ in range(3)))
    assert [expect(answer)["stdout"] for answer in answers] == ["end\n"] * 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("job", ["x", "00000000-0000-4000-8000-000000000000", "%00", "A" * 129])
async def test_an_id_that_names_nothing_is_unknown(ann: Person, job: str) -> None:
    for path in (f"/execution/{job}", f"/execution/{job}/status", f"/execution/{job}/events"):
        refused(await ann.get(path), 404, "EXECUTION_JOB_NOT_FOUND")
    refused(await ann.post(f"/execution/{job}/cancel"), 404, "EXECUTION_JOB_NOT_FOUND")


class TestCancelling:
    async def test_a_run_that_runs_is_killed(self, ann: Person) -> None:
        job = await accept(ann, SLEEPER)
        await running(ann, f"/execution/{job}")
        body = expect(await ann.post(f"/execution/{job}/cancel"), 202)
        assert body == {"jobId": job, "status": "running", "cancelRequested": True}
        result = await done(ann, job)
        assert (result["status"], result["verdict"], result["limitHit"]) == ("failed", "cancelled", None)
        assert "never" not in result["stdout"]
        refused(await ann.post(f"/execution/{job}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")
        assert await done(ann, job) == result

    async def test_a_run_that_waits_never_begins(self, ann: Person, service: Service) -> None:
        slots = min((await service.services.dispatcher.load()).capacity, 3)
        sleepers = [await accept(ann, SLEEPER) for _ in range(slots)]
        job = await accept(ann, "print('never')\n")
        body = expect(await ann.post(f"/execution/{job}/cancel"), 202)
        assert (body["status"], body["cancelRequested"]) == ("queued", True)
        result = await done(ann, job)
        assert (result["verdict"], result["stdout"], result["exitCode"]) == ("cancelled", "", None)
        for sleeper in sleepers:
            expect(await ann.post(f"/execution/{sleeper}/cancel"), 202)
            await done(ann, sleeper)

    @only_sqlite
    async def test_cancelling_twice_is_cancelling_once(self, ann: Person) -> None:
        job = await accept(ann, SLEEPER)
        await running(ann, f"/execution/{job}")
        answers = await asyncio.gather(*(ann.post(f"/execution/{job}/cancel") for _ in range(4)))
        assert {answer.status_code for answer in answers} <= {202, 409}
        assert 202 in {answer.status_code for answer in answers}
        assert (await done(ann, job))["verdict"] == "cancelled"

    @only_sqlite
    async def test_a_run_that_ended_by_itself_keeps_its_result(self, ann: Person) -> None:
        job = await accept(ann, "print('mine')\n")
        result = await done(ann, job)
        refused(await ann.post(f"/execution/{job}/cancel"), 409, "EXECUTION_ALREADY_FINISHED")
        assert await done(ann, job) == result
