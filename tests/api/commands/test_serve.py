"""``syncode serve`` as a process: what it says, how it ends, and what a sudden death costs (nothing)."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from api.problems.case_files import SMALL_BYTES
from tests.api.commands.conftest import Start
from tests.api.problems.packages import archive

PACKAGE: Final = {
    "problem.yaml": b"name: Two\n",
    "data/secret/1.in": bytes(2 * SMALL_BYTES),
    "data/secret/1.ans": b"2\n",
    "submissions/accepted/slow.py": b"import time\ntime.sleep(0.4)\nprint(2)\n",
}
SLOW: Final = "import time, sys\ntime.sleep(0.5)\nprint(sum(range(int(sys.argv[1]))))\n"


@pytest.mark.usefixtures("engine")
def test_jobs_outlive_the_process_that_accepted_them(start: Start, fresh_home: Path) -> None:
    numbers = range(10, 18)
    with start() as served:
        first = served.post("/execution/run", {"language": "python", "code": "print('first')"})["jobId"]
        assert served.get(f"/execution/{first}", waitMs=30_000)["stdout"] == "first\n"
        before = served.get(f"/execution/{first}")
        imported = served.client.post("/problems/import", files={"package": archive(PACKAGE)}).raise_for_status().json()
        path = f"/problems/{imported['problem']['id']}"
        validation = f"{path}/validations/{served.post(f'{path}/validate', {'repeat': 4})['validationId']}"
        while served.get(validation)["status"] != "running":
            time.sleep(0.02)
        jobs = {
            served.post("/execution/run", {"language": "python", "code": SLOW, "args": [str(number)]})["jobId"]: number
            for number in numbers
        }
        inputs = [{"args": [str(number)], "expectedOutput": str(sum(range(number)))} for number in (4, 5, 6)]
        batch = served.post("/execution/batches", {"language": "python", "code": SLOW, "inputs": inputs})
        unwanted = served.post("/execution/run", {"language": "python", "code": "print('unwanted')"})["jobId"]
        served.post(f"/execution/{unwanted}/cancel")
        time.sleep(0.7)  # some are done, some are being done, some wait
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
    shutil.rmtree(fresh_home / "tests")  # where the data of large tests lie: they are in the database too
    with start() as served:
        for job, number in jobs.items():
            result = served.get(f"/execution/{job}", waitMs=30_000)
            assert (result["status"], result["stdout"]) == ("completed", f"{sum(range(number))}\n")
        after = served.get(f"/execution/batches/{batch['batchId']}", waitMs=30_000)
        assert (after["status"], [item["passed"] for item in after["items"]]) == ("completed", [True] * 3)
        assert served.get(f"/execution/{unwanted}")["verdict"] == "cancelled"
        assert served.get(f"/execution/{first}") == before
        validated = served.get(validation, waitMs=30_000)
        assert (validated["status"], validated["ok"]) == ("completed", True)
        assert [solution["verdict"] for solution in validated["solutions"]] == ["accepted"]
        assert served.get("/users/me/quotas")["execution"]["used"] == 1 + 1 + len(jobs) + len(inputs) + 1


@pytest.mark.usefixtures("engine")
def test_it_ends_when_told_to_and_leaves_what_is_not_done_for_later(start: Start) -> None:
    with start() as served:
        long = {"language": "python", "code": "import time\ntime.sleep(60)", "timeoutMs": 100_000}
        job = served.post("/execution/run", long)["jobId"]
        while served.get(f"/execution/{job}/status")["status"] == "queued":
            time.sleep(0.05)
        served.process.terminate()
        assert served.process.wait(30) == 0
    with start() as served:
        assert served.get(f"/execution/{job}/status")["status"] in {"queued", "running"}
        served.post(f"/execution/{job}/cancel")
        assert served.get(f"/execution/{job}", waitMs=30_000)["verdict"] == "cancelled"


@pytest.mark.usefixtures("engine")
def test_a_password_is_made_up_and_shown_once(start: Start) -> None:
    with start(SYNCODE_ADMIN_PASSWORD="") as served:
        (line,) = (line for line in served.remarks if "shown only once" in line)
        password = line.split("with the password ")[1].split()[0]
        served.sign_in(password)
        assert served.get("/users/me")["role"] == "admin"
    with start(SYNCODE_ADMIN_PASSWORD="") as served:
        assert not [line for line in served.remarks if "password" in line]


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("SYNCODE_ENVIRONMENT", "production", "SYNCODE_ACCESS_TOKEN_SECRET"),
        ("SYNCODE_DATABASE_URL", "postgresql://user:very-secret@127.0.0.1:1/none", "SYNCODE_DATABASE_URL: connection"),
        ("SYNCODE_ADMIN_PASSWORD", "secret!", "SYNCODE_ADMIN_PASSWORD: must have at least 8 characters"),
    ],
)
def test_what_it_cannot_begin_with_is_one_line(
    fresh_home: Path, program: list[str], environment: dict[str, str], name: str, value: str, named: str
) -> None:
    environment |= {"SYNCODE_HOME": str(fresh_home), name: value}
    command = [*program, "serve", "--port", "0"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert named in ended.stderr
    assert "secret!" not in ended.stderr
    assert "very-secret" not in ended.stderr


@pytest.mark.usefixtures("engine")
def test_the_lines_of_the_readme_work_as_printed(start: Start, program: list[str], environment: dict[str, str]) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    (lines,) = (block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "curl" in block)
    assert len(lines.splitlines()) < 10
    for arguments in (["db", "upgrade"], ["seed"]):
        subprocess.run([*program, *arguments], env=environment, check=True, capture_output=True)
    with start() as served:
        printed, here = "http://127.0.0.1:8000/api/v1", str(served.client.base_url).rstrip("/")
        assert printed in lines
        script = lines.replace(printed, here)
        answer = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False, env=environment)
    submission = json.loads(answer.stdout)
    assert (submission["status"], submission["verdict"]) == ("completed", "accepted"), submission
