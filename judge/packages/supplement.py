"""``.syncode.yaml`` of a package: what its format has no words for.

Other tools behave as if files whose names begin with a dot were not there, so they see the package without it. Here it
says, of what the package says otherwise or not at all, how it is meant: limits of single tests and of languages,
weights, checkers that are no flags of the default validator, exact verdicts, and so on. It is written only where there
is something to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from judge.checkers import Checker
from judge.custom import Custom, JudgeProgram
from judge.errors import SourceError
from judge.packages.document import Table, read_table
from judge.packages.inputs import InputValidator
from judge.packages.metadata import Metadata
from judge.packages.promises import TimeRole
from judge.packages.record import (
    EXPECTATION_KEYS,
    checker_of,
    checker_record,
    expectation_of,
    expectation_record,
    limits_of,
    limits_record,
    options_of,
    options_record,
    person_of,
    person_record,
    scoring_of,
    scoring_record,
)
from judge.packages.submissions import Submission
from judge.problem import Problem
from judge.source import Source
from judge.testcase import TestCase

FILE: Final = ".syncode.yaml"

_ABOUT: Final = "# What the format of this package has no words for. Tools that do not know this file can ignore it.\n"
_PROBLEM: Final = ("checker", "checker_args", "stop_on_first_failure", "languages", "scoring")
_CASE: Final = ("sample", "group", "cpu_ms", "memory_mib", "weight", "args", "checker", "checker_args")
_SUBMISSION: Final = (*EXPECTATION_KEYS, "model", "time_role", "authors", "directory", "options", "name")
_PROGRAM: Final = ("language", "entrypoint", "options", "cpu_ms", "memory_mib", "args")
_TEXTS: Final = ("names", "keywords", "languages", "details", "notes", "extras")
_KEYS: Final = ("problem", "cases", "order", "copies", "submissions", "programs", "name", *_TEXTS)

JUDGE: Final = "judge"
"""Among the programs, the output validator."""


@dataclass(frozen=True, slots=True)
class Supplement:
    """The file, read; nothing where there is none."""

    table: Table

    @property
    def copies(self) -> bool:
        """Whether the secret tests are only there because the format wants some."""
        return self.table.truth("copies") or False

    def begins(self, program: str) -> tuple[str | None, str | None]:
        """The language and the main file of a program that judges; ``None``: as its files tell."""
        table = self.table.table("programs").table(program)
        return table.text("language"), table.text("entrypoint")

    @property
    def extras(self) -> dict[str, object]:
        """What whoever wrote the package wants to have back."""
        return self.table.plain("extras")

    def notes(self, notes: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
        """What is said of tests, as it is meant."""
        table = self.table.table("notes")
        return {**notes, **{name: table.plain(name) for name in table.content}}

    def metadata(self, metadata: Metadata) -> Metadata:
        """The metadata as they are meant."""
        table = self.table
        names = table.table("names")
        return replace(
            metadata,
            name=table.text("name") or metadata.name,
            names={each: names.text(each) or "" for each in names.content} if table.has("names") else metadata.names,
            keywords=_texts(table, "keywords", metadata.keywords),
            languages=table.texts("languages") if "languages" in table.content else metadata.languages,
            details=table.plain("details") if table.has("details") else metadata.details,
        )

    def problem(self, problem: Problem) -> Problem:
        """The problem as it is meant."""
        table = self.table.table("problem")
        cases = self._cases(problem.cases)
        checker: Checker | Custom = problem.checker
        if isinstance(checker, Custom):
            program = self._program(JUDGE, checker.program)
            checker = Custom(program, _texts(table, "checker_args", checker.args))
        elif table.has("checker"):
            checker = checker_of(table.table("checker"))
        limits = replace(problem.limits, languages=limits_of(table.table("languages")))
        return replace(
            problem,
            cases=cases,
            checker=checker,
            limits=limits if table.has("languages") else problem.limits,
            interactor=None if problem.interactor is None else self._program(JUDGE, problem.interactor),
            stop_on_first_failure=table.truth("stop_on_first_failure") or problem.stop_on_first_failure,
            scoring=scoring_of(table.table("scoring")) if table.has("scoring") else problem.scoring,
        )

    def submission(self, submission: Submission) -> Submission:
        """The solution as it is meant."""
        all_ = self.table.table("submissions")
        if not all_.has(submission.path):
            return submission
        table = all_.table(submission.path)
        if table.has("permitted"):
            submission = replace(submission, expectation=expectation_of(table))
        if table.has("options"):
            submission = replace(submission, source=_with_options(submission.source, table))
        if table.has("time_role"):
            words = [role.value for role in TimeRole]
            role = table.text("time_role")
            if role not in words:
                table.refuse("time_role", f"must be one of {', '.join(words)}, is {role!r}")
            submission = replace(submission, time_role=TimeRole(role))
        model = table.truth("model")
        return replace(
            submission,
            model=submission.model if model is None else model,
            directory=table.text("directory") or submission.directory,
            name=table.text("name") or submission.name,
            authors=tuple(person_of(each) for each in table.tables("authors"))
            if table.has("authors")
            else submission.authors,
        )

    def validator(self, validator: InputValidator) -> InputValidator:
        """The input validator as it is meant."""
        program = self._program(validator.path, validator.program)
        table = self.table.table("programs").table(validator.path)
        if not table.has("args"):
            return replace(validator, program=program)
        args = table.table("args")
        given: dict[str | None, tuple[str, ...]] = {name or None: args.texts(name) or () for name in args.content}
        return replace(validator, program=program, args=given)

    def _program(self, name: str, program: JudgeProgram) -> JudgeProgram:
        table = self.table.table("programs").table(name)
        source = _with_options(program.source, table) if table.has("options") else program.source
        return JudgeProgram(
            source, table.natural("cpu_ms") or program.cpu_ms, table.natural("memory_mib") or program.memory_mib
        )

    def _cases(self, cases: Sequence[TestCase]) -> tuple[TestCase, ...]:
        if self.copies:
            cases = [case for case in cases if case.sample]
        all_ = self.table.table("cases")
        found = {case.name: _case(all_.table(case.name), case) for case in cases}
        order = self.table.texts("order")
        if order is None:
            return tuple(found.values())
        if sorted(order) != sorted(found):
            self.table.refuse("order", "must name every test once")
        return tuple(found[name] for name in order)


def read_supplement(package: Path) -> Supplement:
    """Read the file. Raises :class:`judge.errors.PackageError` for unknown keys and wrong values."""
    path = package / FILE
    table = read_table(path, FILE) if path.is_file() else Table(FILE, "", {})
    table.only(_KEYS)
    table.table("problem").only(_PROBLEM)
    for name, known in (("cases", _CASE), ("submissions", _SUBMISSION), ("programs", _PROGRAM)):
        for each in table.table(name).content:
            table.table(name).table(each).only(known)
    return Supplement(table)


def write_supplement(package: Path, content: Mapping[str, object]) -> None:
    """Write the file, or none where there is nothing to say."""
    if content:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120)
        (package / FILE).write_text(_ABOUT + text, "utf-8")


def problem_difference(wanted: Problem, found: Problem) -> dict[str, object]:
    """What is to be said for ``found`` to be as ``wanted``, apart from tests and programs."""
    said: dict[str, object] = {}
    if isinstance(wanted.checker, Custom):
        if isinstance(found.checker, Custom) and wanted.checker.args != found.checker.args:
            said["checker_args"] = list(wanted.checker.args)
    elif wanted.checker != found.checker and wanted.interactor is None:
        said["checker"] = checker_record(wanted.checker)
    if wanted.stop_on_first_failure:
        said["stop_on_first_failure"] = True
    if wanted.limits.languages:
        said["languages"] = limits_record(wanted.limits.languages)
    if wanted.scoring is not None and wanted.scoring != found.scoring:
        said["scoring"] = scoring_record(wanted.scoring)
    return said


def case_difference(wanted: TestCase, found: TestCase) -> dict[str, object]:
    """The same of a test."""
    said: dict[str, object] = {}
    for name in ("sample", "group", "weight"):
        if getattr(wanted, name) != getattr(found, name):
            said[name] = getattr(wanted, name)
    for name in ("cpu_ms", "memory_mib"):
        if getattr(wanted, name) is not None:
            said[name] = getattr(wanted, name)
    for name in ("args", "checker_args"):
        if getattr(wanted, name) != getattr(found, name):
            said[name] = list(getattr(wanted, name))
    if wanted.checker != found.checker:
        said["checker"] = None if wanted.checker is None else checker_record(wanted.checker)
    return said


def submission_difference(wanted: Submission, found: Submission) -> dict[str, object]:
    """The same of a solution."""
    said: dict[str, object] = {}
    if wanted.expectation != found.expectation:
        said |= expectation_record(wanted.expectation)
    if wanted.model != found.model:
        said["model"] = wanted.model
    if wanted.time_role is not found.time_role:
        said["time_role"] = wanted.time_role.value
    if wanted.authors != found.authors:
        said["authors"] = [person_record(person) for person in wanted.authors]
    for name in ("directory", "name"):
        if getattr(wanted, name) != getattr(found, name):
            said[name] = getattr(wanted, name)
    if wanted.source.options != found.source.options:
        said["options"] = options_record(wanted.source.options)
    return said


def program_difference(wanted: JudgeProgram, found: JudgeProgram) -> dict[str, object]:
    """The same of a program that judges, apart from its language and main file."""
    said: dict[str, object] = {}
    if wanted.source.options != found.source.options:
        said["options"] = options_record(wanted.source.options)
    for name in ("cpu_ms", "memory_mib"):
        if getattr(wanted, name) != getattr(found, name):
            said[name] = getattr(wanted, name)
    return said


def _case(table: Table, case: TestCase) -> TestCase:
    sample = table.truth("sample")
    weight = table.amount("weight")
    checker = case.checker
    if "checker" in table.content:
        checker = checker_of(table.table("checker")) if table.has("checker") else None
    return replace(
        case,
        sample=case.sample if sample is None else sample,
        group=table.text("group") if "group" in table.content else case.group,
        cpu_ms=table.natural("cpu_ms") or case.cpu_ms,
        memory_mib=table.natural("memory_mib") or case.memory_mib,
        weight=case.weight if weight is None else weight,
        args=_texts(table, "args", case.args),
        checker=checker,
        checker_args=_texts(table, "checker_args", case.checker_args),
    )


def _texts(table: Table, name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    given = table.texts(name)
    return otherwise if given is None else given


def _with_options(source: Source, table: Table) -> Source:
    try:
        return replace(source, options=options_of(table.table("options")))
    except SourceError as error:
        table.refuse("options", str(error))
