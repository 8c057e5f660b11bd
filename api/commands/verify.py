"""``syncode verify``: every reference solution of problem packages against every case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.commands.exits import ExitCode
from api.commands.junit import junit_xml
from api.commands.matrix import print_report
from api.commands.progress import VerifyProgress
from api.commands.terminal import answers, print_json, remarks
from api.commands.verification import verification_json
from judge import Package, PackageError
from runner import Engine, PackageReport, RequestError


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What stands on the command line. ``jobs`` ``None``: as many solutions at once as there are slots."""

    packages: tuple[Path, ...]
    as_json: bool
    junit: Path | None
    jobs: int | None
    allow_unsupported: bool


def verify_packages(engine: Engine, options: VerifyOptions) -> ExitCode:
    """Judge, print, and answer whether every expectation was checked and holds."""
    packages = [read_package(engine, path) for path in options.packages]
    if options.junit is not None:
        _write(options.junit, b"")  # an hour of judging must not end at a directory that is not there
    solutions = sum(len(package.submissions) for package in packages if not package.unsupported)
    with VerifyProgress(solutions) as progress:
        reports = engine.verify(packages, jobs=options.jobs, on_event=progress.show)
    if options.junit is not None:
        _write(options.junit, junit_xml(reports, allow_unsupported=options.allow_unsupported))
    if options.as_json:
        print_json(verification_json(reports))
    else:
        for report in reports:
            print_report(answers(), report)
    remarks().print(summary(reports))
    return outcome(reports, allow_unsupported=options.allow_unsupported)


def outcome(reports: Sequence[PackageReport], *, allow_unsupported: bool) -> ExitCode:
    """Well only if every expectation holds; a package that cannot be judged holds nothing unless that is allowed."""
    if any(report.failed for report in reports):
        return ExitCode.FAILED
    passed_over = [report for report in reports if report.package.unsupported and allow_unsupported]
    holds = all(report.holds for report in reports if report not in passed_over)
    return ExitCode.OK if holds else ExitCode.REFUSED


def summary(reports: Sequence[PackageReport]) -> str:
    """One sentence on all of it."""
    solutions = [solution for report in reports for solution in report.solutions]
    wrong = sum(not solution.holds for solution in solutions)
    unsupported = [report.package.id for report in reports if report.package.unsupported]
    sentence = f"{len(solutions)} solutions in {len(reports) - len(unsupported)} packages: "
    sentence += f"{wrong} not as expected" if wrong else "all as expected"
    return f"{sentence}; not judged: {', '.join(unsupported)}" if unsupported else sentence


def read_package(engine: Engine, path: Path) -> Package:
    """The package there. Raises :class:`RequestError`, naming it, for what is none."""
    try:
        return engine.read_package(path)
    except PackageError as error:
        raise RequestError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
