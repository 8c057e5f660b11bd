"""What measured times say about a problem's time limit: a suggestion, and a row for each language. Pure.

Times are compared to the problem's limit, so that of a language whose programs get ``m`` times the limit they are
divided by ``m``. Languages with an absolute limit of their own, and tests with one, say nothing about the problem's.

A solution that must be too slow is stopped at its limit: what it would have needed is unknown, only that it is not
less. So the fastest of them is often known by a lower bound only, and is then marked as one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LanguageTiming:
    """What one language's solutions measured, as they were: divided by nothing.

    ``limit_ms``             CPU time that the problem allows it
    ``multiplier``           how many times the problem's limit that is; ``None``: it is an absolute limit
    ``slowest_accepted_ms``  slowest test of solutions that must be fast enough; ``None``: there are none
    ``slowest``              path of that solution, and the test's name
    ``fastest_tle_ms``       what the fastest of the solutions that must be too slow needs on its slowest test
    ``fastest_tle_is_bound`` it was stopped: it needs at least that
    ``suggested_multiplier`` the least, to one decimal, with which its limit is at least twice the slowest accepted;
                             1 where it needs none; ``None``: nothing was measured
    """

    language: str
    limit_ms: int
    multiplier: float | None
    slowest_accepted_ms: float | None
    slowest: tuple[str, str] | None
    fastest_tle_ms: float | None
    fastest_tle_is_bound: bool
    suggested_multiplier: float | None


@dataclass(frozen=True, slots=True)
class Timing:
    """What measured times say about the problem's limit; fields as in :class:`LanguageTiming`, over all languages.

    ``suggested_ms``  a limit that is at least twice the slowest accepted and, one and a half times, at most the
                      fastest too slow; ``None``: there is none, or nothing was measured, as ``remark`` says
    """

    current_ms: int
    slowest_accepted_ms: float | None = None
    fastest_tle_ms: float | None = None
    fastest_tle_is_bound: bool = False
    suggested_ms: int | None = None
    remark: str | None = None
    languages: tuple[LanguageTiming, ...] = ()
