"""Points of a problem, as the files of a package's directories say them; by directory below ``data/``.

A problem whose points its format cannot say gets what comes nearest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from judge.packages.arrangement import top_directory
from judge.packages.problem_file import gives_scores
from judge.packages.scoring import HIDDEN, SAMPLE
from judge.problem import Problem
from judge.scoring import Aggregation, Group, Scoring

_WORDS: Final = {Aggregation.SUM: "sum", Aggregation.MIN: "min", Aggregation.PASS_FAIL: "pass-fail"}


def points(problem: Problem) -> dict[str, dict[str, Any]]:
    """What stands in ``test_group.yaml``; nothing where tests earn no points."""
    scoring = problem.scoring
    if scoring is None:
        return {}
    groups = _groups(problem, scoring)
    if list(groups) == [HIDDEN]:
        group = groups[HIDDEN]
        words = {HIDDEN: _group(group, {})}
        inner = {top for case in problem.cases if (top := top_directory(case)) and not case.sample}
        return {**words, **{each: {"max_score": round(group.points)} for each in sorted(inner)}}
    total = {"max_score": sum(round(group.points) for group in groups.values()), "score_aggregation": "sum"}
    found: dict[str, dict[str, Any]] = {HIDDEN: total}
    earlier: dict[str, str] = {}
    for where, group in groups.items():
        found[where] = _group(group, earlier)
        earlier[group.name] = where
    return found


def legacy_points(problem: Problem) -> dict[str, dict[str, Any]]:
    """What stands in ``testdata.yaml``; nothing where tests earn no points."""
    scoring = problem.scoring
    if scoring is None:
        return {}
    groups = _groups(problem, scoring)
    total = _plain(sum(group.points for group in groups.values()))
    words: dict[str, dict[str, Any]] = {
        "": {"on_reject": "continue", "grader_flags": "ignore_sample", "range": f"0 {total}"}
    }
    if list(groups) != [HIDDEN]:
        some = any(group.aggregation is Aggregation.SUM for group in groups.values())
        flags = "always_accept" if some else "first_error accept_if_any_accepted"
        words[HIDDEN] = {"on_reject": "continue", "grader_flags": flags, "range": f"0 {total}"}
    scores = gives_scores(problem)
    for where, group in groups.items():
        tests = sum(case.name.startswith(f"{where}/") for case in problem.cases)
        each = group.points / tests if group.aggregation is Aggregation.SUM and tests else group.points
        strict = group.aggregation is not Aggregation.SUM
        words[where] = {
            "on_reject": "break" if strict else "continue",
            "grader_flags": "min" if strict else "always_accept sum",
            "accept_score": _plain(group.points if scores and strict else each),
            "range": f"0 {_plain(group.points)}",
        }
    return words


def _groups(problem: Problem, scoring: Scoring) -> dict[str, Group]:
    """The groups by the directories that their tests lie in, in order of the directories; that of no group too."""
    found: dict[str, Group] = {}
    left = max(0.0, scoring.max_score - sum(group.points for group in scoring.groups))
    secret = [case for case in problem.cases if not case.sample]
    one = len({case.group for case in secret}) == 1
    for case in secret:
        where = HIDDEN if one and _together(problem, case.group) else top_directory(case) or HIDDEN
        group = scoring.group(case.group)
        found[where] = group or Group("", left, Aggregation.SUM)
    return dict(sorted(found.items()))


def _together(problem: Problem, name: str | None) -> bool:
    """Whether tests of the only group are all there is, so that ``secret`` itself may be the group."""
    tops = {top_directory(case) for case in problem.cases if not case.sample}
    return len(tops) > 1 or tops == {None} or name == HIDDEN


def _group(group: Group, earlier: Mapping[str, str]) -> dict[str, Any]:
    """What the file says; ``earlier``: the directories of groups that come before, which alone can be required."""
    words: dict[str, Any] = {"max_score": round(group.points), "score_aggregation": _WORDS[group.aggregation]}
    requires = [earlier.get(name, name) for name in group.requires if name == SAMPLE or name in earlier]
    if requires:
        words["require_pass"] = requires[0] if len(requires) == 1 else requires
    return words


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
