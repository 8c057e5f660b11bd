"""A problem package (Kattis / ICPC layout): everything that judging needs of it.

Formats: https://www.kattis.com/problem-package-format/spec/2025-09.html and .../legacy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from judge.checkers import Checker
from judge.custom import Custom
from judge.errors import PackageError
from judge.packages.data import TestData, read_data
from judge.packages.grading import read_grading, strange_verdicts
from judge.packages.includes import read_includes
from judge.packages.inputs import InputValidator
from judge.packages.metadata import Metadata, read_metadata
from judge.packages.scoring import Points, pointless, read_points
from judge.packages.settings import POINTS
from judge.packages.submissions import Submission, read_submissions
from judge.packages.supplement import read_supplement
from judge.packages.validators import named_in, read_input_validators, read_output_validator
from judge.problem import Problem
from languages import Language


@dataclass(frozen=True, slots=True)
class Package:
    """A package as read.

    ``problem``      what submissions are judged against; test data stays in the package's files
    ``submissions``  reference solutions
    ``input_validators``  programs that say by exit code 42 that an input is as it has to be
    ``unsupported``  what the package needs that is not judged, naming file and key; empty: everything it needs is
    ``warnings``     what was assumed or left out
    ``notes``        by a test's name, or a directory's, what else is said of it, as plain data
    ``extras``       what whoever wrote the package wants to have back, as plain data
    """

    path: Path
    metadata: Metadata
    problem: Problem
    submissions: tuple[Submission, ...]
    input_validators: tuple[InputValidator, ...]
    unsupported: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extras: Mapping[str, object] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The short name: that of the directory."""
        return self.path.name


def read_package(path: Path, languages: Mapping[str, Language]) -> Package:
    """Read the package in the directory ``path``. Raises :class:`PackageError` naming file and key."""
    root = path.absolute()
    if not root.is_dir():
        raise PackageError(str(path), "", "is no directory with a problem package")
    metadata = read_metadata(root)
    data = read_data(root, metadata)
    points = _points(data, metadata)
    supplement = read_supplement(root)
    validator = read_output_validator(root, metadata, languages, supplement=supplement)
    inputs, left_out = read_input_validators(root, data.input_flags, languages, supplement=supplement)
    solutions = read_submissions(root, languages, legacy=metadata.format.legacy, scoring=metadata.scoring)
    program = validator.program
    checker: Checker | Custom = data.checker
    if program is not None and not metadata.interactive:
        checker = Custom(program, data.args)
    problem = Problem(
        cases=tuple(replace(case, group=points.groups.get(case.name, case.group)) for case in data.cases),
        checker=checker,
        limits=metadata.limits,
        interactor=program if metadata.interactive else None,
        includes=read_includes(root, languages),
        scoring=points.scoring,
    )
    return Package(
        path=root,
        metadata=supplement.metadata(metadata),
        problem=supplement.problem(problem),
        submissions=tuple(supplement.submission(each) for each in solutions.solutions),
        input_validators=tuple(supplement.validator(each) for each in inputs),
        unsupported=(*_unsupported(metadata), *data.needs, *points.needs, *validator.needs),
        warnings=(
            *metadata.warnings,
            *data.warnings,
            *points.warnings,
            *validator.warnings,
            *left_out,
            *_not_run(root),
            *solutions.warnings,
        ),
        notes=supplement.notes(_notes(data, inputs)),
        extras=supplement.extras,
    )


def _notes(data: TestData, validators: tuple[InputValidator, ...]) -> dict[str, Mapping[str, object]]:
    """What is said of tests, with the flags of input validators that are not run."""
    notes = dict(data.notes)
    for test, flags in data.input_flags.items():
        left = {name: list(args) for name, args in flags.items() if args and not _taken(name, validators)}
        if left:
            notes[test] = {**notes.get(test, {}), "input_validator_args": left.get(None, left)}
    return notes


def _taken(name: str | None, validators: tuple[InputValidator, ...]) -> bool:
    return bool(validators) if name is None else named_in(name, validators)


def _points(data: TestData, metadata: Metadata) -> Points:
    if metadata.format.legacy:
        if metadata.scoring:
            return read_grading(data.directories, validator_scores=metadata.validator_scores)
        return Points(None, needs=strange_verdicts(data.directories))
    if metadata.scoring:
        return read_points(data.directories)
    return Points(None, warnings=pointless(data.directories, POINTS[:3]))


def _unsupported(metadata: Metadata) -> Iterator[str]:
    for kind in ("multi-pass", "submit-answer"):
        if kind in metadata.types:
            yield f"problem.yaml: type: {kind}"
    if metadata.details.get("constants"):
        yield "problem.yaml: constants: words to be replaced in the package's files"
    grading = metadata.details.get("grading")
    if isinstance(grading, dict) and grading.get("objective") == "min":
        yield "problem.yaml: grading.objective: a score that is to be small"


def _not_run(root: Path) -> Iterator[str]:
    for name in ("static_validator", "output_visualizer"):
        if (root / name).exists():
            yield f"{name} is not run here; left out"
