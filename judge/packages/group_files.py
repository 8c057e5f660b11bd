"""Settings of tests and of their directories in a package that is written, as plain data by path.

What all tests of a directory have in common stands in the directory's file; in the newer format what only some of them
have stands in their own.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from judge.checkers import Checker
from judge.custom import Custom
from judge.packages.arrangement import top_directory
from judge.packages.content import PackageContent
from judge.packages.flags import flags_of
from judge.packages.points_files import legacy_points, points
from judge.packages.programs import program_name
from judge.packages.settings import VISUALIZER_ARGS
from judge.testcase import TestCase

_SHARED: Final = ("args", "input_validator_args", "output_validator_args", "full_feedback", *VISUALIZER_ARGS)
_OWN: Final = ("hint", "description")
_STATIC: Final = ("static_validation_score", "static_validator_args")

Files = dict[str, dict[str, Any]]


def group_files(content: PackageContent) -> Files:
    """All ``test_group.yaml`` and ``NAME.yaml``, by their path in the package."""
    files: Files = {}
    earned = points(content.problem)
    tests: dict[str, list[TestCase]] = {}
    for case in content.problem.cases:
        tests.setdefault(top_directory(case) or case.name.split("/")[0], []).append(case)
    for directory, cases in tests.items():
        said = {case.name: _said(content, case) for case in cases}
        # What stands in a directory's file holds for those below it too.
        alone = not any(other.startswith(f"{directory}/") for other in tests)
        shared = {name: value for name in _SHARED if alone and (value := _common(said.values(), name)) is not None}
        notes = content.notes.get(directory, {})
        static = {name: notes[name] for name in _STATIC if name in notes}
        _put(files, f"data/{directory}/test_group.yaml", {**earned.pop(directory, {}), **static, **shared})
        for name, words in said.items():
            _put(files, f"data/{name}.yaml", {key: value for key, value in words.items() if key not in shared})
    for directory, words in earned.items():
        _put(files, f"data/{directory}/test_group.yaml", words)
    return files


def legacy_group_files(content: PackageContent) -> tuple[Files, str]:
    """All ``testdata.yaml``, by their path in the package, and the flags that stand in ``problem.yaml``."""
    files: Files = {
        f"data/{name}/testdata.yaml".replace("//", "/"): words for name, words in legacy_points(content.problem).items()
    }
    cases = content.problem.cases
    base, flags = _legacy_flags(content, cases)
    tests: dict[str, list[TestCase]] = {}
    for case in cases:
        tests.setdefault(case.name.rpartition("/")[0], []).append(case)
    inputs = {directory: _legacy_input(_input_args(content, inside[0])) for directory, inside in tests.items()}
    for directory, inside in tests.items():
        words: dict[str, Any] = {}
        if any(flags.values()):
            words["output_validator_flags"] = shlex.join(flags[inside[0].name])
        if any(inputs.values()):
            words["input_validator_flags"] = inputs[directory] or ""
        _put(files, f"data/{directory}/testdata.yaml", words)
    return files, base


def _put(files: Files, path: str, words: Mapping[str, Any]) -> None:
    if words:
        files.setdefault(path, {}).update(words)


def _said(content: PackageContent, case: TestCase) -> dict[str, Any]:
    """All that is said of a test."""
    notes = content.notes.get(case.name, {})
    words: dict[str, Any] = {name: notes[name] for name in (*_SHARED, *_OWN) if name in notes}
    if case.args:
        words["args"] = list(case.args)
    if flags := _flags(content, case):
        words["output_validator_args"] = list(flags)
    given = _input_args(content, case)
    if given:
        words["input_validator_args"] = given
    return words


def _common(said: Iterable[Mapping[str, Any]], name: str) -> Any | None:  # noqa: ANN401 - any plain data
    values = [words.get(name) for words in said]
    return values[0] if all(value == values[0] for value in values) else None


def _flags(content: PackageContent, case: TestCase) -> tuple[str, ...]:
    """All that the output validator is given on a test."""
    checker: Checker | Custom = content.problem.checker
    if content.problem.interactor is not None:
        return case.checker_args
    if isinstance(checker, Custom):
        return (*checker.args, *case.checker_args)
    return flags_of(case.checker or checker)


def _legacy_flags(content: PackageContent, cases: Sequence[TestCase]) -> tuple[str, dict[str, tuple[str, ...]]]:
    """What stands in ``problem.yaml``, and by test what stands in its directory beside that."""
    flags = {case.name: _flags(content, case) for case in cases}
    checker = content.problem.checker
    if content.problem.interactor is None and isinstance(checker, Custom):
        base = checker.args
    else:
        base = flags[cases[0].name] if len(set(flags.values())) == 1 else ()
    return shlex.join(base), {name: given[len(base) :] for name, given in flags.items()}


def _input_args(content: PackageContent, case: TestCase) -> list[str] | dict[str, list[str]] | None:
    """What input validators are given: the same to each, or by their names."""
    named = {
        program_name(each.path): list(each.arguments(case)[: -len(case.args) or None])
        for each in content.input_validators
    }
    noted = content.notes.get(case.name, {}).get("input_validator_args")
    if not named:
        return noted if isinstance(noted, (list, dict)) else None
    if isinstance(noted, dict):
        return {**named, **noted}
    values = list(named.values())
    if all(value == values[0] for value in values):
        return values[0]
    return named


def _legacy_input(given: list[str] | dict[str, list[str]] | None) -> str | dict[str, str] | None:
    """The same in the legacy formats, which can name one validator."""
    if isinstance(given, list):
        return shlex.join(given) if given else None
    for name, args in (given or {}).items():
        if args:
            return {"name": name, "flags": shlex.join(args)}
    return None
