"""Where the tests of a problem lie in a package: each test's name becomes its path below ``data/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from judge.packages.content import PackageContent
from judge.packages.expectation import Expectation
from judge.packages.inputs import InputValidator
from judge.packages.scoring import HIDDEN, SAMPLE
from judge.packages.submissions import Submission
from judge.problem import Problem
from judge.scoring import Aggregation
from judge.testcase import TestCase

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_RESERVED: Final = frozenset({"test_group", "testdata"})
_LONGEST_NAME: Final = 60
_OTHERS: Final = "others"


def arranged(content: PackageContent) -> PackageContent:
    """The content with names of tests that a package can have.

    Nothing changes where all names already are such paths, groups of points and directories being the same. Otherwise
    all tests are numbered, in a directory for each group; what is said of tests by their old names follows them.
    """
    if _in_place(content.problem):
        return content
    directories = _directories(content.problem)
    numbers: dict[str, int] = {}
    widths = {where: len(str(_count(content.problem, directories, where))) for where in directories.values()}
    names: dict[str, str] = {}
    for case in content.problem.cases:
        where = directories[_place(case)]
        numbers[where] = numbers.get(where, 0) + 1
        names[case.name] = f"{where}/{numbers[where]:0{widths[where]}}"
    moved = {**{group: where for (_, group), where in directories.items() if group is not None}, **names}
    return replace(
        content,
        problem=replace(
            content.problem, cases=tuple(replace(case, name=names[case.name]) for case in content.problem.cases)
        ),
        submissions=tuple(_submission(each, moved) for each in content.submissions),
        input_validators=tuple(_validator(each, moved) for each in content.input_validators),
        notes={moved.get(name, name): note for name, note in content.notes.items()},
        files={_path(path, names): data for path, data in content.files.items()},
    )


def valid_name(name: str) -> bool:
    """Whether the format allows a file or directory of that name."""
    return _SEGMENT.fullmatch(name) is not None


def slug(text: str, otherwise: str) -> str:
    """A name that the format allows, made of any text; ``otherwise`` where nothing of it is left."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._")[:_LONGEST_NAME] or otherwise


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, or with a number behind, so that it is none of these whatever letters' case."""
    known = {each.casefold() for each in taken}
    found, number = name, 2
    while found.casefold() in known:
        found, number = f"{name}-{number}", number + 1
    return found


def top_directory(case: TestCase) -> str | None:
    """The directory below ``sample`` or ``secret`` that a test lies in; ``None``: directly there."""
    parts = case.name.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else None


def _in_place(problem: Problem) -> bool:
    names = {case.name for case in problem.cases}
    folded = {name.casefold() for name in names}
    directories = {name.rpartition("/")[0].casefold() for name in names}
    above = {"/".join(each.split("/")[:depth]) for each in directories for depth in range(1, each.count("/") + 2)}
    return (
        len(folded) == len(problem.cases)
        and not folded & above
        and all(_is_path(case) for case in problem.cases)
        and (problem.scoring is None or _grouped(problem))
    )


def _is_path(case: TestCase) -> bool:
    top, *rest = case.name.split("/")
    return (
        top == (SAMPLE if case.sample else HIDDEN)
        and bool(rest)
        and all(valid_name(part) and not part.endswith(".files") for part in rest)
        and rest[-1] not in _RESERVED
    )


def _grouped(problem: Problem) -> bool:
    """Whether directories of secret tests are groups of points, one by one, or all tests are one group."""
    secret = [case for case in problem.cases if not case.sample]
    groups = {case.group for case in secret}
    pairs = {(top_directory(case), case.group) for case in secret}
    tops = {top for top, _ in pairs}
    if len(groups) <= 1:
        group = problem.scoring.group(next(iter(groups))) if groups and problem.scoring else None
        all_or_nothing = group is not None and group.aggregation is Aggregation.PASS_FAIL
        return tops <= {None} or (None not in tops and (len(tops) == 1 or all_or_nothing))
    return None not in tops and len(pairs) == len(tops) == len(groups)


Place = tuple[bool, str | None]
"""Whether a test is a sample, and its group."""


def _place(case: TestCase) -> Place:
    return (True, None) if case.sample else (False, case.group)


def _directories(problem: Problem) -> dict[Place, str]:
    """A directory for each place; those of groups in the order of the groups."""
    known = [group.name for group in problem.scoring.groups] if problem.scoring else []
    seen = dict.fromkeys(case.group for case in problem.cases if not case.sample)
    order = sorted(seen, key=lambda group: known.index(group) if group in known else len(known))
    found: dict[Place, str] = {(True, None): SAMPLE}
    if order == [None]:
        return {**found, (False, None): HIDDEN}
    names: list[str] = []
    for group in order:
        name = _OTHERS if group is None else slug(group.removeprefix(f"{HIDDEN}/"), "group")
        names.append(unique(name, names))
    if names != sorted(names):
        width = len(str(len(names)))
        names = [f"{number:0{width}}-{name}" for number, name in enumerate(names, 1)]
    return {**found, **{(False, group): f"{HIDDEN}/{name}" for group, name in zip(order, names, strict=True)}}


def _count(problem: Problem, directories: Mapping[Place, str], where: str) -> int:
    return sum(directories[_place(case)] == where for case in problem.cases)


def _submission(submission: Submission, moved: Mapping[str, str]) -> Submission:
    expectation = submission.expectation
    groups: dict[str, Expectation] = {}
    for name, group in expectation.groups.items():
        groups[moved.get(name, name)] = group
    return replace(submission, expectation=replace(expectation, groups=groups))


def _validator(validator: InputValidator, moved: Mapping[str, str]) -> InputValidator:
    args = {None if name is None else moved.get(name, name): given for name, given in validator.args.items()}
    return replace(validator, args=args)


def _path(path: str, names: Mapping[str, str]) -> str:
    """The path of a file that lies beside a test, when the test is moved."""
    stem, dot, suffix = path.removeprefix("data/").partition(".")
    return f"data/{names[stem]}{dot}{suffix}" if path.startswith("data/") and stem in names else path


def order_of(cases: Sequence[TestCase]) -> list[str]:
    """The names of tests as a package has them: samples first, then by name."""
    return [case.name for case in sorted(cases, key=lambda case: (not case.sample, case.name.split("/")))]
