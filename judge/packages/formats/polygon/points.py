"""Tests of a Polygon package as directories of tests, and how they earn points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from judge.errors import PackageError
from judge.packages.formats.draft import Points, numbered
from judge.packages.formats.polygon.description import FILE, Description, Test, TestGroup

SAMPLE: Final = "sample"
SECRET: Final = "secret"  # noqa: S105 - no password


@dataclass(frozen=True, slots=True)
class Layout:
    """Where tests go and what they are worth.

    ``places``  by the index of a test (from 0) the names of the tests made of it, below ``data``
    ``worth``   by directory; empty: tests earn no points
    """

    places: Mapping[int, tuple[str, ...]]
    worth: Mapping[str, Points]


@dataclass(frozen=True, slots=True)
class _Part:
    """Tests (by index) that earn points together, all of one group of Polygon's (``None``: of none)."""

    group: str | None
    tests: tuple[int, ...]
    points: float
    complete: bool


def laid_out(about: Description) -> Layout:
    """Where each test goes. Raises :class:`PackageError` for groups that need each other, or one that is not there."""
    samples = [index for index, test in enumerate(about.tests) if test.sample]
    names = {index: f"{SAMPLE}/{numbered(place, len(samples))}" for place, index in enumerate(samples, 1)}
    parts = list(_parts(about))
    if not any(part.points for part in parts):
        secret = [index for index in range(len(about.tests)) if index not in names] or samples
        hidden = {index: f"{SECRET}/{numbered(index + 1, len(about.tests))}" for index in secret}
        return Layout(_both(names, hidden), {})
    # A sample that earns nothing is no more than a sample.
    parts = [kept for part in parts if (kept := replace(part, tests=tuple(_counting(part, names)))).tests]
    if len(parts) == 1 and not parts[0].complete:
        hidden = {index: f"{SECRET}/{numbered(index + 1, len(about.tests))}" for index in parts[0].tests}
        return Layout(_both(names, hidden), {SECRET: _points(parts[0])})
    directories: dict[str | None, list[str]] = {}
    hidden, worth = {}, {}
    for place, part in enumerate(parts, 1):
        directory = f"{SECRET}/{numbered(place, len(parts), part.group or '')}"
        requires = _required(about, part, directories)
        directories.setdefault(part.group, []).append(directory)
        worth[directory] = _points(part, requires)
        hidden.update({index: f"{directory}/{numbered(index + 1, len(about.tests))}" for index in part.tests})
    return Layout(_both(names, hidden), worth)


def _parts(about: Description) -> Iterator[_Part]:
    """Groups in an order in which each comes after those that it needs, cut where their tests earn different points."""
    tests: dict[str | None, list[int]] = {}
    for index, test in enumerate(about.tests):
        tests.setdefault(test.group, []).append(index)
    groups = {group.name: group for group in about.groups}
    for name in _ordered(tuple(tests), groups):
        members = tuple(tests[name])
        group = groups.get(name) if name is not None else None
        each = [about.tests[index].points or 0.0 for index in members]
        if group is not None and group.complete:
            yield _Part(name, members, sum(each) or group.points or 0.0, complete=True)
        elif not any(each) and group is not None and group.points:
            yield _Part(name, members, group.points, complete=False)
        elif len(set(each)) == 1:
            yield _Part(name, members, sum(each), complete=False)
        else:
            for index, points in zip(members, each, strict=True):
                yield _Part(name, (index,), points, complete=False)


def _ordered(names: Sequence[str | None], groups: Mapping[str, TestGroup]) -> list[str | None]:
    done: list[str | None] = []
    waiting = list(names)
    while waiting:
        ready = next(
            (name for name in waiting if set(_needs(name, groups)) & set(waiting) <= {name}),
            None,
        )
        if ready not in waiting or (ready is not None and ready in _needs(ready, groups)):
            raise PackageError(FILE, "groups", f"need each other: {', '.join(map(str, waiting))}")
        waiting.remove(ready)
        done.append(ready)
    return done


def _needs(name: str | None, groups: Mapping[str, TestGroup]) -> tuple[str, ...]:
    group = groups.get(name) if name is not None else None
    return () if group is None else group.requires


def _required(about: Description, part: _Part, directories: Mapping[str | None, Sequence[str]]) -> tuple[str, ...]:
    group = next((each for each in about.groups if each.name == part.group), None)
    found: dict[str, None] = {}
    for name in () if group is None else group.requires:
        if not any(test.group == name for test in about.tests):
            raise PackageError(FILE, f"group {part.group}", f"depends on {name!r}, which has no tests")
        if any(test.sample for test in _tests_of(about, name)):
            found[SAMPLE] = None
        found.update(dict.fromkeys(directories.get(name, ())))
    return tuple(found)


def _tests_of(about: Description, group: str) -> list[Test]:
    return [test for test in about.tests if test.group == group]


def _counting(part: _Part, samples: Mapping[int, str]) -> Iterator[int]:
    return (index for index in part.tests if index not in samples or part.points)


def _points(part: _Part, requires: tuple[str, ...] = ()) -> Points:
    return Points(part.points, "pass-fail" if part.complete else "sum", requires)


def _both(samples: Mapping[int, str], hidden: Mapping[int, str]) -> dict[int, tuple[str, ...]]:
    return {
        index: tuple(names[index] for names in (samples, hidden) if index in names)
        for index in sorted({*samples, *hidden})
    }
