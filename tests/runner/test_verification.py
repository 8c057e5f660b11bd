"""Packages on their way through validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from judge import InputValidator, JudgeProgram, Package, Source, read_package
from languages import Language
from runner import Event, SolutionJudged
from runner.verification import PackageReport, languages_of, verify
from sandboxes import Cancellation
from tests.runner.test_validation import means

YAML = "problem_format_version: 2025-09\nname: N\nuuid: 00000000-0000-4000-8000-000000000001\nlimits: {time_limit: 1}\n"


@pytest.fixture
def packages(tmp_path: Path, languages: Mapping[str, Language]) -> list[Package]:
    for name in ("first", "second", "third"):
        files = {"problem.yaml": YAML, "data/secret/1.in": "1\n", "data/secret/1.ans": "1\n"}
        for number in range(2):
            files[f"submissions/accepted/{number}.py"] = f"print({number})"
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
    return [read_package(tmp_path / name, languages) for name in ("first", "second", "third")]


def test_reports_are_in_the_order_of_packages_and_what_is_not_supported_has_none(packages: list[Package]) -> None:
    packages[1] = replace(packages[1], unsupported=("many passes",))
    told: list[tuple[str, str]] = []

    def tell(package: Package, event: Event) -> None:
        if isinstance(event, SolutionJudged):
            told.append((package.id, event.report.submission.path))

    with Cancellation() as cancellation:
        first, second, third = verify(packages, means(), jobs=1, on_event=tell, cancellation=cancellation)
    assert [report.package for report in (first, second, third)] == packages
    assert [report.holds for report in (first, second, third)] == [True, False, True]
    assert (second.validation, second.solutions, second.failed) == (None, (), False)
    assert told == [(name, f"submissions/accepted/{number}.py") for name in ("first", "third") for number in (0, 1)]


def test_checks_that_do_not_hold_fail_a_package(packages: list[Package]) -> None:
    with Cancellation() as cancellation:
        (report,) = verify(packages[:1], means(), jobs=1, on_event=lambda *_: None, cancellation=cancellation)
    assert report.validation is not None
    (check,) = report.validation.checker_checks
    broken = replace(report.validation, checker_checks=(replace(check, accepted=False),))
    assert (broken.ok, PackageReport(report.package, broken).holds) == (True, False)


def test_a_package_takes_the_languages_of_all_its_programs(
    packages: list[Package], languages: Mapping[str, Language]
) -> None:
    validator = InputValidator("input_validators/v.c", JudgeProgram(Source.of(languages["c"], b"int x;\n")))
    interactor = JudgeProgram(Source.of(languages["cpp"], b"int x;\n"))
    whole = replace(
        packages[0],
        input_validators=(validator,),
        problem=replace(packages[0].problem, interactor=interactor),
    )
    assert sorted(language.id for language in languages_of(whole)) == ["c", "cpp", "python"]
    assert languages_of(replace(whole, unsupported=("many passes",))) == ()
