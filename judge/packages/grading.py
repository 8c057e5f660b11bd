"""Points of a package of the legacy formats: what ``testdata.yaml`` and the default grader do, in our words.

There every directory has a verdict and a score, made of those of what lies in it: tests, which earn ``accept_score``
when they pass, and directories. ``grader_flags`` say how; ``on_reject`` says whether what comes after the first that is
not accepted counts at all. The submission's score is that of the top if the top is accepted, else nothing.

A directory becomes a few groups whose scores are added (:class:`_Form`), from the bottom up. What comes out otherwise
than as a sum of groups is named. Format: https://www.kattis.com/problem-package-format/spec/legacy.html, "Default
Grader Specification".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from judge.packages.data import Directory
from judge.packages.grader import Grading, NotSaidError
from judge.packages.scoring import HIDDEN, SAMPLE, Points, tests_in
from judge.scoring import Aggregation, Group, Scoring

_DIGITS: Final = 9


class _Accepts(Enum):
    """When a directory is accepted: when all tests pass, whatever they do, when any part is, or when some parts are."""

    ALL = auto()
    ALWAYS = auto()
    ANY = auto()
    SOME = auto()


@dataclass(frozen=True, slots=True)
class _Form:
    """A directory as groups whose scores are added, and when it is accepted.

    ``strict``    it is one group, worth something only if all of its tests pass
    ``faithful``  its score is nothing when it is not accepted
    ``unsaid``    why its score is another one than that, unless all of its tests have to pass; ``None``: it is not
    """

    name: str
    groups: tuple[Group, ...]
    accepts: _Accepts
    strict: bool = False
    faithful: bool = False
    unsaid: NotSaidError | None = None

    @property
    def points(self) -> float:
        return round(sum(group.points for group in self.groups), _DIGITS)

    def scaled(self, factor: float) -> _Form:
        return replace(self, groups=tuple(replace(each, points=each.points * factor) for each in self.groups))

    def after(self, names: Sequence[str]) -> _Form:
        """The same, worth nothing unless these groups are passed."""
        groups = (replace(each, requires=tuple(dict.fromkeys((*names, *each.requires)))) for each in self.groups)
        return replace(self, groups=tuple(groups))


def read_grading(data: Directory, *, validator_scores: bool) -> Points:
    """How tests earn points; ``validator_scores``: the output validator may say how many a test earns.

    Raises :class:`judge.errors.PackageError` for values that the format does not know.
    """
    reading = _Reading(validator_scores=validator_scores)
    try:
        groups = reading.top(data)
    except NotSaidError as error:
        return Points(None, needs=(str(error),))
    members = {test: group.name for group in groups for test in tests_in(data, group.name)}
    if any(group.name == SAMPLE and group.points for group in groups):
        reading.warnings.append("data/testdata.yaml: grader_flags: without ignore_sample samples earn points too")
    total = round(sum(group.points for group in groups), _DIGITS)
    return Points(Scoring(total, groups), members, warnings=tuple(reading.warnings))


def strange_verdicts(data: Directory) -> tuple[str, ...]:
    """What files say of verdicts, in a problem without points, that is not judged so; one sentence each."""
    return tuple(dict.fromkeys(_strange(data, Grading(data.table))))


def _strange(directory: Directory, above: Grading) -> list[str]:
    here = above.below(directory.table)
    found = [str(here.not_said("grading", "a custom grader"))] if here.custom else []
    found += [
        str(here.not_said("grader_flags", f"{word} in a problem without points"))
        for word in ("always_accept", "accept_if_any_accepted")
        if word in here.flags
    ]
    for item in directory.items:
        if isinstance(item, Directory):
            found += _strange(item, here)
    return found


class _Reading:
    """Makes forms of directories; ``warnings``: what was taken to be so on the way."""

    def __init__(self, *, validator_scores: bool) -> None:
        self.warnings: list[str] = []
        self._validator_scores = validator_scores

    def top(self, data: Directory) -> tuple[Group, ...]:
        """The groups of the whole, which is worth nothing unless it is accepted. Raises :class:`NotSaidError`."""
        here = Grading(data.table).below(data.table)
        parts = {item.name: item for item in data.items if isinstance(item, Directory)}
        secret = self.form(parts[HIDDEN], here)
        ignored = SAMPLE not in parts or "ignore_sample" in here.flags
        sample = None if ignored else self.form(parts[SAMPLE], here)
        if sample is None or not sample.groups:
            if "ignore_sample" not in here.flags:
                secret = replace(secret, accepts=_accepts(here, [secret.accepts]))
            graded = here.below(parts[HIDDEN].table)
            groups = self._accepted(secret, graded).groups
        else:
            graded = here
            groups = self._with_samples(sample, secret, here)
        points = round(sum(group.points for group in groups), _DIGITS)
        if graded.most is not None and not math.isclose(graded.most, points, abs_tol=1e-6):
            file = graded.words["range"][0].file
            self.warnings.append(f"{file}: range: {graded.most:g} is not the most there is to earn: {points:g}")
        return groups

    def _with_samples(self, sample: _Form, secret: _Form, here: Grading) -> tuple[Group, ...]:
        """Samples count: what they earn, and that nothing is earned unless they are accepted."""
        if here.score != "sum" or "accept_if_any_accepted" in here.flags:
            raise here.not_said("grader_flags", "samples that count otherwise than by being added")
        if here.verdict == "always_accept":
            for form in (sample, secret):
                if form.unsaid is not None:
                    raise form.unsaid
            return tuple(
                group
                for form in (self._chained((sample, secret), here) if here.breaks else (sample, secret))
                for group in form.groups
            )
        if sample.accepts is _Accepts.ALWAYS and (not sample.points or secret.accepts is _Accepts.ALWAYS):
            return (*sample.groups, *self._accepted(secret, here).groups)
        if sample.accepts is not _Accepts.ALL:
            raise here.not_said("grader_flags", "samples that are accepted although some of them fail")
        inner = self._accepted(secret, here)
        earned = sample.points
        if earned and inner.strict and inner.accepts is _Accepts.ALL:
            inner, earned = replace(inner, groups=(replace(inner.groups[0], points=earned + inner.points),)), 0.0
        elif earned and inner.accepts is not _Accepts.ALWAYS:
            raise here.not_said("grader_flags", "points for samples that count only if secret tests pass")
        return (self._sample_group(sample, earned, here), *inner.after((SAMPLE,)).groups)

    def _sample_group(self, sample: _Form, earned: float, here: Grading) -> Group:
        """Samples all of which have to pass, worth so many points."""
        if not earned or not self._validator_scores:
            return Group(SAMPLE, earned, Aggregation.PASS_FAIL)
        (first, *_) = sample.groups
        if not sample.faithful or first.name != SAMPLE:
            raise here.not_said("grader_flags", "points for samples, by the output validator, only if all pass")
        return Group(SAMPLE, earned, first.aggregation)

    def _accepted(self, form: _Form, graded: Grading) -> _Form:
        """The form with nothing for who is not accepted."""
        if form.accepts is _Accepts.ALL and not form.strict and not self._validator_scores:
            group = Group(form.name, form.points, Aggregation.PASS_FAIL)
            return _Form(form.name, (group,), form.accepts, strict=True, faithful=True)
        if form.unsaid is not None:
            raise form.unsaid
        if form.accepts is _Accepts.ALWAYS or form.faithful:
            return form
        raise graded.not_said("grader_flags", "a score that counts only if some of it is accepted")

    def form(self, directory: Directory, above: Grading) -> _Form:
        """A directory's form. Raises :class:`NotSaidError`."""
        here = above.below(directory.table)
        if here.custom:
            raise here.not_said("grading", "a custom grader")
        if here.number("reject_score", 0.0):
            raise here.not_said("reject_score", "points for tests that are not passed")
        if here.number("accept_score", 1.0) < 0:
            raise here.not_said("accept_score", "points below nothing")
        below = [self.form(item, here) for item in directory.items if isinstance(item, Directory)]
        tests = len(directory.items) - len(below)
        below = [form for form in below if form.groups]
        if not below:
            return self._leaf(directory.name, tests, here) if tests else _Form(directory.name, (), _Accepts.ALWAYS)
        if tests:
            unsaid = NotSaidError(f"data/{directory.name}: tests beside groups where points are earned")
            below.insert(0, replace(self._leaf(directory.name, tests, here), strict=False, unsaid=unsaid))
        return self._inner(directory.name, below, here)

    def _leaf(self, name: str, tests: int, here: Grading) -> _Form:
        each, how = here.number("accept_score", 1.0), here.score
        accepts = _accepts(here, [_Accepts.ALL] * tests)
        strict = tests == 1 or how == "min"
        unsaid: NotSaidError | None = None
        if tests > 1 and how == "max":
            raise here.not_said("grader_flags", "the best test's score")
        if tests > 1 and how != "min" and here.breaks:
            unsaid = here.not_said("on_reject", f"{how} of the tests before the first that fails")
        if self._validator_scores:
            if here.most is None:
                raise here.not_said("range", "scores by the output validator without an upper bound")
            if how == "sum" and tests > 1:
                self.warnings.append(f"data/{name}: each of {tests} tests is taken to be worth an equal part of range")
            group = Group(name, here.most, Aggregation.MIN if how == "min" else Aggregation.SUM)
            return _Form(name, (group,), accepts, faithful=strict or accepts is _Accepts.ANY, unsaid=unsaid)
        points = round(each * tests, _DIGITS) if how == "sum" else each
        group = Group(name, points, Aggregation.PASS_FAIL if strict else Aggregation.SUM)
        faithful = strict or accepts is _Accepts.ANY
        return _Form(name, (group,), accepts, strict=strict, faithful=faithful, unsaid=unsaid)

    def _inner(self, name: str, below: Sequence[_Form], here: Grading) -> _Form:
        how = here.score
        accepts = _accepts(here, [form.accepts for form in below])
        if how == "max" and len(below) > 1:
            raise here.not_said("grader_flags", "the best group's score")
        if how == "min" and len(below) > 1:
            if not all(form.strict for form in below):
                raise here.not_said("grader_flags", "min of groups that are not worth all or nothing")
            group = Group(name, min(form.points for form in below), Aggregation.PASS_FAIL)
            return _Form(name, (group,), accepts, strict=True, faithful=True)
        if how == "avg":
            if here.breaks and any(form.accepts is not _Accepts.ALWAYS for form in below):
                raise here.not_said("on_reject", "avg of the groups before the first that fails")
            below = [form.scaled(1 / len(below)) for form in below]
        if here.breaks:
            below = self._chained(below, here)
        return _Form(
            name,
            tuple(group for form in below for group in form.groups),
            accepts,
            strict=len(below) == 1 and below[0].strict,
            faithful=all(form.faithful for form in below) and (len(below) == 1 or accepts is _Accepts.ANY),
            unsaid=next((form.unsaid for form in below if form.unsaid is not None), None),
        )

    def _chained(self, below: Sequence[_Form], here: Grading) -> list[_Form]:
        """Each of them after those before it that can fail."""
        found: list[_Form] = []
        needed: list[str] = []
        for index, form in enumerate(below):
            found.append(form.after(needed))
            if form.accepts is _Accepts.ALL:
                needed += [group.name for group in form.groups]
            elif form.accepts is not _Accepts.ALWAYS and index + 1 < len(below):
                raise here.not_said("on_reject", "break after a group that is accepted although tests of it fail")
        return found


def _accepts(here: Grading, below: Sequence[_Accepts]) -> _Accepts:
    if here.verdict == "always_accept":
        return _Accepts.ALWAYS
    seen = set(below)
    if len(below) == 1 or seen == {_Accepts.ALWAYS}:
        return below[0]
    if "accept_if_any_accepted" in here.flags:
        # Where the first that fails stops the others, one of them can only be accepted if the first is.
        counted = {below[0]} if here.breaks else seen
        return _Accepts.ALWAYS if _Accepts.ALWAYS in counted else _Accepts.ANY
    return _Accepts.ALL if seen == {_Accepts.ALL} else _Accepts.SOME
