"""Writing a package: from all that it holds to a directory that reads back as the same.

What the format has no words for goes into a file that other tools pass over (:mod:`judge.packages.supplement`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

import yaml

from judge.custom import JudgeProgram
from judge.errors import PackageError
from judge.packages.arrangement import arranged, order_of, slug, unique, valid_name
from judge.packages.content import PackageContent, content_of
from judge.packages.group_files import group_files, legacy_group_files
from judge.packages.inputs import InputValidator
from judge.packages.losses import losses
from judge.packages.metadata import Format
from judge.packages.package import read_package
from judge.packages.problem_file import judging_program, legacy_problem_file, problem_file, seconds_of
from judge.packages.programs import language_code
from judge.packages.scoring import HIDDEN
from judge.packages.submission_files import begins, placed, source_files, submissions_file
from judge.packages.submissions import Submission
from judge.packages.supplement import (
    JUDGE,
    case_difference,
    problem_difference,
    program_difference,
    submission_difference,
    write_supplement,
)
from judge.packages.validators import is_beside
from judge.testcase import Data
from languages import Language

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
_LEGACY_NOTES: Final = {"hint": ".hint", "description": ".desc"}
_PLAIN: Final = ("name", "names", "keywords", "languages", "details")

Record = dict[str, Any]
Program = TypeVar("Program", InputValidator, Submission)


def write_package(
    content: PackageContent, directory: Path, format_: Format, *, languages: Mapping[str, Language]
) -> tuple[str, ...]:
    """Write the package into ``directory``, which is made, or is there and empty.

    Gives what other tools will not see as it is meant, one sentence each. ``languages``: those that are there when it
    is read again. Raises :class:`PackageError` for a directory that is not empty, for files whose names no package can
    have, and for what could not be read again (a solution that is too large).
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise PackageError(str(directory), "", "is not empty: a package is written into a directory of its own")
    whole = prepared(content, format_)
    writing = _Writing(whole, directory.absolute(), format_, languages)
    writing.write()
    said = writing.beginnings()
    write_supplement(directory, said)
    said |= _difference(whole, content_of(read_package(directory, languages)), said)
    write_supplement(directory, said)
    return losses(whole, said, format_)


def prepared(content: PackageContent, format_: Format) -> PackageContent:
    """The content as it will be read back: tests and programs with the names, and in the order, of the package."""
    whole = arranged(content)
    return replace(
        whole,
        submissions=_ordered(placed(whole.submissions, legacy=format_.legacy)),
        input_validators=_ordered(_placed_inputs(whole.input_validators)),
    )


class _Writing:
    """One package being written, apart from its supplement."""

    def __init__(
        self, content: PackageContent, directory: Path, format_: Format, languages: Mapping[str, Language]
    ) -> None:
        self._content = content
        self._directory = directory
        self._format = format_
        self._languages = languages

    def write(self) -> None:
        """Write all files."""
        self._metadata()
        self._tests()
        self._programs()
        where = "problem_statement" if self._format.legacy else "statement"
        for statement in self._content.statements:
            self._file(f"{where}/problem.{statement.language}{statement.kind}", statement.content)
        for path, data in self._content.files.items():
            self._kept(path, data)

    def beginnings(self) -> Record:
        """What has to be said before the package can be read."""
        said: Record = {}
        programs = {each.path: each.program for each in self._content.input_validators}
        judging = judging_program(self._content.problem)
        if judging is not None:
            programs[JUDGE] = judging
        for name, program in programs.items():
            source = program.source
            if begins(source, self._languages) != (source.language, source.entrypoint):
                words = {"language": source.language.id, "entrypoint": source.entrypoint}
                said.setdefault("programs", {})[name] = words
        if self._copies:
            said["copies"] = True
        return said

    @property
    def _copies(self) -> bool:
        return all(case.sample for case in self._content.problem.cases)

    def _metadata(self) -> None:
        content = self._content
        if not self._format.legacy:
            self._yaml("problem.yaml", problem_file(content))
            for path, words in group_files(content).items():
                self._yaml(path, words)
            return
        files, flags = legacy_group_files(content)
        self._yaml("problem.yaml", legacy_problem_file(content, flags) | {"problem_format_version": self._format.value})
        self._file(".timelimit", seconds_of(content.problem).encode())
        for path, words in files.items():
            self._yaml(path, words)

    def _tests(self) -> None:
        for case in self._content.problem.cases:
            names = [case.name, *([f"{HIDDEN}/{case.name.split('/', 1)[1]}"] if self._copies else [])]
            for name in names:
                self._file(f"data/{name}.in", case.input)
                self._file(f"data/{name}.ans", case.expected)
            notes = self._content.notes.get(case.name, {})
            for note, suffix in _LEGACY_NOTES.items() if self._format.legacy else ():
                if note in notes:
                    self._file(f"data/{case.name}{suffix}", f"{notes[note]}\n".encode())

    def _programs(self) -> None:
        content, legacy = self._content, self._format.legacy
        judging = judging_program(content.problem)
        if judging is not None:
            where = "output_validators/validator" if legacy else "output_validator"
            self._files({f"{where}/{name}": code for name, code in judging.source.files.items()})
        for validator in content.input_validators:
            self._files(_input_files(validator))
        for submission in content.submissions:
            self._files(source_files(submission.path, submission.source))
        kept = [path for path in content.files if path.startswith("submissions/")]
        file = submissions_file(content.submissions, kept, legacy=legacy, languages=self._languages)
        if file:
            self._yaml("submissions/submissions.yaml", file)
        for language, files in content.problem.includes.items():
            for path, code in files.items():
                default = content.files.get(f"include/default/{path}")
                if default is None or default.read() != code:
                    self._file(f"include/{language_code(language)}/{path}", code)

    def _kept(self, path: str, data: Data) -> None:
        """A file that comes last: where another one is already that one stays."""
        if not all(_NAME.fullmatch(part) for part in path.split("/")):
            raise PackageError(path, "", "is no name that a file of a package can have")
        if self._format.legacy:
            path = re.sub(r"^statement/", "problem_statement/", path)
        target = self._directory / path
        if not target.exists() and not any(above.is_file() for above in target.parents):
            self._file(path, data)

    def _files(self, files: Mapping[str, bytes]) -> None:
        for path, code in files.items():
            self._file(path, code)

    def _file(self, path: str, content: bytes | Data) -> None:
        target = self._directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for block in (content,) if isinstance(content, bytes) else content:
                file.write(block)

    def _yaml(self, path: str, content: Mapping[str, object]) -> None:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120)
        self._file(path, text.encode())


def _ordered(programs: Iterable[Program]) -> tuple[Program, ...]:
    return tuple(sorted(programs, key=lambda program: program.path.split("/")))


def _placed_inputs(validators: tuple[InputValidator, ...]) -> Iterator[InputValidator]:
    """The input validators, each with a path that a package can have."""
    taken: list[str] = []
    for validator in validators:
        parts = validator.path.split("/")
        usual = len(parts) == 2 and parts[0] in {"input_validators", "input_format_validators"} and valid_name(parts[1])
        path = validator.path
        if not usual or path.casefold() in {each.casefold() for each in taken}:
            path = unique(f"input_validators/{slug(PurePosixPath(path).stem, 'validator')}", taken)
        taken.append(path)
        yield replace(validator, path=path)


def _input_files(validator: InputValidator) -> dict[str, bytes]:
    """The files of an input validator; those that only help a program of one file lie beside it."""
    path, files = PurePosixPath(validator.path), validator.program.source.files
    if path.name in files and all(name == path.name or ("/" not in name and is_beside(name)) for name in files):
        return {f"{path.parent}/{name}": code for name, code in files.items()}
    return {f"{path}/{name}": code for name, code in files.items()}


def _difference(wanted: PackageContent, found: PackageContent, begun: Record) -> Record:
    """What is to be said for what was found to be as it is wanted."""
    said: Record = {}
    for name in _PLAIN:
        value = getattr(wanted, name)
        if value != getattr(found, name):
            said[name] = list(value) if isinstance(value, tuple) else value
    if problem := problem_difference(wanted.problem, found.problem):
        said["problem"] = problem
    cases = {case.name: case for case in found.problem.cases}
    parts: dict[str, Record] = {}
    parts["cases"] = {case.name: case_difference(case, cases[case.name]) for case in wanted.problem.cases}
    order = [case.name for case in wanted.problem.cases]
    if order != order_of(wanted.problem.cases):
        said["order"] = order
    solutions = {each.path: each for each in found.submissions}
    parts["submissions"] = {each.path: submission_difference(each, solutions[each.path]) for each in wanted.submissions}
    parts["programs"] = _programs(wanted, found, begun.get("programs", {}))
    parts["notes"] = {name: note for name, note in wanted.notes.items() if note != found.notes.get(name)}
    for name, part in parts.items():
        if kept := {each: words for each, words in part.items() if words}:
            said[name] = kept
    if wanted.extras:
        said["extras"] = dict(wanted.extras)
    return said


def _programs(wanted: PackageContent, found: PackageContent, begun: Mapping[str, Record]) -> Record:
    said: Record = {name: dict(words) for name, words in begun.items()}
    pairs: list[tuple[str, JudgeProgram, JudgeProgram]] = []
    first, second = judging_program(wanted.problem), judging_program(found.problem)
    if first is not None and second is not None:
        pairs.append((JUDGE, first, second))
    known = {each.path: each for each in found.input_validators}
    for validator in wanted.input_validators:
        other = known[validator.path]
        pairs.append((validator.path, validator.program, other.program))
        if validator.args != other.args:
            args = {name or "": list(given) for name, given in validator.args.items()}
            said.setdefault(validator.path, {})["args"] = args
    for name, one, another in pairs:
        said.setdefault(name, {}).update(program_difference(one, another))
    return said
