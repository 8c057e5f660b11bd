"""What is kept ready of each language, and that it changes no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from judge import Package
from languages import Language
from runner import Engine, Event, Inventory, PackageReport, Settings, UnknownLanguageError
from runner.warmth import standbys, warm_images


def test_a_compilation_and_a_run_are_expected(languages: Mapping[str, Language]) -> None:
    for language in languages.values():
        compilation, run = standbys(language)
        assert language.compile is not None
        assert (compilation.preload is None) == (language.compile.warm is None)
        assert (run.preload is None) == (language.run_warm is None)
        assert compilation.limits.scratch_bytes > run.limits.scratch_bytes


def test_languages_without_an_image_are_left_out(
    tmp_path: Path, settings: Settings, languages: Mapping[str, Language]
) -> None:
    nowhere = Inventory.open(settings.model_copy(update={"home": tmp_path}))
    assert warm_images(nowhere, languages.values(), jails=1) == ()


def test_an_unknown_language_cannot_be_kept_warm(engine: Engine) -> None:
    with pytest.raises(UnknownLanguageError, match="cobol"):
        engine.keep_warm(["cobol"])


def quick(package: Package) -> Package:
    """Without the solutions that use up their time: the corpus has such, and with less of it."""
    solutions = tuple(each for each in package.submissions if each.directory != "time_limit_exceeded")
    return replace(package, submissions=solutions)


def test_packages_come_out_alike_in_jails_that_were_ready(engine: Engine, warm_engine: Engine, examples: Path) -> None:
    packages = [quick(engine.read_package(path.parent)) for path in sorted(examples.glob("*/problem.yaml"))]
    assert packages
    events: list[Event] = []

    def verdicts(reports: tuple[PackageReport, ...]) -> list[object]:
        return [
            (
                report.package.id,
                solution.submission.path,
                solution.holds,
                [case.verdict for case in solution.result.cases],
            )
            for report in reports
            for solution in report.solutions
        ]

    def tell(_: Package, event: Event) -> None:
        events.append(event)

    warm, cold = (each.verify(packages, on_event=tell) for each in (warm_engine, engine))
    assert verdicts(warm) == verdicts(cold)
    assert all(state.hits for state in warm_engine.sandbox.warm)
