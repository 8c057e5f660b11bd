"""``syncode mutate`` on a real package in real jails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.commands.exits import ExitCode
from api.commands.mutants import mutation_json, mutation_markdown, mutation_summary
from api.commands.mutate import outcome
from judge import Source
from judge.mutation import Fate, MutantResult, MutationReport, mutants
from languages import load_languages

Command = Callable[..., Any]
Write = Callable[..., Path]

SOURCE = Source.of(load_languages()["python"], b"n = int(input())\nif n > 10: print(n % 7)\n")


@pytest.fixture
def real(image: Callable[[str], Path], package: Path) -> Path:
    """The package, where python can run."""
    image("python")
    return package


def report(*fates: Fate, fault: str | None = None) -> MutationReport:
    """A report on so many of the mutants of a program."""
    results = tuple(
        MutantResult(
            "submissions/accepted/a_b.py",
            mutant,
            fate,
            test="secret/1" if fate is Fate.KILLED else None,
            fault=fault if fate is Fate.NOT_JUDGED else None,
        )
        for mutant, fate in zip(mutants(SOURCE), fates, strict=False)
    )
    return MutationReport(
        ("submissions/accepted/a_b.py",), ("submissions/accepted/c.cob",), ("secret/1", "secret/2"), results, 1.25
    )


@pytest.mark.usefixtures("engine")
class TestJudging:
    def test_survivors_are_listed_with_their_change_and_exit_code_1(
        self, cli: Command, real: Path, tmp_path: Path
    ) -> None:
        (real / "data/sample/1.in").write_text("2\n")
        (real / "data/sample/1.ans").write_text("4\n")
        (real / "data/secret/2.in").write_text("2\n")
        (real / "data/secret/2.ans").write_text("4\n")
        answer = cli("mutate", real, "--json", tmp_path / "report.json", "--solution", "accepted/right.py")
        assert answer.code == 1
        assert (
            "submissions/accepted/right.py: No test tells `2 * int(input())` from `2 + int(input())` at line 1"
            in answer.text
        )
        assert "    +print(2 + int(input()))" in answer.text
        assert "Tests that were the first to kill none: secret/2" in answer.text
        assert "mutation score" in answer.remark
        value = json.loads((tmp_path / "report.json").read_text())
        assert (value["survived"], value["notViable"]) == (1, 0)
        assert [each["operator"] for each in value["survivors"]] == ["arithmetic"]

    def test_what_cannot_be_mutated_is_exit_code_2(self, cli: Command, real: Path) -> None:
        unknown = cli("mutate", real, "--solution", "accepted/none.py")
        wrong = cli("mutate", real, "--solution", real / "submissions/wrong_answer/wrong.py")
        nowhere = cli("mutate", real, "--json", real / "none/report.json")
        absent = cli("mutate", real / "none")
        assert {answer.code for answer in (unknown, wrong, nowhere, absent)} == {2}
        assert "has no solution accepted/none.py; it has submissions/accepted/right.py" in unknown.remark
        assert "wrong.py is not accepted (wrong_answer" in wrong.remark
        assert "cannot be written" in nowhere.remark


@pytest.mark.parametrize(
    ("fates", "threshold", "code"),
    [
        ([Fate.KILLED], 100, ExitCode.OK),
        ([Fate.KILLED, Fate.SURVIVED], 100, ExitCode.REFUSED),
        ([Fate.KILLED, Fate.SURVIVED], 50, ExitCode.OK),
        ([Fate.KILLED, Fate.SURVIVED, Fate.SURVIVED], 33.4, ExitCode.REFUSED),
        ([Fate.KILLED, Fate.NOT_VIABLE, Fate.NOT_RUN, Fate.NOT_JUDGED], 100, ExitCode.OK),
        ([Fate.NOT_RUN], 0, ExitCode.REFUSED),
        ([], 0, ExitCode.REFUSED),
        ([Fate.NOT_JUDGED], 0, ExitCode.FAILED),
    ],
)
def test_the_exit_code_says_whether_the_score_is_reached(fates: list[Fate], threshold: float, code: ExitCode) -> None:
    assert outcome(report(*fates), threshold=threshold) is code


def test_the_summary_names_what_the_score_leaves_out() -> None:
    found = report(Fate.KILLED, Fate.SURVIVED, Fate.NOT_VIABLE, Fate.NOT_RUN, Fate.NOT_RUN)
    assert mutation_summary(found) == (
        "mutation score 50 %: 1 of 2 mutants killed, 1 survived, 1 not viable, 2 not run for want of time"
    )
    assert mutation_summary(report()) == "no mutant could be judged to the end"


def test_a_score_is_never_rounded_up_to_all() -> None:
    many = report(Fate.SURVIVED, *[Fate.KILLED] * 9)
    results = (many.results[0], *many.results[1:] * 400)
    assert "mutation score 99.9 %:" in mutation_summary(
        MutationReport(many.solutions, (), many.tests, results, many.elapsed_s)
    )


def test_markdown_shows_each_survivor_as_a_diff() -> None:
    found = report(Fate.KILLED, Fate.SURVIVED, Fate.NOT_JUDGED, fault="the checker <failed>")
    text = mutation_markdown("my_problem", found)
    assert text.startswith("## Mutation score of my\\_problem\n\nMutation score 50 %")
    assert "| submissions/accepted/a\\_b.py | 50 % | 1 | 1 | 0 | 1 | 0 |" in text
    assert "  ```diff\n  @@ -1,2 +1,2 @@\n" in text
    assert "In languages of which no mutants are made: submissions/accepted/c.cob." in text
    assert "the checker \\<failed\\>." in text


def test_json_holds_every_mutant_and_what_became_of_it() -> None:
    value = mutation_json(report(Fate.KILLED, Fate.SURVIVED, Fate.NOT_JUDGED, fault="broken"))
    assert json.loads(json.dumps(value)) == value
    assert [each["fate"] for each in value["mutants"]] == ["killed", "survived", "not_judged"]
    assert [each["test"] for each in value["mutants"]] == ["secret/1", None, None]
    assert value["mutants"][2]["fault"] == "broken"
    assert value["tests"] == [{"name": "secret/1", "killed": 1}, {"name": "secret/2", "killed": 0}]
    assert value["survivors"][0]["diff"].startswith("--- a/main.py\n+++ b/main.py\n")
    assert (value["score"], value["elapsedMs"]) == (0.5, 1250)
