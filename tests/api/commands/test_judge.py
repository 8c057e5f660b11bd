"""``syncode judge`` on a real package in real jails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.commands.exits import ExitCode

Command = Callable[..., Any]
Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("engine")


def test_a_right_program_is_accepted(cli: Command, package: Path) -> None:
    answer = cli("judge", package / "submissions" / "accepted" / "right.py", package)
    assert answer.code == ExitCode.OK
    assert answer.text.count("accepted") == 2
    assert answer.remark.startswith("accepted · 2 of 2 tests passed")


def test_a_wrong_one_is_refused_and_told_where(cli: Command, package: Path) -> None:
    answer = cli("judge", package / "submissions" / "wrong_answer" / "wrong.py", package, "--json")
    result = json.loads(answer.text)
    assert (answer.code, result["verdict"]) == (ExitCode.REFUSED, "wrong_answer")
    wrong = next(case for case in result["testCases"] if case["verdict"] == "wrong_answer")
    assert wrong["checkerMessage"]


def test_what_the_compiler_says_comes_out(cli: Command, package: Path, write: Write) -> None:
    broken = write("broken.py", "print(1\n")
    answer = cli("judge", broken, package)
    assert answer.code == ExitCode.REFUSED
    assert "SyntaxError" in answer.remark
    assert "compile_error · 0 of 2 tests passed" in answer.remark


@pytest.mark.parametrize(
    ("file", "where", "sentence"),
    [
        ("nowhere.py", "double", "cannot be read"),
        ("right.txt", "double", "tells no language"),
        ("right.py", "", "problem.yaml"),
    ],
)
def test_bad_requests_are_one_line(
    cli: Command, package: Path, write: Write, file: str, where: str, sentence: str
) -> None:
    written = write("right.py", "print(2 * int(input()))\n") if file == "right.py" else write("right.txt", "x")
    answer = cli("judge", written.with_name(file), package.parent / where)
    assert (answer.code, answer.text, answer.remark.count("\n")) == (ExitCode.BAD_REQUEST, "", 1)
    assert sentence in answer.remark
