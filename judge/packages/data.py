"""``data/`` of a package: its test cases, in the order in which they are used.

Samples come first; then, in both, names in lexicographic order, whether test or directory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from judge.checkers import Checker, checker_from_flags
from judge.errors import CheckerError, PackageError
from judge.packages.document import Table, read_table
from judge.packages.metadata import Metadata
from judge.packages.settings import InputFlags, Settings, case_settings, group_settings, static_notes
from judge.packages.tree import MOST_DEPTH, entries, read
from judge.testcase import Data, TestCase

_LEGACY_NOTES: Final = {".hint": "hint", ".desc": "description"}
_NOTE_BYTES: Final = 1 << 16
_MOST_CASES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of tests: its path below ``data/``, what its own file says, and what it holds, by name."""

    name: str
    table: Table
    items: tuple[str | Directory, ...]


@dataclass(frozen=True, slots=True)
class TestData:
    """What ``data/`` holds.

    ``cases``        in order; nothing is said of points yet
    ``checker``      the one that most of them have; the others have their own
    ``args``         what the output validator is given on every test, before what a test says itself
    ``directories``  those of tests: ``data``, with ``sample`` and ``secret`` in it
    ``input_flags``  by test, what input validators are given
    ``notes``        by test or directory, what else is said of it
    ``needs``        what some of them need that is not judged; ``warnings``: what was assumed or ignored
    """

    __test__ = False

    cases: tuple[TestCase, ...]
    checker: Checker
    args: tuple[str, ...]
    directories: Directory
    input_flags: Mapping[str, InputFlags]
    notes: Mapping[str, Mapping[str, object]]
    needs: tuple[str, ...]
    warnings: tuple[str, ...]


def read_data(package: Path, metadata: Metadata) -> TestData:
    """Read the test cases of a package; their content stays on disk.

    Raises :class:`PackageError` for an input without an answer or the reverse, for wrong settings, and when there is
    no secret case at all.
    """
    data = package / "data"
    if not data.is_dir():
        raise PackageError("data", "", "is missing: a package needs test cases in data/secret")
    walker = _Walker(package, metadata)
    table, top = walker.settings(data, Settings(origin=("problem.yaml", "validator_flags")))
    below = [walker.directory(data / name, top) for name in ("sample", "secret") if (data / name).is_dir()]
    cases = walker.cases
    if all(case.sample for case in cases):
        raise PackageError("data/secret", "", "holds no test case (NAME.in with NAME.ans)")
    if len(cases) > _MOST_CASES:
        raise PackageError("data", "", f"holds more than {_MOST_CASES} test cases")
    checker = Counter(case.checker for case in cases).most_common(1)[0][0]
    own = [replace(case, checker=None) if case.checker == checker else case for case in cases]
    args, own = _shared_args(own, metadata)
    return TestData(
        cases=tuple(own),
        checker=checker or checker_from_flags(()),
        args=args,
        directories=Directory("", table, tuple(below)),
        input_flags=walker.input_flags,
        notes=walker.notes,
        needs=tuple(walker.needs),
        warnings=tuple(walker.warnings),
    )


def _shared_args(cases: Sequence[TestCase], metadata: Metadata) -> tuple[tuple[str, ...], list[TestCase]]:
    """What every test gives to the output validator, and the tests with the rest; interactors have no such share."""
    if not metadata.custom_validator:
        return (), list(cases)
    if metadata.interactive:
        return (), [replace(case, checker_args=(*metadata.validator_flags, *case.checker_args)) for case in cases]
    if metadata.format.legacy:
        return metadata.validator_flags, list(cases)
    if len({case.checker_args for case in cases}) > 1:
        return (), list(cases)
    return cases[0].checker_args, [replace(case, checker_args=()) for case in cases]


class _Walker:
    """Goes through the directories of one package and collects what it finds."""

    def __init__(self, package: Path, metadata: Metadata) -> None:
        self.cases: list[TestCase] = []
        self.needs: dict[str, None] = {}
        self.warnings: list[str] = []
        self.input_flags: dict[str, InputFlags] = {}
        self.notes: dict[str, Mapping[str, object]] = {}
        self._package = package
        self._metadata = metadata
        self._legacy = metadata.format.legacy
        self._group_file = "testdata.yaml" if self._legacy else "test_group.yaml"

    def directory(self, directory: Path, above: Settings, depth: int = 0) -> Directory:
        """The directory; the tests in it and in those below it become the next ones."""
        if depth > MOST_DEPTH:
            raise PackageError(self._shown(directory), "", f"lies deeper than {MOST_DEPTH} directories")
        table, here = self.settings(directory, above)
        directories, files = entries(self._package, directory)
        names = {path.name: path for path in files}
        below = {path.name: path for path in directories if not path.name.endswith(".files")}
        for path in directories:
            if path.name not in below:
                self.needs[f"{self._shown(path)}: input files beside standard input"] = None
        stems = [name.removesuffix(".in") for name in names if name.endswith(".in")]
        self._no_orphans(directory, names, stems)
        for name in names:
            if name.endswith(".interaction") and name.removesuffix(".interaction") not in stems:
                shown = self._shown(directory / name)
                self.warnings.append(f"{shown} is only shown: there is no input beside it that could be judged")
        items: list[str | Directory] = []
        for name in sorted([*stems, *below]):
            if name in below and name in stems:
                raise PackageError(self._shown(below[name]), "", "is a directory with the name of a test")
            if name in below:
                items.append(self.directory(below[name], here, depth + 1))
            else:
                items.append(self._case(directory, name, names, here))
        name = directory.relative_to(self._package / "data").as_posix()
        if static := static_notes(table):
            self.notes[name] = static
        return Directory(name, table, tuple(items))

    def settings(self, directory: Path, above: Settings) -> tuple[Table, Settings]:
        """What a directory's own file says, and what holds in it, given what holds above it."""
        path = directory / self._group_file
        shown = self._shown(path)
        if not path.is_file():
            return Table(shown, "", {}), above
        table = read_table(path, shown)
        return table, group_settings(table, above, legacy=self._legacy)

    def _case(self, directory: Path, stem: str, names: Mapping[str, Path], settings: Settings) -> str:
        where = directory.relative_to(self._package / "data")
        name = f"{where.as_posix()}/{stem}"
        own = names.get(f"{stem}.yaml")
        if own is not None and not self._legacy:
            settings = case_settings(read_table(own, self._shown(own)), settings)
        notes = {**settings.notes, **(self._legacy_notes(stem, names) if self._legacy else {})}
        if notes:
            self.notes[name] = notes
        self.input_flags[name] = settings.input_flags
        custom = self._metadata.custom_validator
        group = "/".join(where.parts if self._legacy else where.parts[:2])
        self.cases.append(
            TestCase(
                name=name,
                input=Data(names[f"{stem}.in"]),
                expected=self._answer(directory, stem, names),
                sample=where.parts[0] == "sample",
                group=group if len(where.parts) > 1 else None,
                args=settings.args,
                checker=None if custom else self._checker(settings),
                checker_args=settings.flags if custom else (),
            )
        )
        return name

    def _answer(self, directory: Path, stem: str, names: Mapping[str, Path]) -> Data:
        answer = names.get(f"{stem}.ans")
        if answer is not None:
            return Data(answer)
        shown = self._shown(directory / f"{stem}.in")
        if not self._metadata.custom_validator:
            raise PackageError(shown, "", f"has no answer: {stem}.ans is missing")
        self.warnings.append(f"{shown} has no answer; an empty one is given to the output validator")
        return Data(b"")

    def _checker(self, settings: Settings) -> Checker:
        try:
            return checker_from_flags((*self._metadata.validator_flags, *settings.flags))
        except CheckerError as error:
            raise PackageError(*settings.origin, str(error)) from error

    def _legacy_notes(self, stem: str, names: Mapping[str, Path]) -> dict[str, object]:
        found: dict[str, object] = {}
        for suffix, note in _LEGACY_NOTES.items():
            if path := names.get(f"{stem}{suffix}"):
                try:
                    found[note] = read(self._package, path, _NOTE_BYTES).decode("utf-8").strip()
                except UnicodeDecodeError as error:
                    raise PackageError(self._shown(path), "", "is not UTF-8") from error
        return found

    def _no_orphans(self, directory: Path, names: Mapping[str, Path], stems: Sequence[str]) -> None:
        for name in names:
            if name.endswith(".ans") and name.removesuffix(".ans") not in stems:
                stem = name.removesuffix(".ans")
                raise PackageError(self._shown(directory / name), "", f"has no input: {stem}.in is missing")

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._package).as_posix()
