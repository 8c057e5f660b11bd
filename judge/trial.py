"""One test: run the program, once more where the clock was close, and check what it wrote."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from judge.checkers import CheckResult, check
from judge.custom import Custom
from judge.errors import ArtefactError, JudgeProgramError
from judge.interaction import converse, settle
from judge.limits import RunLimits, case_limits
from judge.problem import Problem
from judge.program import MOST_ATTEMPTS, Program
from judge.result import CaseResult, Judgement, executed, not_executed
from judge.testcase import TestCase
from judge.turns import Turns
from judge.validator import Validator
from judge.verdict import Verdict, run_verdict
from sandboxes import Cancellation, ImageError, IsolationError, Limits, Outcome, SandboxError

FIRST_PAUSE_S: Final = 1.0
"""How long what failed is left alone before it is tried again for the first time."""

_CLOSE: Final = 0.05

Value = TypeVar("Value")


class GivenUpError(Exception):
    """We failed for good, after so many ``attempts``; the text says how."""

    def __init__(self, cause: Exception, attempts: int) -> None:
        super().__init__(str(cause))
        self.attempts = attempts


def attempt(
    action: Callable[[], Value], cancellation: Cancellation | None = None, *, most: int = MOST_ATTEMPTS
) -> tuple[Value, int]:
    """The action's value and the number of attempts it took, ``most`` at most.

    Only failures that may pass are tried again, after a pause that doubles each time, and nothing after a cancellation.
    Raises :class:`GivenUpError`.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            return action(), attempts
        except (ImageError, IsolationError, ArtefactError, JudgeProgramError) as error:
            raise GivenUpError(error, attempts) from error  # what is missing or wrong stays so
        except SandboxError as error:
            if attempts >= most or _cancelled_within(FIRST_PAUSE_S * 2 ** (attempts - 1), cancellation):
                raise GivenUpError(error, attempts) from error


def _cancelled_within(pause_s: float, cancellation: Cancellation | None) -> bool:
    """Wait so long, or until somebody cancels; whether somebody has."""
    if cancellation is None:
        time.sleep(pause_s)
        return False
    select.select([cancellation.fd], [], [], pause_s)
    return cancellation.requested


@dataclass(frozen=True, slots=True)
class Tried:
    """A run with its verdict; ``answer``: what an interactor has said of it already, where one decided."""

    outcome: Outcome
    verdict: Verdict
    answer: CheckResult | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """The tests of one submission: its program, made ready, and the problem.

    ``validator``: the program that judges, made ready, where the problem has one
    """

    program: Program
    problem: Problem
    turns: Turns
    validator: Validator | None = None

    def case(self, index: int, *, more: bool, cancellation: Cancellation) -> CaseResult:
        """Judge one test; ``more``: others will follow. A failure of ours is a result too: ``internal_error``."""
        case = self.problem.cases[index]
        allowed = case_limits(self.problem.limits, self.program.source.language, case)
        if cancellation.requested:
            return not_executed(index, case, Verdict.CANCELLED)
        try:
            run = partial(self._once, case, allowed, cancellation=cancellation)
            action = partial(_run, run, self.turns, more=more, allowed=allowed)
            most = self.program.place.attempts
            (tried, runs), attempts = attempt(action, cancellation, most=most)
            verdict, answer, check_ms = tried.verdict, tried.answer, None
            if verdict is Verdict.ACCEPTED and answer is None:
                began = time.monotonic()
                checking = partial(self._check, case, tried.outcome, cancellation)
                checked, _ = attempt(checking, cancellation, most=most)
                check_ms = (time.monotonic() - began) * 1000
                verdict, answer = (Verdict.ACCEPTED if checked.accepted else Verdict.WRONG_ANSWER), checked
            judgement = Judgement(verdict, answer, self._fraction(index, verdict, answer), check_ms)
        except GivenUpError as error:
            return _given_up(index, case, error, cancellation)
        except ArtefactError as error:
            return not_executed(index, case, Verdict.INTERNAL_ERROR, fault=str(error))
        return executed(
            index,
            case,
            tried.outcome,
            judgement=judgement,
            limits=allowed.limits,
            attempts=attempts,
            runs=runs,
        )

    def _once(self, case: TestCase, allowed: RunLimits, more: bool, *, cancellation: Cancellation) -> Tried:  # noqa: FBT001 - said by the only caller
        if self.problem.interactor is None:
            outcome = self.program.run(
                allowed, stdin=case.input.read(), args=case.args, more=more, cancellation=cancellation
            )
            return Tried(outcome, run_verdict(outcome))
        interactor = self._validator
        both = converse(self.program, interactor, case, allowed=allowed, more=more, cancellation=cancellation)
        return Tried(both.program, *settle(both, interactor))

    def _check(self, case: TestCase, outcome: Outcome, cancellation: Cancellation) -> CheckResult:
        checker = case.checker or self.problem.checker
        if not isinstance(checker, Custom):
            return check(checker, case.expected, outcome.stdout)
        args = (*checker.args, *case.checker_args)
        return self._validator.check(case, outcome.stdout, args, cancellation=cancellation)

    @property
    def _validator(self) -> Validator:
        if self.validator is None:
            raise ValueError("this problem is judged by a program, which was not made ready")
        return self.validator

    def _fraction(self, index: int, verdict: Verdict, answer: CheckResult | None) -> float:
        """What part of its points the test has earned."""
        if verdict is not Verdict.ACCEPTED:
            return 0.0
        if answer is None or self.problem.scoring is None:
            return 1.0
        if answer.multiplier is not None:
            return answer.multiplier
        if answer.points is None:
            return 1.0
        worth = self.problem.scoring.worth(self.problem.cases, index)
        return min(answer.points / worth, 1.0) if worth else 0.0


def _given_up(index: int, case: TestCase, error: GivenUpError, cancellation: Cancellation) -> CaseResult:
    """A sandbox that fails while it is being cancelled is none of anybody's faults."""
    if cancellation.requested:
        return not_executed(index, case, Verdict.CANCELLED, attempts=error.attempts)
    return not_executed(
        index,
        case,
        Verdict.INTERNAL_ERROR,
        attempts=error.attempts,
        fault=str(error),
        judge_failed=isinstance(error.__cause__, JudgeProgramError),
    )


def _run(run: Callable[[bool], Tried], turns: Turns, *, more: bool, allowed: RunLimits) -> tuple[Tried, int]:
    """The run that counts, and how many it took. ``run`` is told whether another one like it follows."""
    with turns.beside():
        first = run(more)
    if not close_to_limit(first.outcome, allowed.limits):
        return first, 1
    with turns.alone():
        second = run(more)
    return better(first, second), 2


def close_to_limit(outcome: Outcome, limits: Limits) -> bool:
    """Whether the CPU time is within 5 % of its limit, so that another run might end on the other side of it.

    A program that was killed at its limit is always that close: how much more it would have needed nobody knows.
    """
    if run_verdict(outcome) is Verdict.CANCELLED or outcome.usage.cpu_ms is None:
        return False
    return abs(outcome.usage.cpu_ms - limits.cpu_ms) <= _CLOSE * limits.cpu_ms


def better(first: Tried, second: Tried) -> Tried:
    """Of two runs of the same test the one whose time counts: one inside the time limit, then the quicker one.

    A second run that ended in another way than the first and not better in time (it failed, it was cancelled) says
    nothing: the first one counts.
    """
    if first.verdict is second.verdict:
        return min(first, second, key=lambda tried: _cpu_ms(tried.outcome))
    if first.verdict is Verdict.TIME_LIMIT_EXCEEDED and second.verdict is not Verdict.CANCELLED:
        return second
    return first


def _cpu_ms(outcome: Outcome) -> float:
    return outcome.usage.wall_ms if outcome.usage.cpu_ms is None else outcome.usage.cpu_ms
