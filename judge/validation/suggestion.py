"""From results to :class:`judge.validation.timing.Timing`. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from judge.limits import language_cpu_ms, language_multiplier
from judge.packages.submissions import TimeRole
from judge.problem import Problem
from judge.validation.report import SolutionReport
from judge.validation.timing import LanguageTiming, Timing
from judge.verdict import Verdict
from languages import Language

ROOM: Final = 2.0
"""How many times the slowest accepted solution's time a limit should be."""
DISTANCE: Final = 1.5
"""How many times a limit the fastest solution that is too slow should need."""

# A limit people remember, as far as there is room for one.
_STEPS_MS: Final = (1000, 500, 100, 50, 10, 1)


def timing(problem: Problem, reports: Sequence[SolutionReport]) -> Timing:
    """What the times of these solutions say about the problem's limit."""
    measured = [_Measured(problem, report) for report in reports]
    lower = [each for each in measured if each.role is TimeRole.LOWER]
    upper = [each for each in measured if each.role is TimeRole.UPPER]
    slowest = max((ms for each in lower for ms, _, general in each.accepted() if general), default=None)
    fastest = min((need for each in upper if (need := each.need()) is not None), default=None)
    too_slow = next((each.report.submission.path for each in lower if each.stopped), None)
    suggested, remark = _suggestion(slowest, fastest, too_slow)
    languages = {each.report.submission.language.id: each.report.submission.language for each in (*lower, *upper)}
    return Timing(
        current_ms=problem.limits.cpu_ms,
        slowest_accepted_ms=slowest,
        fastest_tle_ms=fastest.ms if fastest else None,
        fastest_tle_is_bound=bool(fastest and fastest.bound),
        suggested_ms=suggested,
        remark=remark,
        languages=tuple(_language(problem, languages[name], lower, upper) for name in sorted(languages)),
    )


@dataclass(frozen=True, slots=True, order=True)
class _Need:
    """What a solution needs on its slowest test; ``bound``: at least that."""

    ms: float
    bound: bool


class _Measured:
    """One solution with its times, in terms of the problem's limit."""

    def __init__(self, problem: Problem, report: SolutionReport) -> None:
        self.report = report
        self.role = report.submission.time_role
        self._problem = problem
        self._multiplier = language_multiplier(problem.limits, report.submission.language)

    @property
    def stopped(self) -> bool:
        """Whether a time limit ended a test that is under the problem's limit."""
        return any(
            case.verdict is Verdict.TIME_LIMIT_EXCEEDED and self._general(case.index)
            for result in self.report.results
            for case in result.cases
        )

    def accepted(self) -> Iterator[tuple[float, str, bool]]:
        """Of each accepted test: its time, its name, and whether it is under the problem's limit."""
        for result in self.report.results:
            for case in result.cases:
                if case.verdict is Verdict.ACCEPTED and case.cpu_ms is not None:
                    yield case.cpu_ms / (self._multiplier or 1.0), case.name, self._general(case.index)

    def need(self) -> _Need | None:
        """What it needs, the least of all times it was judged; ``None``: nothing under the problem's limit was."""
        return min((need for index in range(len(self.report.results)) if (need := self._need(index))), default=None)

    def _need(self, index: int) -> _Need | None:
        needs: list[_Need] = []
        stopped_elsewhere = False
        for case in self.report.results[index].cases:
            stopped = case.verdict is Verdict.TIME_LIMIT_EXCEEDED
            if not self._general(case.index):
                stopped_elsewhere |= stopped
            elif stopped:
                needs.append(_Need(float(self._problem.limits.cpu_ms), bound=True))
            elif case.cpu_ms is not None:
                needs.append(_Need(case.cpu_ms / (self._multiplier or 1.0), bound=False))
        slowest = max(needs, default=None)
        # What only a test's own limit stops tells nothing about the problem's.
        return None if slowest is None or (stopped_elsewhere and not slowest.bound) else slowest

    def _general(self, index: int) -> bool:
        return self._multiplier is not None and self._problem.cases[index].cpu_ms is None


def _suggestion(slowest: float | None, fastest: _Need | None, too_slow: str | None) -> tuple[int | None, str | None]:
    """The limit, and what there is to say about it."""
    if too_slow is not None:
        return None, f"{too_slow} must be fast enough and was stopped at its limit: how slow it is, is not known"
    if slowest is None:
        return None, "no solution that must be fast enough was measured"
    least = ROOM * slowest
    most = math.inf if fastest is None else fastest.ms / DISTANCE
    fitting = (ms for step in _STEPS_MS if (ms := max(1, math.ceil(least / step)) * step) <= most)
    suggested = next(fitting, None)
    stopped = "those that are too slow were stopped at their limit, so nobody knows what they need"
    if suggested is None and fastest is not None:
        known = "needs at least" if fastest.bound else "needs"
        sentence = (
            f"no limit is twice the {slowest:.0f} ms of the slowest accepted solution and two thirds of what the "
            f"fastest that is too slow {known}, {fastest.ms:.0f} ms"
        )
        return None, f"{sentence}; {stopped}: validate with a higher limit to see" if fastest.bound else sentence
    if fastest is None:
        return suggested, "no solution that must be too slow was measured, so nothing says what is too high"
    return suggested, f"a higher one may do too: {stopped}" if fastest.bound else None


def _language(
    problem: Problem, language: Language, lower: Sequence[_Measured], upper: Sequence[_Measured]
) -> LanguageTiming:
    multiplier = language_multiplier(problem.limits, language)
    factor = multiplier or 1.0
    mine = [each for each in lower if each.report.submission.language == language]
    times = [
        (ms * factor, (each.report.submission.path, name), general)
        for each in mine
        for ms, name, general in each.accepted()
    ]
    slowest = max(times, key=lambda time: time[0], default=None)
    needs = [each.need() for each in upper if each.report.submission.language == language]
    fastest = min((need for need in needs if need is not None), default=None)
    base = [ms for ms, _, general in times if general]
    suggested = None
    if multiplier is not None and base and not any(each.stopped for each in mine):
        suggested = max(1.0, math.ceil(10 * ROOM * max(base) / problem.limits.cpu_ms) / 10)
    return LanguageTiming(
        language=language.id,
        limit_ms=language_cpu_ms(problem.limits, language, base_ms=problem.limits.cpu_ms),
        multiplier=multiplier,
        slowest_accepted_ms=slowest[0] if slowest else None,
        slowest=slowest[1] if slowest else None,
        fastest_tle_ms=fastest.ms * factor if fastest else None,
        fastest_tle_is_bound=bool(fastest and fastest.bound),
        suggested_multiplier=suggested,
    )
