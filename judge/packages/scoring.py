"""Points of a package of format 2025-09: what the files of its test groups say, in our words.

The score of a submission is that of ``data/secret``: the sum or the least of its groups' scores, or all or nothing;
samples earn nothing. The groups that earn points here are the groups of ``secret``, or ``secret`` itself where it has
none, or where nothing less than all of its tests can earn anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from judge.errors import PackageError
from judge.packages.data import Directory
from judge.packages.document import Table, describe
from judge.scoring import Aggregation, Group, Scoring

SAMPLE: Final = "sample"
HIDDEN: Final = "secret"

_AGGREGATIONS: Final = {"pass-fail": Aggregation.PASS_FAIL, "sum": Aggregation.SUM, "min": Aggregation.MIN}
_DEFAULT_MAX: Final = 100
_UNBOUNDED: Final = "unbounded"


@dataclass(frozen=True, slots=True)
class Points:
    """How tests of a package earn points.

    ``scoring``  ``None``: not in a way that we have, see ``needs``
    ``groups``   the group of each test that is in one
    """

    scoring: Scoring | None
    groups: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_points(data: Directory) -> Points:
    """How tests earn points, by the files of the directories below ``data``.

    Raises :class:`PackageError` for what the format does not allow.
    """
    directories = {item.name: item for item in data.items if isinstance(item, Directory)}
    sample, secret = directories.get(SAMPLE), directories[HIDDEN]
    if sample is not None:
        for name in ("max_score", "score_aggregation", "require_pass"):
            if sample.table.has(name):
                sample.table.refuse(name, "is not permitted for samples: they earn nothing")
    reading = _Reading(secret)
    groups = reading.groups()
    if reading.needs:
        return Points(None, needs=tuple(reading.needs))
    members = {test: group.name for group in groups for test in tests_in(secret, group.name)}
    samples = tests_in(sample, SAMPLE) if sample is not None else []
    if not samples:
        groups = tuple(_without_samples(group) for group in groups)
    elif any(SAMPLE in group.requires for group in groups):
        groups = (Group(SAMPLE, 0.0, Aggregation.SUM), *groups)
        members |= dict.fromkeys(samples, SAMPLE)
    total = sum(group.points for group in groups)
    return Points(Scoring(total, groups), members, warnings=reading.warnings(total))


def pointless(data: Directory, keys: Sequence[str]) -> tuple[str, ...]:
    """What files say of points where a problem has none, one sentence each."""
    found = [f"{data.table.file}: {key} says nothing: the problem is pass-fail" for key in keys if data.table.has(key)]
    for item in data.items:
        if isinstance(item, Directory):
            found += pointless(item, keys)
    return tuple(found)


def tests_in(directory: Directory, name: str) -> list[str]:
    """The tests in the directory of that name, at or below ``directory``, and in those below it."""
    found: list[str] = []
    for item in directory.items:
        if isinstance(item, Directory):
            found += tests_in(item, name)
        elif item.startswith(f"{name}/"):
            found.append(item)
    return found


class _Reading:
    """Reads the groups of ``secret``; collects in ``needs`` what cannot be said in our words."""

    def __init__(self, secret: Directory) -> None:
        self.needs: dict[str, None] = {}
        self._secret = secret
        self._groups = [item for item in secret.items if isinstance(item, Directory)]
        if self._groups and len(self._groups) < len(secret.items):
            raise PackageError(
                "data/secret", "", "holds tests beside groups; where tests earn points that is not allowed"
            )
        for directory in (secret, *self._groups):
            self._bounded(directory.table)
        for group in self._groups:
            self._no_groups_below(group)

    def groups(self) -> tuple[Group, ...]:
        """The groups that earn points, as far as they can be said in our words."""
        table = self._secret.table
        requires = self._requires(table, ())
        if not self._groups:
            how = _aggregation(table, Aggregation.SUM)
            return (Group(HIDDEN, self._most(table, _DEFAULT_MAX), how, requires),)
        match _aggregation(table, Aggregation.SUM):
            case Aggregation.SUM:
                return self._summed(requires)
            case Aggregation.MIN:
                return self._least(requires)
            case _:
                self._all_or_nothing()
                return self._one(self._most(table, _DEFAULT_MAX), requires)

    def warnings(self, total: float) -> tuple[str, ...]:
        """What is odd about the most there is to earn, which is ``total``."""
        table = self._secret.table
        most = self._most(table, _DEFAULT_MAX)
        if most == total:
            return ()
        return (f"{table.file}: max_score: {most:g} cannot be earned, by the groups' own it is {total:g} that can be",)

    def _summed(self, requires: tuple[str, ...]) -> tuple[Group, ...]:
        found: list[Group] = []
        for group in self._groups:
            earlier = tuple(each.name for each in found)
            needed = dict.fromkeys((*requires, *self._requires(group.table, earlier)))
            how = _aggregation(group.table, Aggregation.PASS_FAIL)
            found.append(Group(group.name, self._most(group.table, None), how, tuple(needed)))
        return tuple(found)

    def _least(self, requires: tuple[str, ...]) -> tuple[Group, ...]:
        """The least of groups all of which are all or nothing is all or nothing too."""
        for group in self._groups:
            if _aggregation(group.table, Aggregation.PASS_FAIL) is not Aggregation.PASS_FAIL:
                self.needs[f"{self._secret.table.file}: score_aggregation: min of groups that are not pass-fail"] = None
        return self._one(min(self._most(group.table, None) for group in self._groups), requires)

    def _all_or_nothing(self) -> None:
        for group in self._groups:
            if _aggregation(group.table, Aggregation.PASS_FAIL) is not Aggregation.PASS_FAIL:
                group.table.refuse("score_aggregation", "must be pass-fail, as it is for data/secret")

    def _one(self, points: float, requires: tuple[str, ...]) -> tuple[Group, ...]:
        earlier: tuple[str, ...] = ()
        for group in self._groups:
            needed = self._requires(group.table, earlier)
            requires = (*requires, *(name for name in needed if name == SAMPLE and name not in requires))
            earlier = (*earlier, group.name)
        return (Group(HIDDEN, points, Aggregation.PASS_FAIL, requires),)

    def _most(self, table: Table, default: int | None) -> float:
        value = table.get("max_score")
        if value is None:
            if default is None:
                table.refuse("max_score", "is missing: data/secret has a maximum, so its groups need one each")
            return float(default)
        if value == _UNBOUNDED:
            return 0.0
        if type(value) is not int or value < 0:
            table.refuse(
                "max_score", f"must be a whole number that is not negative, or unbounded, is {describe(value)}"
            )
        return float(value)

    def _bounded(self, table: Table) -> None:
        if table.get("max_score") == _UNBOUNDED:
            self.needs[f"{table.file}: max_score: scores without an upper bound"] = None
        if type(table.get("static_validation_score")) is int:
            self.needs[f"{table.file}: static_validation_score: points that a static validator gives"] = None

    def _no_groups_below(self, directory: Directory) -> None:
        for item in directory.items:
            if isinstance(item, Directory):
                for name in ("max_score", "score_aggregation", "require_pass"):
                    if item.table.has(name):
                        self.needs[f"{item.table.file}: {name}: groups within groups"] = None
                self._no_groups_below(item)

    def _requires(self, table: Table, earlier: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get("require_pass")
        names = (value,) if isinstance(value, str) else table.texts("require_pass") or ()
        for name in names:
            if name not in {SAMPLE, *earlier}:
                known = ", ".join((SAMPLE, *earlier))
                table.refuse("require_pass", f"{name!r} is no earlier group; those are: {known}")
        return tuple(dict.fromkeys(names))


def _without_samples(group: Group) -> Group:
    """The group where there are no samples: all of them are passed."""
    return replace(group, requires=tuple(name for name in group.requires if name != SAMPLE))


def _aggregation(table: Table, default: Aggregation) -> Aggregation:
    word = table.text("score_aggregation")
    if word is None:
        return default
    if word not in _AGGREGATIONS:
        table.refuse("score_aggregation", f"must be one of {', '.join(_AGGREGATIONS)}, is {word!r}")
    return _AGGREGATIONS[word]
