"""What measured times say about a time limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import LanguageLimits
from judge.validation.suggestion import DISTANCE, ROOM, timing
from judge.validation.timing import Timing
from tests.judge.validation.made import AC, TLE, WA, Cpu, again, judged, made_test, problem, result, right, slow, wrong

ONE = problem("secret/1")


def of(*, accepted: float | None, too_slow: float | None, cpu_ms: int = 1000) -> Timing:
    """Of one solution that takes so long, and one that takes so long too (more than the limit: it is stopped there)."""
    about = problem("secret/1", cpu_ms=cpu_ms)
    reports = [] if accepted is None else [judged(about, right(), (AC, accepted))]
    if too_slow is not None:
        case = (TLE, float(cpu_ms)) if too_slow > cpu_ms else (AC, too_slow)
        reports.append(judged(about, slow(), case))
    return timing(about, reports)


@pytest.mark.parametrize(
    ("accepted", "too_slow", "cpu_ms", "suggested"),
    [
        (10, None, 5000, 1000),
        (700, None, 5000, 2000),
        (10, 9999, 1000, 500),
        (10, 9999, 2000, 1000),
        (190, 9999, 1000, 500),
        (260, 9999, 1000, 600),
        (333, 9999, 1000, 666),
        (30, 93, 1000, 60),
    ],
)
def test_the_suggestion_is_a_round_number_with_room_on_both_sides(
    accepted: float, too_slow: float | None, cpu_ms: int, suggested: int
) -> None:
    assert of(accepted=accepted, too_slow=too_slow, cpu_ms=cpu_ms).suggested_ms == suggested


@given(st.floats(0.01, 5000), st.none() | st.floats(0.01, 20_000), st.integers(1, 10_000))
def test_whatever_is_suggested_keeps_both_distances(accepted: float, too_slow: float | None, cpu_ms: int) -> None:
    found = of(accepted=accepted, too_slow=too_slow, cpu_ms=cpu_ms)
    if found.suggested_ms is not None:
        assert found.suggested_ms >= ROOM * accepted
        assert found.fastest_tle_ms is None or found.suggested_ms * DISTANCE <= found.fastest_tle_ms
    else:
        assert found.fastest_tle_ms is not None
        assert ROOM * accepted * DISTANCE > found.fastest_tle_ms - DISTANCE  # none in whole milliseconds
    assert (found.remark is None) == (
        found.suggested_ms is not None and not (found.fastest_tle_is_bound or too_slow is None)
    )


def test_of_a_solution_that_was_stopped_only_a_lower_bound_is_known() -> None:
    found = of(accepted=10, too_slow=60_000)
    assert (found.fastest_tle_ms, found.fastest_tle_is_bound) == (1000, True)
    assert found.remark == (
        "a higher one may do too: those that are too slow were stopped at their limit, so nobody knows what they need"
    )


def test_of_one_that_ended_by_itself_the_time_is_known() -> None:
    found = of(accepted=10, too_slow=800)
    assert (found.fastest_tle_ms, found.fastest_tle_is_bound, found.remark) == (800, False, None)


def test_where_solutions_are_too_close_nothing_is_suggested() -> None:
    close = of(accepted=400, too_slow=800)
    assert close.suggested_ms is None
    assert close.remark == (
        "no limit is twice the 400 ms of the slowest accepted solution and two thirds of what the fastest that is "
        "too slow needs, 800 ms"
    )
    stopped = of(accepted=400, too_slow=60_000)
    assert stopped.suggested_ms is None
    assert (stopped.remark or "").endswith(
        "needs at least, 1000 ms; those that are too slow were stopped at their limit, so nobody knows what they "
        "need: validate with a higher limit to see"
    )


@pytest.mark.parametrize("cpu_ms", [None])
def test_without_measures_nothing_is_suggested(cpu_ms: Cpu) -> None:
    for reports in ([], [judged(ONE, right(), (AC, cpu_ms))], [judged(ONE, wrong(), (AC, 5.0))]):
        found = timing(ONE, reports)
        assert (found.slowest_accepted_ms, found.suggested_ms, found.current_ms) == (None, None, 1000)
        assert found.remark == "no solution that must be fast enough was measured"


def test_a_solution_that_must_be_fast_enough_and_is_not_leaves_everything_open() -> None:
    found = timing(ONE, [judged(ONE, right(), (AC, 10.0)), judged(ONE, right("late.py"), (TLE, 1001.0))])
    assert (found.slowest_accepted_ms, found.suggested_ms) == (10, None)
    assert "late.py must be fast enough and was stopped" in (found.remark or "")
    assert found.languages[0].suggested_multiplier is None


def test_what_a_solution_needs_is_what_its_slowest_test_needs_at_its_quickest() -> None:
    about = problem("secret/1", "secret/2")
    unlucky = result(about, slow(), (TLE, 1001.0), (AC, 30.0))
    report = again(judged(about, slow(), (AC, 700.0), (AC, 20.0)), unlucky)
    other = judged(about, slow("slower.py"), (AC, 20.0), (TLE, 1000.0))
    found = timing(about, [report, other])
    assert (found.fastest_tle_ms, found.fastest_tle_is_bound) == (700, False)
    assert timing(about, [judged(about, right(), (AC, 5.0), (AC, 50.0)), other]).slowest_accepted_ms == 50


def test_times_of_a_language_are_compared_to_the_problems_limit_by_its_factor() -> None:
    about = problem("secret/1", own={"java": LanguageLimits(time_multiplier=2.0)})
    reports = [
        judged(about, right("Right.java", "java"), (AC, 600.0)),
        judged(about, right("right.cpp", "cpp"), (AC, 100.0)),
        judged(about, slow("Slow.java", "java"), (TLE, 2000.0)),
    ]
    found = timing(about, reports)
    assert (found.slowest_accepted_ms, found.fastest_tle_ms, found.suggested_ms) == (300, 1000, 600)
    cpp, java = found.languages
    assert (cpp.language, cpp.limit_ms, cpp.slowest_accepted_ms, cpp.suggested_multiplier) == ("cpp", 1000, 100, 1.0)
    assert (java.limit_ms, java.multiplier, java.slowest_accepted_ms, java.slowest) == (
        2000,
        2.0,
        600,
        ("Right.java", "secret/1"),
    )
    assert (java.fastest_tle_ms, java.fastest_tle_is_bound) == (2000, True)


def test_a_language_that_needs_more_than_half_of_the_limit_needs_a_factor() -> None:
    found = timing(ONE, [judged(ONE, right(), (AC, 810.0)), judged(ONE, right("right.cpp", "cpp"), (AC, 20.0))])
    assert {each.language: each.suggested_multiplier for each in found.languages} == {"cpp": 1.0, "python": 1.7}


def test_limits_of_their_own_say_nothing_about_the_problems() -> None:
    about = problem("secret/1", made_test("secret/2", cpu_ms=9000), own={"java": LanguageLimits(cpu_ms=4000)})
    reports = [
        judged(about, right(), (AC, 20.0), (AC, 8000.0)),
        judged(about, right("Right.java", "java"), (AC, 3000.0), (AC, 3000.0)),
        judged(about, slow(), (AC, 30.0), (TLE, 9000.0)),
        judged(about, slow("Slow.java", "java"), (TLE, 4000.0), (TLE, 4000.0)),
    ]
    found = timing(about, reports)
    assert (found.slowest_accepted_ms, found.fastest_tle_ms, found.suggested_ms) == (20, None, 1000)
    java, python = found.languages
    assert (java.limit_ms, java.multiplier, java.slowest_accepted_ms, java.suggested_multiplier) == (
        4000,
        None,
        3000,
        None,
    )
    assert (python.slowest_accepted_ms, python.slowest) == (8000, ("right.py", "secret/2"))


def test_a_wrong_answer_is_no_measure_of_a_right_one() -> None:
    assert timing(ONE, [judged(ONE, right(), (WA, 10.0))]).slowest_accepted_ms is None
