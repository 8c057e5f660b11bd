"""``syncode package``: what a package is, and the same package written anew."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.text import Text

from api.commands.exits import ExitCode
from api.commands.terminal import answers, counted, print_json, remarks
from judge import Package, PackageError, read_package
from judge.packages import Format, content_of, write_package
from judge.packages.archive import pack
from judge.packages.formats import PackageFormat
from judge.packages.opened import opened
from judge.packages.statement import description_of
from languages import Language
from runner import RequestError

_ARCHIVES: Final = frozenset({".zip", ".kpp"})


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What was found at a place: ``errors`` keep it from being read, ``unsupported`` from being judged."""

    place: Path
    format: PackageFormat | None
    package: Package | None
    errors: tuple[str, ...]
    unsupported: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether it can be judged as it is meant."""
        return not self.errors and not self.unsupported


def check_package(path: Path, languages: Mapping[str, Language], *, as_json: bool) -> ExitCode:
    """Read a package in any known format and say what it is; well only if it can be judged as it is meant."""
    _be_there(path)
    report = _report(path, languages)
    if as_json:
        print_json(package_json(report))
    else:
        _show(report)
    return ExitCode.OK if report.fine else ExitCode.REFUSED


def convert_package(
    path: Path, target: Path, languages: Mapping[str, Language], *, to: Format, allow_unsupported: bool
) -> ExitCode:
    """Write a package in any known format anew, as a directory or, by the target's name, as an archive.

    What other tools will not see as it is meant is said. A package that cannot be judged as it is meant is refused
    unless that is allowed. Raises :class:`RequestError` for a target that is there already.
    """
    _be_there(path)
    if target.exists():
        raise RequestError(f"{target} is there already")
    if not target.absolute().parent.is_dir():
        raise RequestError(f"{target.parent} is no directory")
    with opened(path) as found:
        package = read_package(found.directory, languages)
        unsupported = (*found.unsupported, *package.unsupported)
        for warning in (*found.notes, *package.warnings):
            remarks().print(f"warning: {warning}", soft_wrap=True)
        for need in unsupported:
            remarks().print(f"not supported: {need}", soft_wrap=True)
        if unsupported and not allow_unsupported:
            remarks().print(f"{path} was not converted: what is not supported would be missing (--allow-unsupported)")
            return ExitCode.REFUSED
        losses = _write(package, target, to, languages)
    for loss in losses:
        remarks().print(f"warning: {loss}", soft_wrap=True)
    remarks().print(f"{target}: {len(package.problem.cases)} tests, {len(package.submissions)} solutions ({to})")
    return ExitCode.OK


def package_json(report: PackageReport) -> dict[str, object]:
    """The report for programs."""
    package = report.package
    about: dict[str, object] = {}
    if package is not None:
        limits = package.problem.limits
        about = {
            "id": package.id,
            "name": package.metadata.name,
            "version": package.metadata.format.value,
            "uuid": package.metadata.uuid,
            "types": sorted(package.metadata.types),
            "timeLimitMs": limits.cpu_ms,
            "memoryLimitMb": limits.memory_mib,
            "checker": package.problem.checker.type,
            "interactive": package.problem.interactor is not None,
            "totalTestCases": len(package.problem.cases),
            "sampleTestCases": sum(case.sample for case in package.problem.cases),
            "solutions": [submission.path for submission in package.submissions],
            "inputValidators": [validator.path for validator in package.input_validators],
        }
    return {
        "path": str(report.place),
        "format": report.format.value if report.format else None,
        "ok": report.fine,
        "package": about or None,
        "errors": list(report.errors),
        "unsupported": list(report.unsupported),
        "warnings": list(report.warnings),
    }


def _report(path: Path, languages: Mapping[str, Language]) -> PackageReport:
    format_: PackageFormat | None = None
    package: Package | None = None
    unsupported: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    try:
        with opened(path) as found:
            format_, unsupported, warnings = found.format, found.unsupported, found.notes
            package = read_package(found.directory, languages)
            unsupported, warnings = (*unsupported, *package.unsupported), (*warnings, *package.warnings)
            warnings = (*warnings, *description_of(found.directory).warnings)
    except PackageError as error:
        return PackageReport(path, format_, package, (str(error),), unsupported, warnings)
    return PackageReport(path, format_, package, (), unsupported, tuple(dict.fromkeys(warnings)))


def _show(report: PackageReport) -> None:
    console = answers()
    if report.package is not None:
        console.print(_sentence(report.package, report.format))
    for word, style, texts in (
        ("error", "bold red", report.errors),
        ("not supported", "bold red", report.unsupported),
        ("warning", "yellow", report.warnings),
    ):
        for text in texts:
            console.print(Text.assemble((word, style), f": {text}"), soft_wrap=True)
    verdict = "can be judged" if report.fine else "cannot be judged"
    remarks().print(f"{report.place} {verdict}; {counted(len(report.warnings), 'warning')}")


def _sentence(package: Package, format_: PackageFormat | None) -> str:
    problem, metadata = package.problem, package.metadata
    samples = sum(case.sample for case in problem.cases)
    kind = "interactive" if problem.interactor is not None else f"checker {problem.checker.type}"
    points = f", {problem.scoring.max_score:g} points" if problem.scoring is not None else ""
    origin = f"format {metadata.format}" if format_ is PackageFormat.ICPC else f"converted from {format_}"
    return (
        f"{package.id}: {metadata.name} ({origin})\n"
        f"{len(problem.cases)} tests, {samples} of them samples; {len(package.submissions)} solutions; "
        f"{len(package.input_validators)} input validators\n"
        f"{kind}{points}; {problem.limits.cpu_ms / 1000:g} s, {problem.limits.memory_mib} MiB"
    )


def _write(package: Package, target: Path, to: Format, languages: Mapping[str, Language]) -> tuple[str, ...]:
    """Write it where it is complete or not at all; what other tools will not see."""
    content = content_of(package)
    try:
        with tempfile.TemporaryDirectory(prefix=".syncode-", dir=target.absolute().parent) as temporary:
            directory = Path(temporary) / content.shortname
            losses = write_package(content, directory, to, languages=languages)
            if target.suffix.lower() in _ARCHIVES:
                archive = Path(temporary) / "archive.zip"
                pack(directory, archive, top=content.shortname)
                archive.rename(target)
            else:
                directory.rename(target)
    except OSError as error:
        raise RequestError(f"{target} cannot be written: {error.strerror}") from error
    return losses


def _be_there(path: Path) -> None:
    if not path.exists():
        raise RequestError(f"{path} is not there")
