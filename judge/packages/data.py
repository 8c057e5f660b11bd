"""``data/`` of a package: its test cases, in the order in which they are used.

Samples come first; then, in both, names in lexicographic order. A group's settings file (``test_group.yaml``, in the
legacy formats ``testdata.yaml``) holds for everything below it unless a directory further down, or the case's own
file, says otherwise.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.checkers import Checker, checker_from_flags
from judge.errors import CheckerError, PackageError
from judge.packages.document import Table, describe, read_table
from judge.packages.metadata import Metadata
from judge.packages.tree import MOST_DEPTH, entries
from judge.testcase import Data, TestCase

_GROUP_KEYS: Final = frozenset(
    {"max_score", "score_aggregation", "static_validation_score", "require_pass", "args", "input_validator_args"}
    | {"static_validator_args", "output_validator_args", "input_visualizer_args", "output_visualizer_args"}
    | {"full_feedback"}
)
_CASE_KEYS: Final = frozenset(
    {"args", "input_validator_args", "output_validator_args", "input_visualizer_args", "output_visualizer_args"}
    | {"full_feedback", "hint", "description"}
)
_LEGACY_GROUP_KEYS: Final = frozenset(
    {"on_reject", "grading", "grader_flags", "input_validator_flags", "output_validator_flags"}
    | {"accept_score", "reject_score", "range"}
)
_MOST_CASES: Final = 10_000


@dataclass(frozen=True, slots=True)
class TestData:
    """``cases`` in order; ``needs`` what some of them need that is not judged yet; ``warnings`` what was ignored."""

    __test__ = False

    cases: tuple[TestCase, ...]
    checker: Checker
    needs: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Settings:
    """What holds for a directory: ``flags`` of the default validator and where they stand, ``args`` of programs."""

    flags: tuple[str, ...]
    origin: tuple[str, str]
    args: tuple[str, ...] = ()


def read_data(package: Path, metadata: Metadata) -> TestData:
    """Read the test cases of a package; their content stays on disk.

    Raises :class:`PackageError` for an input without an answer or the reverse, for wrong settings, and when there is
    no secret case at all.
    """
    walker = _Walker(package, metadata)
    data = package / "data"
    if not data.is_dir():
        raise PackageError("data", "", "is missing: a package needs test cases in data/secret")
    top = walker.settings(data, _Settings(metadata.validator_flags, ("problem.yaml", "validator_flags")))
    checker = walker.checker(top)
    cases: list[TestCase] = []
    for name in ("sample", "secret"):
        if (data / name).is_dir():
            cases += walker.cases(data / name, top, sample=name == "sample")
        if name == "secret" and all(case.sample for case in cases):
            raise PackageError("data/secret", "", "holds no test case (NAME.in with NAME.ans)")
    if len(cases) > _MOST_CASES:
        raise PackageError("data", "", f"holds more than {_MOST_CASES} test cases")
    own = tuple(_without_own(case, checker) for case in cases)
    return TestData(cases=own, checker=checker, needs=tuple(walker.needs), warnings=tuple(walker.warnings))


def _without_own(case: TestCase, checker: Checker) -> TestCase:
    """The case without a checker of its own where that is the problem's anyway."""
    if case.checker != checker:
        return case
    return TestCase(
        name=case.name, input=case.input, expected=case.expected, sample=case.sample, group=case.group, args=case.args
    )


class _Walker:
    """Goes through the directories of one package; collects ``needs`` and ``warnings`` on its way."""

    def __init__(self, package: Path, metadata: Metadata) -> None:
        self.needs: dict[str, None] = {}
        self.warnings: list[str] = []
        self._package = package
        self._legacy = metadata.format.legacy
        self._custom = metadata.custom_validator
        self._group_file = "testdata.yaml" if self._legacy else "test_group.yaml"

    def cases(self, directory: Path, above: _Settings, *, sample: bool, depth: int = 0) -> Iterator[TestCase]:
        """The cases of a directory and of those below it, by name, whether case or directory."""
        if depth > MOST_DEPTH:
            raise PackageError(self._shown(directory), "", f"lies deeper than {MOST_DEPTH} directories")
        here = self.settings(directory, above)
        directories, files = entries(self._package, directory)
        names = {path.name: path for path in files}
        below = {path.name: path for path in directories if not path.name.endswith(".files")}
        if len(below) < len(directories):
            self.needs["input files beside standard input (.files)"] = None
        stems = [name.removesuffix(".in") for name in names if name.endswith(".in")]
        self._no_orphans(directory, names, stems)
        for name in sorted([*stems, *below]):
            if name in below:
                yield from self.cases(below[name], here, sample=sample, depth=depth + 1)
            else:
                yield self._case(directory, name, names, here, sample=sample)

    def settings(self, directory: Path, above: _Settings) -> _Settings:
        """What holds in a directory, given what holds above it."""
        path = directory / self._group_file
        if not path.is_file():
            return above
        table = read_table(path, self._shown(path))
        if self._legacy:
            table.only(_LEGACY_GROUP_KEYS)
            flags = _legacy_flags(table)
            if flags is None:
                return above
            return _Settings(flags, (table.file, "output_validator_flags"), above.args)
        table.only(_GROUP_KEYS)
        return _merged(table, above)

    def checker(self, settings: _Settings) -> Checker:
        """The checker that the flags ask for; with an own validator they are not ours to understand."""
        try:
            return checker_from_flags(() if self._custom else settings.flags)
        except CheckerError as error:
            raise PackageError(*settings.origin, str(error)) from error

    def _case(
        self, directory: Path, name: str, names: Mapping[str, Path], settings: _Settings, *, sample: bool
    ) -> TestCase:
        answer = names.get(f"{name}.ans")
        if answer is None:
            raise PackageError(self._shown(directory / f"{name}.in"), "", f"has no answer: {name}.ans is missing")
        own = names.get(f"{name}.yaml")
        if own is not None and not self._legacy:
            table = read_table(own, self._shown(own))
            table.only(_CASE_KEYS)
            settings = _merged(table, settings)
        where = directory.relative_to(self._package / "data")
        return TestCase(
            name=f"{where.as_posix()}/{name}",
            input=Data(names[f"{name}.in"]),
            expected=Data(answer),
            sample=sample,
            group=where.as_posix() if len(where.parts) > 1 else None,
            args=settings.args,
            checker=self.checker(settings),
        )

    def _no_orphans(self, directory: Path, names: Mapping[str, Path], stems: Sequence[str]) -> None:
        for name in names:
            if name.endswith(".ans") and name.removesuffix(".ans") not in stems:
                stem = name.removesuffix(".ans")
                raise PackageError(self._shown(directory / name), "", f"has no input: {stem}.in is missing")

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._package).as_posix()


def _merged(table: Table, above: _Settings) -> _Settings:
    """Settings of a 2025-09 file over those from above."""
    flags = table.texts("output_validator_args")
    args = table.texts("args")
    return _Settings(
        flags=above.flags if flags is None else flags,
        origin=above.origin if flags is None else (table.file, "output_validator_args"),
        args=above.args if args is None else args,
    )


def _legacy_flags(table: Table) -> tuple[str, ...] | None:
    """``output_validator_flags``: text, or a map with ``name`` and ``flags``; ``None`` where it is not given."""
    value = table.get("output_validator_flags")
    if isinstance(value, dict):
        inner = table.table("output_validator_flags")
        inner.only(("name", "flags"))
        value = inner.get("flags") or ""
    if value is None:
        return None
    if not isinstance(value, str):
        table.refuse("output_validator_flags", f"must be text, is {describe(value)}")
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise PackageError(table.file, "output_validator_flags", f"cannot be split into flags: {error}") from error
