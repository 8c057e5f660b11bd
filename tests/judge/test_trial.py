"""Which of two runs counts, when a second one is made, and how often we try when we fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

import judge.trial
from judge import MOST_ATTEMPTS, ArtefactError, Verdict, run_verdict
from judge.trial import GivenUpError, Tried, attempt, better, close_to_limit
from sandboxes import Cancellation, Ending, ImageError, IsolationError, Limits, Outcome, SetupError

Make = Callable[..., Outcome]
LIMITS = Limits(cpu_ms=1000)


class TestCloseToLimit:
    @pytest.mark.parametrize(
        ("cpu_ms", "close"),
        [(949.9, False), (950.0, True), (1000.0, True), (1050.0, True), (1050.1, False), (None, False)],
    )
    def test_five_percent_on_either_side(self, make_outcome: Make, cpu_ms: float | None, *, close: bool) -> None:
        assert close_to_limit(make_outcome(cpu_ms=cpu_ms), LIMITS) is close

    def test_a_cancelled_run_is_not_repeated(self, make_outcome: Make) -> None:
        assert not close_to_limit(make_outcome(cpu_ms=1000.0, ending=Ending.CANCELLED), LIMITS)


class TestBetter:
    @pytest.mark.parametrize(
        ("first", "second", "counts"),
        [
            ((Ending.CPU_LIMIT, 1001.0), (Ending.EXITED, 990.0), 2),
            ((Ending.CPU_LIMIT, 1001.0), (Ending.SIGNALLED, 990.0), 2),
            ((Ending.EXITED, 990.0), (Ending.CPU_LIMIT, 1001.0), 1),
            ((Ending.EXITED, 990.0), (Ending.EXITED, 970.0), 2),
            ((Ending.EXITED, 970.0), (Ending.EXITED, 990.0), 1),
            ((Ending.CPU_LIMIT, 1004.0), (Ending.CPU_LIMIT, 1001.0), 2),
            ((Ending.EXITED, 990.0), (Ending.SIGNALLED, 10.0), 1),
            ((Ending.CPU_LIMIT, 1001.0), (Ending.CANCELLED, 10.0), 1),
            ((Ending.EXITED, 990.0), (Ending.CANCELLED, 10.0), 1),
        ],
    )
    def test_inside_the_limit_then_the_quicker_one(
        self, make_outcome: Make, first: tuple[Ending, float], second: tuple[Ending, float], counts: int
    ) -> None:
        outcomes = [make_outcome(ending=ending, cpu_ms=cpu_ms) for ending, cpu_ms in (first, second)]
        runs = [Tried(outcome, run_verdict(outcome)) for outcome in outcomes]
        assert better(*runs) is runs[counts - 1]

    def test_where_cpu_time_cannot_be_measured_the_wall_clock_decides(self, make_outcome: Make) -> None:
        runs = [Tried(make_outcome(cpu_ms=None, wall_ms=wall_ms), Verdict.ACCEPTED) for wall_ms in (2.0, 1.0)]
        assert better(*runs) is runs[1]


class Failing:
    """Fails so many times, then gives 42."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error = error
        self.times = times
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return 42


class TestAttempt:
    @pytest.mark.parametrize("failures", range(MOST_ATTEMPTS))
    def test_a_failure_that_passes_is_forgotten(self, failures: int) -> None:
        assert attempt(Failing(SetupError("no jail"), failures)) == (42, failures + 1)

    def test_it_is_left_alone_for_longer_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(judge.trial, "FIRST_PAUSE_S", 1.0)
        monkeypatch.setattr(time, "sleep", pauses.append)
        attempt(Failing(SetupError("no jail"), MOST_ATTEMPTS - 1))
        assert pauses == [1.0, 2.0]

    def test_who_cancels_does_not_wait_for_the_end_of_a_pause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(judge.trial, "FIRST_PAUSE_S", 3600.0)
        failing = Failing(SetupError("no jail"), MOST_ATTEMPTS)
        with Cancellation() as cancellation:
            threading.Timer(0.05, cancellation.cancel).start()
            with pytest.raises(GivenUpError):
                attempt(failing, cancellation)
        assert failing.calls == 1

    def test_one_that_does_not_is_ours(self) -> None:
        with pytest.raises(GivenUpError, match="no jail") as caught:
            attempt(Failing(SetupError("no jail"), MOST_ATTEMPTS))
        assert caught.value.attempts == MOST_ATTEMPTS

    @pytest.mark.parametrize("error", [IsolationError("x"), ImageError("x"), ArtefactError("x")])
    def test_what_is_missing_stays_missing(self, error: Exception) -> None:
        action = Failing(error, 1)
        with pytest.raises(GivenUpError):
            attempt(action)
        assert action.calls == 1

    def test_nothing_is_tried_again_after_a_cancellation(self) -> None:
        action = Failing(SetupError("x"), 1)
        with Cancellation() as cancellation:
            cancellation.cancel()
            with pytest.raises(GivenUpError):
                attempt(action, cancellation)
        assert action.calls == 1

    def test_an_error_of_no_known_kind_is_not_swallowed(self) -> None:
        with pytest.raises(KeyError):
            attempt(Failing(KeyError("bug"), 1))
