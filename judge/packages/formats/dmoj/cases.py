"""The tests that ``init.yml`` of a DMOJ problem names: one by one, in batches, or by regular expressions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from judge.packages.document import Table, checked_map

FILE: Final = "init.yml"

_MOST_CASES: Final = 10_000
_MOST_PATTERN: Final = 500
_PATTERN_SECONDS: Final = 5.0
# What test data are called where nothing else is said: a word for their kind, perhaps a batch's number, a test's.
_INPUTS: Final = r"^(?=.*?\.in|in).*?(?:(?:^|\W)(?P<batch>\d+)[^\d\s]+)?(?P<case>\d+)[^\d\s]*$"
_OUTPUTS: Final = r"^(?=.*?\.out|out).*?(?:(?:^|\W)(?P<batch>\d+)[^\d\s]+)?(?P<case>\d+)[^\d\s]*$"


@dataclass(frozen=True, slots=True)
class Case:
    """A test. ``input`` and ``output`` are paths; ``settings`` what is said of it, where it stands or above."""

    input: str | None
    output: str | None
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unit:
    """Tests that earn ``points`` together: a batch, all or nothing, or a single test.

    ``pretest``   unless all of them pass the rest is not judged
    ``requires``  numbers of earlier batches, from 1
    """

    cases: tuple[Case, ...]
    points: float
    batch: int | None
    pretest: bool = False
    requires: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cases:
    """``scored``: points are given, not only assumed."""

    units: tuple[Unit, ...]
    scored: bool


def read_cases(table: Table, names: Sequence[str]) -> Cases:
    """The tests of a problem; ``names``: the files that regular expressions choose from.

    Raises :class:`PackageError` naming the key that is wrong.
    """
    _no_dynamic_keys(table)
    reading = _Reading(table)
    value = table.get("test_cases")
    if isinstance(value, list):
        found = reading.listed("test_cases", value)
    elif value is None or isinstance(value, dict):
        found = reading.matched(table.table("test_cases"), names)
    else:
        table.refuse("test_cases", "must be a list of tests or a map with input_format and output_format")
    pretests = table.get("pretest_test_cases")
    if pretests is not None:
        if not isinstance(pretests, list):
            table.refuse("pretest_test_cases", "must be a list of tests")
        found = [*reading.listed("pretest_test_cases", pretests, pretest=True), *found]
    if not found:
        table.refuse("test_cases", "names no tests")
    return Cases(tuple(found), scored=reading.scored)


class _Reading:
    def __init__(self, table: Table) -> None:
        self.scored = table.has("points")
        self._table = table
        self._batches = 0
        self._left = _MOST_CASES

    def listed(self, key: str, values: Sequence[object], *, pretest: bool = False) -> list[Unit]:
        """Tests and batches as a list gives them."""
        return list(self._units(key, values, pretest=pretest))

    def _units(self, key: str, values: Sequence[object], *, pretest: bool) -> Iterator[Unit]:
        for index, value in enumerate(values):
            table = self._map(f"{key}[{index}]", value)
            points = 0.0 if pretest else self._points(table)
            batched = table.get("batched")
            if batched is None:
                yield Unit((self._case(table, {}),), points, None, pretest=not points)
                continue
            if not isinstance(batched, list) or not batched:
                table.refuse("batched", "must be a list of tests")
            self._batches += 1
            inner = [self._map(f"{table.key}.batched[{place}]", each) for place, each in enumerate(batched)]
            for each in inner:
                if each.has("batched"):
                    each.refuse("batched", "is a batch within a batch")
            cases = tuple(self._case(each, table.content) for each in inner)
            yield Unit(cases, points, self._batches, pretest=not points, requires=self._requires(table))

    def matched(self, table: Table, names: Sequence[str]) -> list[Unit]:
        """Tests by the names of their files."""
        places: dict[tuple[str, str], list[str | None]] = {}
        batches: set[str] = set()
        formats = (("input_format", _INPUTS), ("output_format", _OUTPUTS))
        for place, (key, default) in enumerate(formats):
            for name, batch, case in _matches(table, key, default, names):
                if batch is not None:
                    batches.add(batch)
                found = places.setdefault((case if batch is None else batch, case), [None, None])
                if found[place] is not None:
                    table.refuse(key, f"matches {name} and {found[place]} as the same test")
                found[place] = name
        self._left -= len(places)
        self._bounded()
        points = table.get("case_points")
        given = iter(points if isinstance(points, list) else ())
        self.scored = self.scored or isinstance(points, list)
        units: list[Unit] = []
        for first in sorted({first for first, _ in places}, key=_natural):
            worth = self._number(table, "case_points", next(given, None))
            mine = sorted((key for key in places if key[0] == first), key=lambda key: _natural(key[1]))
            cases = tuple(Case(places[key][0], places[key][1], self._table.content) for key in mine)
            if first not in batches and len(cases) > 1:
                table.refuse("input_format", f"finds several tests that are number {first}")
            self._batches += first in batches
            number = self._batches if first in batches else None
            units.append(Unit(cases, worth, number, pretest=not worth))
        return units

    def _case(self, table: Table, above: Mapping[str, object]) -> Case:
        self._left -= 1
        self._bounded()
        settings = {**self._table.content, **above, **table.content}
        names = []
        for key in ("in", "out"):
            value = settings.get(key)
            if value is not None and not isinstance(value, str):
                table.refuse(key, "must be the name of a file")
            names.append(value)
        return Case(names[0], names[1], settings)

    def _bounded(self) -> None:
        if self._left < 0:
            self._table.refuse("test_cases", f"are more than {_MOST_CASES}")

    def _map(self, key: str, value: object) -> Table:
        table = Table(FILE, key, checked_map(FILE, key, value))
        _no_dynamic_keys(table)
        return table

    def _points(self, table: Table) -> float:
        self.scored = self.scored or table.has("points")
        return self._number(table, "points", table.get("points"))

    def _number(self, table: Table, key: str, value: object) -> float:
        if value is None:
            value = self._table.get("points") if self._table.has("points") else 1
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (0 <= value < math.inf):
            table.refuse(key, f"must be a number of points that is not negative, is {value!r}")
        return float(value)

    def _requires(self, table: Table) -> tuple[int, ...]:
        value = table.get("dependencies") or []
        if not isinstance(value, list) or not all(type(each) is int and 0 < each < self._batches for each in value):
            table.refuse("dependencies", "must be a list of the numbers of earlier batches, the first of which is 1")
        return tuple(value)


def _no_dynamic_keys(table: Table) -> None:
    for name in table.content:
        if name.endswith("++"):
            table.refuse(name, "is worked out by a program, and programs in packages are not run when they are read")


def _matches(table: Table, key: str, default: str, names: Sequence[str]) -> Iterator[tuple[str, str | None, str]]:
    """Name, batch and number of the files that a pattern matches; numbers without leading zeros."""
    text = table.text(key) or default
    try:
        if len(text) > _MOST_PATTERN:
            table.refuse(key, f"is longer than {_MOST_PATTERN} characters")
        pattern = regex.compile(text, regex.IGNORECASE)
        if "case" not in pattern.groupindex:
            table.refuse(key, "names no group (?P<case>...)")
        for name in names:
            found = pattern.match(name, timeout=_PATTERN_SECONDS)
            if found is not None and found["case"]:
                batch = found["batch"] if "batch" in pattern.groupindex else None
                yield name, _number_of(batch) if batch else None, _number_of(found["case"])
    except (regex.error, RecursionError, OverflowError) as error:
        table.refuse(key, f"is no regular expression: {error}")
    except TimeoutError:
        table.refuse(key, "takes too long to match")


def _number_of(text: str) -> str:
    return text.lstrip("0") or "0" if text.isdecimal() else text


def _natural(text: str) -> tuple[int, int, str]:
    return (1, int(text), "") if text.isascii() and text.isdecimal() else (0, 0, text)
