"""Whole packages: those that the project ships, and any others that are at hand."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from judge import Custom, Package, PackageError, Place, Verdict, judge, read_package
from languages import Language

VERDICTS: Final = {
    "AC": Verdict.ACCEPTED,
    "WA": Verdict.WRONG_ANSWER,
    "TLE": Verdict.TIME_LIMIT_EXCEEDED,
    "MLE": Verdict.MEMORY_LIMIT_EXCEEDED,
    "OLE": Verdict.OUTPUT_LIMIT_EXCEEDED,
    "RTE": Verdict.RUNTIME_ERROR,
    "CE": Verdict.COMPILE_ERROR,
}


def listed() -> list[dict[str, Any]]:
    """The packages of ``cases.json`` in the directory that ``SYNCODE_CASES`` names."""
    named = os.environ.get("SYNCODE_CASES")
    index = Path(named) / "cases.json" if named else None
    if index is None or not index.is_file():
        return []
    packages: list[dict[str, Any]] = json.loads(index.read_text("utf-8"))["packages"]
    return packages


def programs() -> list[Any]:
    return [
        pytest.param(entry, submission, id=f"{entry['id']}/{submission['path']}")
        for entry in listed()
        for submission in entry["submissions"]
    ]


class TestReadPackage:
    def test_a_package_is_a_directory(self, languages: Mapping[str, Language], tmp_path: Path) -> None:
        with pytest.raises(PackageError, match="is no directory with a problem package"):
            read_package(tmp_path / "none", languages)

    def test_the_path_may_be_relative(
        self,
        write: Callable[..., Path],
        languages: Mapping[str, Language],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        root = write()
        monkeypatch.chdir(root.parent)
        package = read_package(Path(root.name), languages)
        monkeypatch.chdir("/")
        assert package.problem.cases[0].input.read() == b"1 2\n"

    def test_the_projects_examples_need_nothing_that_is_missing(
        self, examples: Path, languages: Mapping[str, Language]
    ) -> None:
        packages = [read_package(path, languages) for path in sorted(examples.iterdir()) if path.is_dir()]
        assert packages
        for package in packages:
            assert (package.unsupported, package.warnings) == ((), ())
            assert any(each.directory == "accepted" for each in package.submissions)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry["id"]) for entry in listed()])
def test_a_listed_package_is_read_as_it_is_listed(
    entry: dict[str, Any], cases: Path, languages: Mapping[str, Language]
) -> None:
    package = read_package(cases / entry["path"], languages)
    assert len(package.problem.cases) == sum(entry["cases"].values())
    assert {each.path: each.language.id for each in package.submissions} == {
        each["path"]: each["language"] for each in entry["submissions"]
    }
    assert package.problem.limits.cpu_ms == entry["limits"]["time_s"] * 1000
    assert package.unsupported == ()
    scoring = package.problem.scoring
    assert (scoring.max_score if scoring else None) == entry.get("max_score")
    groups: dict[str, float] = next((each["groups"] for each in entry["submissions"] if "groups" in each), {})
    assert {group.name: group.points for group in (scoring.groups if scoring else ())} == groups
    assert Counter(case.group or case.name.split("/")[0] for case in package.problem.cases) == entry["cases"]
    custom = package.problem.interactor is not None or isinstance(package.problem.checker, Custom)
    assert custom is (entry["checker"]["kind"] != "tokens")


@pytest.mark.slow
@pytest.mark.parametrize(("entry", "submission"), programs())
def test_a_listed_program_gets_a_listed_verdict(
    entry: dict[str, Any],
    submission: dict[str, Any],
    cases: Path,
    languages: Mapping[str, Language],
    place: Callable[[str], Place],
) -> None:
    package: Package = read_package(cases / entry["path"], languages)
    solution = next(each for each in package.submissions if each.path == submission["path"])
    problem = replace(package.problem, stop_on_first_failure=package.problem.scoring is None)
    result = judge(solution.source, problem, place(solution.language.id), judges=lambda each: place(each.id))
    if "expected" in submission:
        assert result.verdict in [VERDICTS[word] for word in submission["expected"]], (result.message, result.cases)
    assert (result.score.score if result.score else None) == submission.get("score")
    if result.score and "groups" in submission:
        assert {group.name: group.score for group in result.score.groups} == submission["groups"]
    assert solution.expectation.unmet(result) == ()
