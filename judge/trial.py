"""One test: run the program, once more where the clock was close, and check what it wrote."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Final, TypeVar

from judge.checkers import check
from judge.errors import ArtefactError
from judge.limits import RunLimits, case_limits
from judge.problem import Problem
from judge.program import Program
from judge.result import CaseResult, executed, not_executed
from judge.testcase import TestCase
from judge.turns import Turns
from judge.verdict import Verdict, run_verdict
from sandboxes import Cancellation, ImageError, IsolationError, Limits, Outcome, SandboxError

MOST_ATTEMPTS: Final = 3
"""How often anything is tried when the sandbox fails (never when the program does)."""

FIRST_PAUSE_S: Final = 1.0
"""How long what failed is left alone before it is tried again for the first time."""

_CLOSE: Final = 0.05

Value = TypeVar("Value")


class GivenUpError(Exception):
    """We failed for good, after so many ``attempts``; the text says how."""

    def __init__(self, cause: Exception, attempts: int) -> None:
        super().__init__(str(cause))
        self.attempts = attempts


def attempt(action: Callable[[], Value], cancellation: Cancellation | None = None) -> tuple[Value, int]:
    """The action's value and the number of attempts it took.

    Only failures that may pass are tried again, after a pause that doubles each time, and nothing after a cancellation.
    Raises :class:`GivenUpError`.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            return action(), attempts
        except (ImageError, IsolationError, ArtefactError) as error:
            raise GivenUpError(error, attempts) from error  # what is missing on this host stays missing
        except SandboxError as error:
            if attempts >= MOST_ATTEMPTS or _cancelled_within(FIRST_PAUSE_S * 2 ** (attempts - 1), cancellation):
                raise GivenUpError(error, attempts) from error


def _cancelled_within(pause_s: float, cancellation: Cancellation | None) -> bool:
    """Wait so long, or until somebody cancels; whether somebody has."""
    if cancellation is None:
        time.sleep(pause_s)
        return False
    select.select([cancellation.fd], [], [], pause_s)
    return cancellation.requested


def try_case(
    program: Program, problem: Problem, index: int, *, turns: Turns, more: bool, cancellation: Cancellation
) -> CaseResult:
    """Judge one test among those of ``turns``; ``more``: others will follow.

    A failure of ours is a result too: ``internal_error``.
    """
    case = problem.cases[index]
    allowed = case_limits(problem.limits, program.source.language, case)
    if cancellation.requested:
        return not_executed(index, case, Verdict.CANCELLED)
    try:
        stdin = case.input.read()

        def run(another: bool) -> Outcome:  # noqa: FBT001 - said by the only caller
            return program.run(allowed, stdin=stdin, args=case.args, more=another, cancellation=cancellation)

        (outcome, runs), attempts = attempt(lambda: _run(run, turns, more=more, allowed=allowed), cancellation)
        refusal = None
        if run_verdict(outcome) is Verdict.ACCEPTED:
            answer = check(case.checker or problem.checker, case.expected, outcome.stdout)
            refusal = None if answer.accepted else answer.message
    except GivenUpError as error:
        return _given_up(index, case, error, cancellation)
    except ArtefactError as error:
        return not_executed(index, case, Verdict.INTERNAL_ERROR, fault=str(error))
    return executed(index, case, outcome, limits=allowed.limits, refusal=refusal, attempts=attempts, runs=runs)


def _given_up(index: int, case: TestCase, error: GivenUpError, cancellation: Cancellation) -> CaseResult:
    """A sandbox that fails while it is being cancelled is none of anybody's faults."""
    if cancellation.requested:
        return not_executed(index, case, Verdict.CANCELLED, attempts=error.attempts)
    return not_executed(index, case, Verdict.INTERNAL_ERROR, attempts=error.attempts, fault=str(error))


def _run(run: Callable[[bool], Outcome], turns: Turns, *, more: bool, allowed: RunLimits) -> tuple[Outcome, int]:
    """The outcome that counts, and how many runs it took. ``run`` is told whether another one like it follows."""
    with turns.beside():
        first = run(more)
    if not close_to_limit(first, allowed.limits):
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


def better(first: Outcome, second: Outcome) -> Outcome:
    """Of two runs of the same test the one whose time counts: one inside the time limit, then the quicker one.

    A second run that ended in another way than the first and not better in time (it failed, it was cancelled) says
    nothing: the first one counts.
    """
    verdicts = run_verdict(first), run_verdict(second)
    if verdicts[0] is verdicts[1]:
        return min(first, second, key=_cpu_ms)
    if verdicts[0] is Verdict.TIME_LIMIT_EXCEEDED and verdicts[1] is not Verdict.CANCELLED:
        return second
    return first


def _cpu_ms(outcome: Outcome) -> float:
    return outcome.usage.wall_ms if outcome.usage.cpu_ms is None else outcome.usage.cpu_ms
