"""How tests make a score: on the wire, and what makes sense together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import Field, model_validator

from api.enums import Aggregation, AggregationIn, ScoringMode, ScoringModeIn
from api.errors import ValidationFailedError
from api.schemas import Body, Plain, View, absent

USUAL_SCORE: Final = 100
_MOST_GROUPS: Final = 500


class ScoringGroup(Body):
    """Tests that earn points together."""

    name: Plain = Field(min_length=1, max_length=50)
    points: int = Field(ge=0, le=1000)
    aggregation: AggregationIn = Aggregation.PASS_FAIL
    requires: list[Plain] = Field(default=[], max_length=_MOST_GROUPS, description="Earlier groups that must be passed")


class Scoring(Body):
    """All or nothing, or points."""

    mode: ScoringModeIn
    max_score: int = Field(default=USUAL_SCORE, ge=1, le=1000)
    groups: list[ScoringGroup] = Field(default=[], max_length=_MOST_GROUPS)

    @model_validator(mode="after")
    def _groups_build_on_earlier_ones(self) -> Self:
        earlier: set[str] = set()
        for group in self.groups:
            if group.name in earlier:
                raise ValueError(f"there are two groups {group.name!r}")
            for required in group.requires:
                if required not in earlier:
                    raise ValueError(f"group {group.name!r} requires {required!r}, which is no earlier group")
            earlier.add(group.name)
        return self

    def wire(self) -> dict[str, Any]:
        """As it is kept and shown: what was said, and what that leaves to defaults that matter."""
        content = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for group, said in zip(self.groups, content.get("groups", []), strict=True):
            said["aggregation"] = group.aggregation.value
        if self.mode is ScoringMode.POINTS:
            content["maxScore"] = self.max_score
        return content


class ShownGroup(View):
    """Tests that earn points together, as they are shown: a package may give any number of points."""

    name: str
    points: int | float
    aggregation: Aggregation
    requires: list[str] = Field(default_factory=absent)


class ShownScoring(View):
    """All or nothing, or points, as they are shown."""

    mode: ScoringMode
    max_score: int | float = Field(default_factory=absent)
    groups: list[ShownGroup] = Field(default_factory=absent)


def plain_number(number: float) -> int | float:
    """The number as JSON writes it best: whole numbers without a fraction."""
    return int(number) if float(number).is_integer() else number


def shown_scoring(scoring: Mapping[str, Any]) -> dict[str, Any]:
    """A stored scoring as it is shown."""
    shown = dict(scoring)
    if "maxScore" in scoring:
        shown["maxScore"] = plain_number(scoring["maxScore"])
    if "groups" in scoring:
        shown["groups"] = [{**group, "points": plain_number(group["points"])} for group in scoring["groups"]]
    return shown


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of a test the rest of a problem must fit. ``expects_nothing``: its expected output is empty."""

    group: str | None
    weight: float | None
    checker_args: tuple[str, ...]
    expects_nothing: bool


def check_scoring(scoring: Mapping[str, Any], cases: Sequence[CaseFacts]) -> None:
    """See whether a stored scoring and the tests go together.

    Points are shared out among the groups; tests without a group get what is left, so where there are none of these
    nothing may be left. Without points and groups of its own a problem may still name its tests' groups as it likes.
    Raises :class:`ValidationFailedError`.
    """
    groups = {group["name"]: group for group in scoring.get("groups", [])}
    points = scoring["mode"] == ScoringMode.POINTS.value
    used = {case.group for case in cases}
    if points or groups:
        for index, case in enumerate(cases):
            if case.group is not None and case.group not in groups:
                raise ValidationFailedError.of(f"testCases.{index}.group", f"{case.group!r} is no group of the scoring")
    if not points and not groups:
        return
    for name, group in groups.items():
        if name not in used:
            raise ValidationFailedError.of("scoring.groups", f"group {name!r} has no tests")
        weights = [1 if case.weight is None else case.weight for case in cases if case.group == name]
        if group["aggregation"] == Aggregation.SUM.value and not any(weights):
            raise ValidationFailedError.of("scoring.groups", f"the tests of group {name!r} weigh nothing")
    if groups:
        _check_total(scoring, sum(group["points"] for group in groups.values()), ungrouped=None in used)


def _check_total(scoring: Mapping[str, Any], total: int, *, ungrouped: bool) -> None:
    most = scoring.get("maxScore", USUAL_SCORE)
    if total > most or (total < most and not ungrouped):
        raise ValidationFailedError.of("scoring.groups", f"points must sum to maxScore, {most}, but sum to {total}")
