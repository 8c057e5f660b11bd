"""Packages that are written: what other tools see of them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from judge import (
    Aggregation,
    Data,
    Expectation,
    Float,
    Group,
    LanguageLimits,
    PackageError,
    ProblemLimits,
    Scoring,
    Submission,
    Tokens,
    Trimmed,
    UnorderedLines,
    Verdict,
)
from judge.packages import Format, write_package
from judge.packages.expectation import COMPILED
from tests.judge.packages.contents import (
    LANGUAGES,
    STATEMENTS,
    SUM,
    case,
    content,
    written,
)

ODD = Expectation(COMPILED, frozenset({Verdict.WRONG_ANSWER}))


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


class TestFormat:
    def test_a_plain_problem_needs_no_more_than_the_format(self, tmp_path: Path) -> None:
        plain = content(
            case("sample/1", sample=True),
            case("secret/1"),
            checker=Float(1e-6, 1e-6, case_sensitive=False),
            limits=ProblemLimits(1500, 64, 8),
            statements=STATEMENTS[:1],
        )
        _, losses = written(plain, Format.V2025_09, tmp_path / "p")
        assert losses == ()
        assert sorted(path.relative_to(tmp_path / "p").as_posix() for path in (tmp_path / "p").rglob("*.*")) == [
            "data/sample/1.ans",
            "data/sample/1.in",
            "data/sample/test_group.yaml",
            "data/secret/1.ans",
            "data/secret/1.in",
            "data/secret/test_group.yaml",
            "problem.yaml",
            "statement/problem.en.tex",
        ]
        assert yaml_of(tmp_path / "p/problem.yaml") == {
            "problem_format_version": "2025-09",
            "type": "pass-fail",
            "name": "Sum",
            "uuid": "0-1",
            "limits": {"time_limit": 1.5, "memory": 64, "output": 8},
        }
        assert yaml_of(tmp_path / "p/data/secret/test_group.yaml") == {
            "output_validator_args": ["float_tolerance", "1e-06"]
        }

    def test_the_same_in_the_legacy_format(self, tmp_path: Path) -> None:
        plain = content(checker=Tokens(), limits=ProblemLimits(1500, 64, 8), keywords=("a", "b"))
        _, losses = written(plain, Format.LEGACY, tmp_path / "p")
        assert losses == ()
        assert (tmp_path / "p/.timelimit").read_text() == "1.5\n"
        assert yaml_of(tmp_path / "p/problem.yaml") == {
            "problem_format_version": "legacy",
            "type": "pass-fail",
            "name": "Sum",
            "uuid": "0-1",
            "limits": {"memory": 64, "output": 8},
            "validation": "default",
            "validator_flags": "case_sensitive",
            "keywords": "a b",
        }

    def test_points_of_groups(self, tmp_path: Path) -> None:
        scoring = Scoring(100, (Group("secret/a", 30), Group("secret/b", 70, Aggregation.SUM, ("secret/a",))))
        pointed = content(
            case("secret/a/1", group="secret/a"),
            case("secret/b/1", group="secret/b"),
            scoring=scoring,
            checker=Tokens(),
        )
        assert written(pointed, Format.V2025_09, tmp_path / "new")[1] == ()
        assert yaml_of(tmp_path / "new/data/secret/test_group.yaml")["max_score"] == 100
        assert yaml_of(tmp_path / "new/data/secret/b/test_group.yaml") == {
            "max_score": 70,
            "score_aggregation": "sum",
            "require_pass": "secret/a",
            "output_validator_args": ["case_sensitive"],
        }
        _, losses = written(pointed, Format.LEGACY, tmp_path / "old")
        assert "points are counted otherwise elsewhere: the format has no words for these groups" in losses

    def test_a_package_without_secret_tests_has_copies_of_its_samples(self, tmp_path: Path) -> None:
        found, losses = written(content(case("sample/1", sample=True)), Format.V2025_09, tmp_path / "p")
        assert [(each.name, each.sample) for each in found.problem.cases] == [("sample/1", True)]
        assert (tmp_path / "p/data/secret/1.in").read_bytes() == b"in"
        assert "the samples stand there as secret tests too, because the format wants some" in losses

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [
            ({"checker": Trimmed()}, "the checker trimmed is no rule of the default validator"),
            ({"checker": UnorderedLines()}, "the checker unordered_lines is no rule of the default validator"),
            ({"stop_on_first_failure": True}, "that judging stops at the first failure is not known elsewhere"),
            ({"limits": ProblemLimits(languages={"c": LanguageLimits(5)})}, "limits of single languages are not known"),
        ],
    )
    def test_what_other_tools_do_not_see_is_said(self, tmp_path: Path, more: dict[str, Any], sentence: str) -> None:
        losses = write_package(content(**more), tmp_path / "p", Format.V2025_09, languages=LANGUAGES)
        assert any(each.startswith(sentence) for each in losses)

    def test_what_single_tests_have_is_counted(self, tmp_path: Path) -> None:
        tests = (case("secret/1", cpu_ms=5), case("secret/2", cpu_ms=5, weight=2.0), case("secret/3"))
        losses = write_package(content(*tests, checker=Tokens()), tmp_path / "p", Format.V2025_09, languages=LANGUAGES)
        assert losses == (
            "time limits of their own of 2 tests are not known elsewhere",
            "weights of 1 test are not known elsewhere",
        )

    def test_what_the_legacy_format_lacks_is_said(self, tmp_path: Path) -> None:
        rich = content(
            checker=Tokens(),
            names={"en": "Sum", "sv": "Summa"},
            languages=("python",),
            keywords=("two words",),
            details={"version": "3"},
            notes={"secret/1": {"full_feedback": True}},
            statements=STATEMENTS,
            files={"include/default/a.h": Data(b"x")},
            submissions=(
                Submission(
                    "submissions/rejected/main.py",
                    "rejected",
                    SUM,
                    Expectation(COMPILED, frozenset({Verdict.WRONG_ANSWER}), score=None),
                    model=True,
                ),
            ),
        )
        assert write_package(rich, tmp_path / "p", Format.LEGACY, languages=LANGUAGES) == (
            "what is expected cannot be said exactly in this format of rejected/main.py",
            "model cannot be said in this format of rejected/main.py",
            "the format does not know what is expected of solutions in rejected",
            "names in other languages cannot all be said in this format",
            "keywords cannot all be said in this format",
            "the languages that are allowed cannot all be said in this format",
            "of problem.yaml, version cannot all be said in this format",
            "hints, descriptions or other notes on tests cannot all be said in this format",
            "the legacy format has no statements in Markdown; some tools read them all the same",
            "the legacy format has no directory include/default",
        )


class TestRefused:
    def test_a_directory_that_is_not_empty(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"")
        with pytest.raises(PackageError, match="is not empty"):
            write_package(content(), tmp_path, Format.LEGACY, languages=LANGUAGES)

    @pytest.mark.parametrize("path", ["../x", "/etc/x", "a//b", ".hidden", "a/-b", "a b", "statement/\n"])
    def test_files_that_no_package_can_have(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(PackageError, match="is no name that a file of a package can have"):
            write_package(content(files={path: Data(b"")}), tmp_path / "p", Format.LEGACY, languages=LANGUAGES)
        assert {each.name for each in tmp_path.iterdir()} == {"p"}

    def test_a_file_that_is_there_already_stays(self, tmp_path: Path) -> None:
        files = {"data/secret/1.in": Data(b"other"), "problem.yaml/x": Data(b""), "data/secret/2.png": Data(b"kept")}
        found, _ = written(content(files=files), Format.V2025_09, tmp_path / "p")
        assert found.problem.cases[0].input == Data(b"in")
        assert found.files == {"data/secret/2.png": Data(b"kept")}
