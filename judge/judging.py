"""Judging a program against tests: in parallel, with results as if one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from judge.checkers import Checker, check
from judge.errors import ArtefactError
from judge.limits import ProblemLimits, RunLimits, case_limits
from judge.program import Place, Program
from judge.result import CaseResult, JudgeResult
from judge.source import Source
from judge.testcase import TestCase
from judge.verdict import Verdict, overall, reason, run_verdict, verdict_text
from sandboxes import Cancellation, ImageError, IsolationError, Outcome, SandboxError

EXCERPT_BYTES: Final = 16 * 1024
MOST_ATTEMPTS: Final = 3
# A time this close to its limit could have fallen on the other side of it.
_BORDERLINE: Final = 0.05

CaseListener = Callable[[CaseResult], None]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Problem:
    """What a program is judged against. ``stop_on_first_failure``: tests after the first that fails are skipped."""

    cases: tuple[TestCase, ...]
    checker: Checker
    limits: ProblemLimits
    stop_on_first_failure: bool = False


def judge(
    source: Source,
    problem: Problem,
    place: Place,
    *,
    on_case: CaseListener | None = None,
    cancellation: Cancellation | None = None,
) -> JudgeResult:
    """Compile ``source`` once and run every test; never raises for what a program, or our sandbox, does.

    When we fail, tests end ``internal_error`` after :data:`MOST_ATTEMPTS` attempts. ``on_case`` is told of each
    executed test as it ends, in any order and from several threads, one call at a time.
    """
    try:
        program, _ = _attempt(lambda: Program.prepare(source, place, cancellation=cancellation))
    except _GivenUpError as error:
        failed = _skipped(problem.cases, Verdict.INTERNAL_ERROR, str(error))
        return JudgeResult(Verdict.INTERNAL_ERROR, None, failed)
    with program:
        if not program.ready:
            cancelled = cancellation is not None and cancellation.requested
            verdict = Verdict.CANCELLED if cancelled else Verdict.COMPILE_ERROR
            return JudgeResult(verdict, program.compilation, _skipped(problem.cases, Verdict.SKIPPED, None))
        cases = _Judging(program, problem, on_case, cancellation).results()
        cancelled = cancellation is not None and cancellation.requested
        verdict = overall((case.verdict for case in cases), cancelled=cancelled)
        return JudgeResult(verdict, program.compilation, cases)


def _skipped(cases: Sequence[TestCase], verdict: Verdict, message: str | None) -> tuple[CaseResult, ...]:
    return tuple(CaseResult(index, case.name, verdict, message) for index, case in enumerate(cases))


class _Judging:
    """The tests of one submission on their way. Workers take the next index; a failure cancels those after it."""

    def __init__(
        self, program: Program, problem: Problem, on_case: CaseListener | None, cancellation: Cancellation | None
    ) -> None:
        self._program = program
        self._problem = problem
        self._on_case = on_case
        self._cancellation = cancellation
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._next = 0
        self._first_failure = len(problem.cases)
        self._running: dict[int, Cancellation] = {}
        self._done: dict[int, CaseResult] = {}

    def results(self) -> tuple[CaseResult, ...]:
        workers = min(self._program.place.sandbox.slots, len(self._problem.cases))
        if workers > 0:
            with ThreadPoolExecutor(workers, thread_name_prefix="case") as pool:
                for worker in [pool.submit(self._work) for _ in range(workers)]:
                    worker.result()
        skipped = _skipped(self._problem.cases, Verdict.SKIPPED, None)
        return tuple(self._done.get(result.index, result) for result in skipped)

    def _work(self) -> None:
        while (index := self._take()) is not None:
            case = self._problem.cases[index]
            with Cancellation(self._cancellation) as cancellation:
                with self._lock:
                    self._running[index] = cancellation
                    if index > self._first_failure:
                        cancellation.cancel()
                result = _judge_case(self._program, self._problem, index, case, cancellation)
                with self._lock:
                    del self._running[index]
            self._record(result)

    def _take(self) -> int | None:
        """The next test to run, unless it would come after a failure, or judging was cancelled."""
        with self._lock:
            index = self._next
            if index >= len(self._problem.cases) or index > self._first_failure:
                return None
            if self._cancellation is not None and self._cancellation.requested:
                return None
            self._next += 1
            return index

    def _record(self, result: CaseResult) -> None:
        """Keep a result, unless it belongs to a test that an earlier failure has made a skipped one."""
        with self._lock:
            failed = result.verdict is not Verdict.ACCEPTED
            if failed and self._problem.stop_on_first_failure and result.index < self._first_failure:
                self._first_failure = result.index
                for index in [index for index in self._done if index > result.index]:
                    del self._done[index]
                for index, cancellation in self._running.items():
                    if index > result.index:
                        cancellation.cancel()
            if result.index > self._first_failure:
                return
            if result.verdict is not Verdict.CANCELLED:
                self._done[result.index] = result
        if self._on_case is not None and result.verdict is not Verdict.CANCELLED:
            with self._telling:
                self._on_case(result)


def _judge_case(
    program: Program, problem: Problem, index: int, case: TestCase, cancellation: Cancellation
) -> CaseResult:
    limits = case_limits(problem.limits, program.source.language, case)

    def run() -> CaseResult:
        outcome = program.run(limits, stdin=case.input.read(), args=case.args, cancellation=cancellation)
        return _checked(problem, index, case, outcome)

    try:
        result, attempts = _attempt(run)
        if result.verdict is not Verdict.CANCELLED and _is_borderline(result, limits):
            again, more = _attempt(run)
            result = replace(_better(result, again), borderline=True)
            attempts = max(attempts, more)
        return replace(result, attempts=attempts)
    except _GivenUpError as error:
        return CaseResult(index, case.name, Verdict.INTERNAL_ERROR, str(error), attempts=error.attempts)


class _GivenUpError(Exception):
    """We failed for good, after so many attempts."""

    def __init__(self, cause: Exception, attempts: int) -> None:
        super().__init__(str(cause))
        self.attempts = attempts


def _attempt(action: Callable[[], R]) -> tuple[R, int]:
    """The action's result and the number of attempts it took. Only failures that may pass are tried again."""
    attempts = 0
    while True:
        attempts += 1
        try:
            return action(), attempts
        except (ImageError, IsolationError, ArtefactError) as error:
            raise _GivenUpError(error, attempts) from error
        except SandboxError as error:
            if attempts >= MOST_ATTEMPTS:
                raise _GivenUpError(error, attempts) from error


def _is_borderline(result: CaseResult, limits: RunLimits) -> bool:
    used_ms, limit_ms = result.cpu_ms, limits.limits.cpu_ms
    return used_ms is not None and abs(used_ms - limit_ms) <= _BORDERLINE * limit_ms


def _better(first: CaseResult, second: CaseResult) -> CaseResult:
    """The run whose time counts: one inside the limit before one beyond it, then the quicker one."""
    if second.verdict is Verdict.CANCELLED:
        return first
    return min(
        (first, second),
        key=lambda result: (result.verdict is Verdict.TIME_LIMIT_EXCEEDED, result.cpu_ms or 0),
    )


def _checked(problem: Problem, index: int, case: TestCase, outcome: Outcome) -> CaseResult:
    verdict, message = run_verdict(outcome), reason(outcome)
    if verdict is Verdict.ACCEPTED:
        checker = problem.checker if case.checker is None else case.checker
        answer = check(checker, case.expected, (outcome.stdout,))
        if not answer.accepted:
            verdict, message = Verdict.WRONG_ANSWER, answer.message or verdict_text(Verdict.WRONG_ANSWER)
    return CaseResult(
        index=index,
        name=case.name,
        verdict=verdict,
        message=message,
        wall_ms=outcome.usage.wall_ms,
        cpu_ms=outcome.usage.cpu_ms,
        memory_bytes=outcome.usage.memory_bytes,
        exit_code=outcome.exit_code,
        signal=outcome.signal_name,
        limit=outcome.limit,
        evidence=outcome.evidence,
        stdout=outcome.stdout[:EXCERPT_BYTES],
        stderr=outcome.stderr[:EXCERPT_BYTES],
        output_truncated=outcome.stdout_truncated or outcome.stderr_truncated,
        isolation=outcome.isolation,
    )
