"""Problems of DMOJ (``init.yml``)."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from judge.errors import PackageError
from judge.packages.archive import unpack
from judge.packages.document import Table, read_table
from judge.packages.formats.conversion import Conversion, PackageFormat
from judge.packages.formats.dmoj.cases import FILE, Case, Unit, read_cases
from judge.packages.formats.dmoj.checkers import write_checkers, write_interactor
from judge.packages.formats.draft import Draft, Points, numbered
from judge.packages.formats.foreign import Foreign

__all__ = ["FILE", "convert"]

SECRET: Final = "secret"  # noqa: S105 - no password
_MOST_OUTPUT_MIB: Final = 64
_BLOCK_BYTES: Final = 1 << 18
_UNSUPPORTED: Final = {
    "custom_judge": "a judge that is a program of DMOJ's own (custom_judge)",
    "signature_grader": "functions instead of programs (signature_grader)",
    "file_io": "input or output in files instead of standard streams (file_io)",
    "symlinks": "files that programs find beside them (symlinks)",
}


def convert(package: Foreign, within: Path, *, name: str) -> Conversion:
    """Make a package of one of DMOJ's. Raises :class:`PackageError` for what cannot be read, and without tests."""
    table = read_table(package.files[FILE], FILE)
    with tempfile.TemporaryDirectory(prefix="data-", dir=within) as temporary:
        data = _archive(package, table, Path(temporary) / "data")
        return _converted(package, data, table, Draft(within, name))


def _converted(package: Foreign, data: Foreign | None, table: Table, draft: Draft) -> Conversion:
    found = read_cases(table, list(data.files) if data else list(package.files))
    names: dict[str, Case] = {}
    if found.scored and any(unit.points for unit in found.units):
        worth: dict[str, Points] = {}
        for directory, points, cases in _groups(found.units):
            worth[directory] = points
            names.update(_named(directory, cases))
        draft.worth(worth)
    else:
        names.update(_named(SECRET, [case for unit in found.units for case in unit.cases]))
    changed = 0
    for place, case in names.items():
        given, answer = (_file(package, data, case, path) for path in (case.input, case.output))
        for path, target in ((given, f"data/{place}.in"), (answer, f"data/{place}.ans")):
            changed += _write(draft, target, path, binary=bool(case.settings.get("binary_data")))
    if changed:
        draft.notes.append(f"ends of lines were made LF in {changed} files, as DMOJ does when it reads them")
    for key, reason in _UNSUPPORTED.items():
        if table.get(key):
            draft.unsupported.append(reason)
    kinds: tuple[str, ...] = ()
    if table.has("interactive"):
        if write_interactor(draft, package, table.get("interactive")):
            kinds = ("interactive",)
    else:
        checkers = {place: case.settings.get("checker") for place, case in names.items()}
        write_checkers(draft, checkers, package, scored=found.scored)
    _limits(draft, table)
    draft.notes.append("there is no statement, and no samples: DMOJ keeps them elsewhere")
    return draft.finish(PackageFormat.DMOJ, kinds=kinds)


def _archive(package: Foreign, table: Table, into: Path) -> Foreign | None:
    name = table.text("archive")
    if not name:
        return None
    path = package.get(name)
    if path is None:
        table.refuse("archive", f"{name} is not there")
    unpack(path, into, strip=False)
    return Foreign(into)


@dataclass(slots=True)
class _Run:
    """Units that follow each other and are one group: single tests of the same points are summed up."""

    units: list[Unit]

    def takes(self, unit: Unit) -> bool:
        first = self.units[0]
        return unit.batch is None is first.batch and unit.points == first.points and not unit.pretest


def _groups(units: tuple[Unit, ...]) -> Iterator[tuple[str, Points, list[Case]]]:
    """Directory, points and tests of each group, in their order."""
    runs: list[_Run] = []
    for unit in units:
        if runs and runs[-1].takes(unit):
            runs[-1].units.append(unit)
        else:
            runs.append(_Run([unit]))
    batches: dict[int, str] = {}
    pretests: list[str] = []
    for place, run in enumerate(runs, 1):
        first = run.units[0]
        word = "pretest" if first.pretest else "" if first.batch is None else "batch"
        directory = f"{SECRET}/{numbered(place, len(runs), word)}"
        requires = [*pretests, *(batches[number] for number in first.requires)]
        points = sum(unit.points for unit in run.units)
        single = first.batch is None and not first.pretest
        cases = [case for unit in run.units for case in unit.cases]
        yield directory, Points(points, "sum" if single else "pass-fail", tuple(dict.fromkeys(requires))), cases
        if first.batch is not None:
            batches[first.batch] = directory
        if first.pretest:
            pretests.append(directory)


def _named(directory: str, cases: list[Case]) -> Iterator[tuple[str, Case]]:
    for place, case in enumerate(cases, 1):
        stem = PurePosixPath(case.input or case.output or "").stem
        yield f"{directory}/{numbered(place, len(cases), stem)}", case


def _file(package: Foreign, data: Foreign | None, case: Case, path: str | None) -> Path | None:
    """The file that a test names; ``None``: it names none, which means an empty one."""
    if path is None:
        if case.settings.get("generator"):
            raise PackageError(FILE, "generator", "makes tests when they are judged; add them to the package as files")
        if case.input is None and case.output is None:
            raise PackageError(FILE, "test_cases", "has a test with neither in nor out")
        return None
    file = package.get(path) or (data.get(path) if data else None)
    if file is None:
        raise PackageError(FILE, "test_cases", f"names {path}, which is not there")
    return file


def _write(draft: Draft, target: str, path: Path | None, *, binary: bool) -> bool:
    """Write a test's data as DMOJ reads them: lines end in LF, the last one too; whether that changed them."""
    if path is None or binary or path.stat().st_size == 0:
        draft.write(target, path or b"")
        return False
    if _is_tidy(path):
        draft.write(target, path)
        return False
    draft.write(target, _tidied(path))
    return True


def _is_tidy(path: Path) -> bool:
    last = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if b"\r" in block:
                return False
            last = block[-1:]
    return last == b"\n"


def _tidied(path: Path) -> Iterator[bytes]:
    last = ""
    with path.open(encoding="latin-1", newline=None) as file:  # each byte a character, each end of a line LF
        while block := file.read(_BLOCK_BYTES):
            last = block[-1]
            yield block.encode("latin-1")
    if last != "\n":
        yield b"\n"


def _limits(draft: Draft, table: Table) -> None:
    draft.notes.append("time and memory limits are kept elsewhere by DMOJ; those of the format are assumed")
    limit = table.natural("output_limit_length")
    if limit is not None:
        draft.limits["output"] = min(_MOST_OUTPUT_MIB, math.ceil(limit / (1 << 20)))
