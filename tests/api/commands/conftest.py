"""Ways to call the command line, and a small problem package to call it on."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli import execute
from api.commands.verified import Verified
from judge import CaseResult, JudgeResult, Package, Verdict, read_package, verdict_text
from judge.validation import Authored, CheckerCheck, InputCheck, SolutionReport, conclude
from languages import Language
from runner import PackageReport

PROBLEM = """\
problem_format_version: 2025-09
name: Double
uuid: 00000000-0000-4000-8000-000000000000
limits:
  time_limit: 1
  memory: 64
"""
RIGHT = b"print(2 * int(input()))\n"
WRONG = b"print(2 + int(input()))\n"
SLOW = b"while True: pass\n"

PASSWORD = "correct horse battery"

Write = Callable[..., Path]
Start = Callable[..., contextlib.AbstractContextManager["Served"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def remark(self) -> str:
        return self.stderr.decode()


Command = Callable[..., Answer]


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run a command line in this process."""

    def run(*arguments: str | Path) -> Answer:
        capfdbinary.readouterr()
        code = execute([str(argument) for argument in arguments])
        captured = capfdbinary.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a started command."""
    return dict(os.environ)


@pytest.fixture
def program() -> list[str]:
    """The installed command."""
    return [str(Path(sys.executable).with_name("syncode"))]


@pytest.fixture
def syncode(program: list[str], environment: dict[str, str]) -> Command:
    """Run the installed command as a process of its own."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Answer:
        command = [*program, *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False, timeout=120)
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below a temporary directory, making the directories on the way."""

    def to(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to


@pytest.fixture
def package(tmp_path: Path, write: Write) -> Path:
    """A package of two cases with one right and one wrong solution."""
    write("double/problem.yaml", PROBLEM)
    for name, number in (("sample/1", 4), ("secret/2", 2)):
        write(f"double/data/{name}.in", f"{number}\n")
        write(f"double/data/{name}.ans", f"{2 * number}\n")
    write("double/submissions/accepted/right.py", RIGHT)
    write("double/submissions/wrong_answer/wrong.py", WRONG)
    return tmp_path / "double"


@pytest.fixture
def read(package: Path, languages: Mapping[str, Language]) -> Callable[[], Package]:
    """Read the package as it lies on the disk now."""
    return lambda: read_package(package, languages)


@pytest.fixture
def verified(read: Callable[[], Package]) -> Callable[..., Verified]:
    """The package as verified with these verdicts of its solutions on its two cases, without running anything.

    ``checks``: whether the expected output of each case is accepted; ``inputs``: whether its input is.
    """

    def make(
        *verdicts: Verdict, message: str | None = None, checks: Sequence[bool] = (), inputs: Sequence[bool] = ()
    ) -> Verified:
        package = read()
        results = [
            JudgeResult(
                verdict,
                None if verdict is Verdict.ACCEPTED else said or "as asked",
                None,
                tuple(
                    CaseResult(
                        index, case.name, verdict, message=said, wall_ms=1500.0, cpu_ms=12.4, memory_bytes=3 << 20
                    )
                    for index, case in enumerate(package.problem.cases)
                ),
                fault=message if verdict is Verdict.INTERNAL_ERROR else None,
            )
            for verdict in verdicts
            for said in (verdict_text(verdict) if verdict is Verdict.INTERNAL_ERROR else message,)
        ]
        solutions = zip(package.submissions, results, strict=True)
        validation = conclude(
            Authored.of(package),
            [SolutionReport.of(each, result) for each, result in solutions],
            checker_checks=[CheckerCheck(index, fine, "" if fine else "no") for index, fine in enumerate(checks)],
            input_checks=[InputCheck("v.py", index, fine, "" if fine else "no") for index, fine in enumerate(inputs)],
        )
        return Verified(package.path, PackageReport(package, None if package.unsupported else validation))

    return make


class Served:
    """A service in a process of its own, and an account on it."""

    def __init__(self, process: subprocess.Popen[str], address: str, remarks: list[str]) -> None:
        self.process = process
        self.remarks = remarks
        self.client = httpx.Client(base_url=f"{address}/api/v1", timeout=60)

    def sign_in(self, password: str = PASSWORD) -> None:
        body = {"identifier": "admin", "password": password, "tokenTransport": "body"}
        answer = self.client.post("/auth/login", json=body).raise_for_status().json()
        self.client.headers["Authorization"] = f"Bearer {answer['accessToken']}"

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()


@pytest.fixture
def start(fresh_home: Path, program: list[str], environment: dict[str, str]) -> Start:
    """Start the service on a home of the test's own; kill what is left of it at the end."""
    port = free_port()
    environment |= {
        "SYNCODE_HOME": str(fresh_home),
        "SYNCODE_ADMIN_PASSWORD": PASSWORD,
        "SYNCODE_WARM_MEMORY_MB": "0",
        "SYNCODE_RUNS_PER_MINUTE": "1000",
        "SYNCODE_UNFINISHED_JOBS": "100",
    }

    @contextlib.contextmanager
    def serve(**more: str) -> Iterator[Served]:
        process = subprocess.Popen(
            [*program, "serve", "--port", str(port)],
            env={**environment, **more},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        remarks: list[str] = []
        try:
            for line in process.stderr:
                remarks.append(line)
                if found := re.match(r"serving at (http://127\.0\.0\.1:\d+)", line):
                    break
            else:
                raise AssertionError("".join(remarks))
            served = Served(process, found[1], remarks)
            with served.client:
                if more.get("SYNCODE_ADMIN_PASSWORD") != "":
                    served.sign_in()
                yield served
        finally:
            process.kill()
            process.stderr.close()
            process.wait()

    return serve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
