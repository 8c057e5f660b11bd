"""All that a package holds, apart from where it lies and in which version of the format it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from judge.custom import Custom
from judge.packages.includes import DEFAULT, DIRECTORY
from judge.packages.inputs import InputValidator
from judge.packages.metadata import FILE
from judge.packages.package import Package
from judge.packages.programs import language_id
from judge.packages.submissions import Submission
from judge.packages.tree import read, walk
from judge.problem import Problem
from judge.testcase import Data

_UNNAMED: Final = "problem"
_STATEMENT: Final = re.compile(r"(?:problem_)?statement/problem(?:\.([a-z]{2,3}(?:-[A-Z]{2})?))?(\.md|\.tex)")
_STATEMENT_BYTES: Final = 4 << 20
_CASE_SUFFIXES: Final = (".in", ".ans")
_OUTPUT_VALIDATORS: Final = ("output_validator", "output_validators")


class StatementKind(StrEnum):
    """What a statement is written in; the file's suffix. PDF is no text: such files are kept as they are."""

    MARKDOWN = ".md"
    TEX = ".tex"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the problem asks, without its samples. ``language``: ``en``, ``pt-BR``."""

    language: str
    kind: StatementKind
    content: bytes


@dataclass(frozen=True, slots=True)
class PackageContent:
    """All that a package holds; what is read from a package and what is written to one.

    ``shortname``   of the package's directory and archive: a-z and 0-9, see :func:`shortname`
    ``name``        the problem's title
    ``problem``     tests, checker or interactor, limits, points, files included with every program. Names of tests are
                    paths below ``data/`` (``sample/1``, ``secret/group1/02``); others are replaced when it is written
    ``names``       the title by language, where it is not ``name`` in all of them
    ``submissions`` reference solutions. ``path`` and ``directory`` may be left empty or be any name: then they are
                    found from what is expected
    ``keywords``, ``languages``  as in :class:`judge.packages.metadata.Metadata`; ``None``: every language
    ``details``     what ``problem.yaml`` says besides, in the words of format 2025-09, as plain data (what JSON can
                    hold): ``credits``, ``source``, ``license``, ``rights_owner``, ``version``, ``limits``
    ``notes``       what else is said of a test, or of all in a directory, by its name, as plain data: ``hint``,
                    ``description``, ``full_feedback``
    ``extras``      anything else that is to come back from a written package, as plain data; other tools do not see it
    ``files``       all other files, by their path in a package of format 2025-09: ``attachments/a.txt``,
                    ``data/sample/1.interaction``, ``statement/picture.png``, ``generators/random.py``
    """

    shortname: str
    name: str
    problem: Problem
    uuid: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    submissions: tuple[Submission, ...] = ()
    input_validators: tuple[InputValidator, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extras: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, Data] = field(default_factory=dict)


def shortname(text: str) -> str:
    """A name for a package's directory, of a-z and 0-9 only, from a title or any other text; at most 60 long."""
    return re.sub(r"[^a-z0-9]", "", text.lower())[:60] or _UNNAMED


def content_of(package: Package) -> PackageContent:
    """All that a package holds; tests and other files stay where they are until they are asked for.

    Raises :class:`judge.errors.PackageError` for a statement that cannot be read.
    """
    metadata, problem = package.metadata, package.problem
    statements: list[Statement] = []
    files: dict[str, Data] = {}
    taken = _Taken(package)
    for path in walk(package.path, package.path):
        name = path.relative_to(package.path).as_posix()
        found = _STATEMENT.fullmatch(name)
        if found:
            kind = StatementKind(found[2])
            statements.append(Statement(found[1] or "en", kind, read(package.path, path, _STATEMENT_BYTES)))
        elif name not in taken:
            files[re.sub(r"^problem_statement/", "statement/", name)] = Data(path)
    return PackageContent(
        shortname=shortname(package.id),
        name=metadata.name,
        problem=problem,
        uuid=metadata.uuid,
        names=metadata.names,
        statements=tuple(sorted(statements, key=lambda each: (each.language, each.kind))),
        submissions=package.submissions,
        input_validators=package.input_validators,
        keywords=metadata.keywords,
        languages=metadata.languages,
        details=_details(package),
        notes=package.notes,
        extras=package.extras,
        files=files,
    )


def _details(package: Package) -> Mapping[str, object]:
    """Without what an output validator is allowed: that is the program's own."""
    details = package.metadata.details
    limits = details.get("limits")
    if not package.metadata.custom_validator or not isinstance(limits, dict):
        return details
    left = {name: value for name, value in limits.items() if name not in {"validation_time", "validation_memory"}}
    return {name: value for name, value in {**details, "limits": left}.items() if value != {}}


class _Taken:
    """The files of a package that its other parts hold."""

    def __init__(self, package: Package) -> None:
        self._files = frozenset(_files(package))
        self._directories = tuple(f"{path}/" for path in _directories(package))

    def __contains__(self, name: str) -> bool:
        return name in self._files or name.startswith(self._directories)


def _files(package: Package) -> Iterator[str]:
    legacy = package.metadata.format.legacy
    yield from (FILE, "submissions/submissions.yaml")
    group_file = "testdata.yaml" if legacy else "test_group.yaml"
    suffixes = (*_CASE_SUFFIXES, *((".hint", ".desc") if legacy else (".yaml",)))
    for top in ("sample", "secret"):
        for path in walk(package.path, package.path / "data" / top) if (package.path / "data" / top).is_dir() else ():
            name = path.relative_to(package.path).as_posix()
            if path.name == group_file or (path.suffix in suffixes and path.with_suffix(".in").is_file()):
                yield name
    yield f"data/{group_file}"
    yield from (solution.path for solution in package.submissions)
    for validator in package.input_validators:
        yield validator.path
        directory = validator.path.rpartition("/")[0]
        yield from (f"{directory}/{name}" for name in validator.program.source.files)


def _directories(package: Package) -> Iterator[str]:
    yield from (solution.path for solution in package.submissions)
    yield from (validator.path for validator in package.input_validators)
    if package.problem.interactor is not None or isinstance(package.problem.checker, Custom):
        yield from _OUTPUT_VALIDATORS
    includes = package.path / DIRECTORY
    for path in includes.iterdir() if includes.is_dir() else ():
        if path.name != DEFAULT and language_id(path.name) in package.problem.includes:
            yield f"{DIRECTORY}/{path.name}"
