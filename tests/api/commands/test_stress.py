"""``syncode stress`` on real programs in real jails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.commands.stress import summary
from judge import Verdict
from judge.stress import Finding, Side, StressReport

Command = Callable[..., Any]
Write = Callable[..., Path]

FINDING = Finding(
    seed=7,
    size=2,
    generated=b"5 5\n",
    input=b"5\n",
    trusted=Side(Verdict.ACCEPTED, b"1\n"),
    suspect=Side(Verdict.TIME_LIMIT_EXCEEDED, b"", "CPU time limit of 2000 ms exceeded"),
    tries=3,
    complete=True,
)


@pytest.fixture
def programs(image: Callable[[str], Path], write: Write) -> dict[str, Path]:
    """A generator and three solutions."""
    image("python")
    return {
        "generator": write("gen.py", "import sys\nprint(int(sys.argv[1]) * 3)\n"),
        "right": write("right.py", "print(int(input()) % 10)\n"),
        "wrong": write("wrong.py", "n = int(input())\nprint(n if n < 15 else n % 10)\n"),
        "same": write("same.py", "print(int(input()[-1]))\n"),
    }


@pytest.mark.usefixtures("engine")
class TestSearching:
    def test_what_is_found_is_shown_kept_as_a_test_and_exit_code_1(
        self, cli: Command, programs: dict[str, Path], tmp_path: Path
    ) -> None:
        answer = cli(
            *("stress", "--generator", programs["generator"], "--trusted", programs["right"]),
            *("--suspect", programs["wrong"], "--save", tmp_path / "found", "--arg", "{seed}", "--seed", "4"),
        )
        assert answer.code == 1, answer.remark
        assert "input (3 bytes)\n    10" in answer.text
        assert 'suspect: wrong_answer (line 1, token 1: expected "0", got "10"' in answer.text
        assert "seed 4, size 1: the suspect's output is not accepted" in answer.remark
        assert "warning: there is no input validator" in answer.remark
        files = {path.name: path.read_bytes() for path in (tmp_path / "found").iterdir()}
        assert files == {"stress-4.in": b"10\n", "stress-4.ans": b"0\n"}

    def test_no_difference_is_exit_code_0_with_the_rules_of_a_package(
        self, cli: Command, programs: dict[str, Path], package: Path
    ) -> None:
        answer = cli(
            *("stress", "--generator", programs["generator"], "--trusted", programs["right"]),
            *("--suspect", programs["same"], "--package", package, "--most", "2", "--checker", "exact"),
        )
        assert answer.code == 0, answer.remark
        assert "no difference on 2 inputs of sizes up to 1" in answer.remark

    def test_what_cannot_be_searched_is_exit_code_2(
        self, cli: Command, programs: dict[str, Path], package: Path, write: Write
    ) -> None:
        arguments = ["--trusted", programs["right"], "--suspect", programs["same"], "--most", "2"]
        given = ["stress", "--generator", programs["generator"], *arguments]
        unknown = cli(*given, "--checker", "lenient")
        write("double/problem.yaml", (package / "problem.yaml").read_text() + "type: submit-answer\n")
        unsupported = cli(*given, "--package", package)
        broken = cli("stress", "--generator", write("broken.py", "raise ValueError('no')"), *arguments)
        missing = cli("stress", "--generator", programs["generator"], "--trusted", programs["right"])
        nowhere = cli(*given, "--save", programs["right"] / "found")
        assert {answer.code for answer in (unknown, unsupported, broken, missing, nowhere)} == {2}
        assert "'lenient' is neither a file nor one of trimmed, exact, tokens" in unknown.remark
        assert "needs what is not judged" in unsupported.remark
        assert "the generator failed on 1 1: Process ended with exit status 1" in broken.remark
        assert "cannot be made" in nowhere.remark


def test_the_summary_says_how_far_it_was_shrunk() -> None:
    found = StressReport(FINDING, 7, 7, 2, (), 1.0)
    assert summary(found) == (
        "seed 7, size 2: the suspect ends in time_limit_exceeded where the trusted solution ends well; "
        "4 bytes shrunk to 2 in 3 tries"
    )
    assert summary(StressReport(None, 5, 5, 1, (), 1.0)) == "no difference on 5 inputs"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"complete": False}, "in 3 tries, and more may be possible"),
        ({"reproduced": False}, "where the trusted solution ends well; not when they were run again"),
        (
            {"trusted": Side(Verdict.RUNTIME_ERROR, b""), "suspect": Side(Verdict.ACCEPTED, b"")},
            "the trusted solution ends in runtime_error where the suspect ends well",
        ),
    ],
)
def test_the_summary_says_what_is_uncertain(changes: dict[str, Any], words: str) -> None:
    fields = {name: getattr(FINDING, name) for name in Finding.__slots__} | changes
    assert words in summary(StressReport(Finding(**fields), 7, 7, 2, (), 1.0))
