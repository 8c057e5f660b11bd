"""Ways to call the command line, and a small problem package to call it on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import execute
from api.commands.verified import Verified
from judge import CaseResult, JudgeResult, Package, Verdict, read_package
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

Write = Callable[..., Path]


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
                None if verdict is Verdict.ACCEPTED else message or "as asked",
                None,
                tuple(
                    CaseResult(
                        index, case.name, verdict, message=message, wall_ms=1500.0, cpu_ms=12.4, memory_bytes=3 << 20
                    )
                    for index, case in enumerate(package.problem.cases)
                ),
                fault=message if verdict is Verdict.INTERNAL_ERROR else None,
            )
            for verdict in verdicts
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
