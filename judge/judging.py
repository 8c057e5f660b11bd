"""Judging a program against tests: side by side as far as there are slots, with results as if one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

from judge.compilation import CompileResult
from judge.custom import JudgeProgram
from judge.errors import JudgeProgramError, SourceError
from judge.problem import Problem
from judge.program import OnCompile, Place, Program
from judge.result import CaseResult, JudgeResult, all_skipped, not_executed
from judge.scoring import Score, score
from judge.source import Source
from judge.trial import GivenUpError, Trial, attempt
from judge.turns import Turns
from judge.validator import Validator
from judge.verdict import Verdict, overall, verdict_text
from languages import Language
from sandboxes import Cancellation

__all__ = ["OnCase", "OnCompile", "judge", "judge_program"]

OnCase = Callable[[CaseResult], None]


Judges = Callable[[Language], Place]
"""Where programs that judge are compiled and run, by their language. May raise :class:`sandboxes.ImageError`."""


def judge(
    source: Source,
    problem: Problem,
    place: Place,
    *,
    judges: Judges | None = None,
    on_compile: OnCompile | None = None,
    on_case: OnCase | None = None,
    cancellation: Cancellation | None = None,
) -> JudgeResult:
    """Compile ``source`` once and run every test; never raises for what a program, or our sandbox, does.

    When we fail, or a program of the problem's does, the result is ``internal_error``, after as many attempts as the
    place allows where that may pass. ``on_compile`` is told what became of the compilation, if there was one and it was
    not cancelled; ``on_case``: see :func:`judge_program`. Raises ``ValueError`` without ``judges`` for a problem that
    needs them.
    """
    about, runs = problem.judge_program, len(problem.cases)
    if about is not None and judges is None:
        raise ValueError("this problem is judged by a program: say where those are run")
    if cancellation and cancellation.requested:  # what takes milliseconds could be over before anybody looks
        return _none_executed(problem, Verdict.CANCELLED, None, on_case=on_case)
    compilation: CompileResult | None = None
    with contextlib.ExitStack() as owned:
        try:
            complete = problem.complete(source)
            prepare = partial(Program.prepare, complete, place, runs=runs, cancellation=cancellation)
            program = owned.enter_context(attempt(prepare, cancellation, most=place.attempts)[0])
            compilation = program.compilation
            if on_compile and compilation and not compilation.cancelled:
                on_compile(compilation)
            validator: Validator | None = None
            if about is not None and judges is not None and program.ready:
                ready = partial(_validator, about, judges, runs=runs, cancellation=cancellation)
                validator = owned.enter_context(attempt(ready, cancellation, most=place.attempts)[0])
        except (GivenUpError, SourceError) as error:
            if cancellation and cancellation.requested:
                return _none_executed(problem, Verdict.CANCELLED, compilation, on_case=on_case)
            theirs = isinstance(error, SourceError) or isinstance(error.__cause__, JudgeProgramError)
            result = _none_executed(problem, Verdict.INTERNAL_ERROR, compilation, on_case=on_case, fault=str(error))
            return replace(result, judge_failed=theirs)
        return judge_program(program, problem, validator=validator, on_case=on_case, cancellation=cancellation)


def _validator(about: JudgeProgram, judges: Judges, *, runs: int, cancellation: Cancellation | None) -> Validator:
    return Validator.prepare(about, judges(about.source.language), runs=runs, cancellation=cancellation)


def judge_program(
    program: Program,
    problem: Problem,
    *,
    validator: Validator | None = None,
    on_case: OnCase | None = None,
    cancellation: Cancellation | None = None,
) -> JudgeResult:
    """Judge a program that was prepared already, by ``validator`` where the problem has a program that judges.

    ``on_case`` is called exactly once for each test with its final result, from the calling thread: as they end, but
    after every earlier test whose failure would have stopped it. Tests that were not executed come last.
    """
    compilation = program.compilation
    if compilation is not None and not compilation.ok:
        verdict = Verdict.CANCELLED if compilation.cancelled else Verdict.COMPILE_ERROR
        return _none_executed(problem, verdict, compilation, on_case=on_case)
    tests = _Tests(Trial(program, problem, Turns(), validator), on_case=on_case, cancellation=cancellation)
    cases = tests.execute()
    verdict = overall((case.verdict for case in cases), cancelled=tests.cancelled)
    decisive = next((case for case in cases if case.verdict is verdict), None)
    message = None
    if verdict is not Verdict.ACCEPTED:
        message = f"Test {decisive.index + 1}: {decisive.message}" if decisive else verdict_text(verdict)
    faulty = [case for case in cases if case.fault]
    return JudgeResult(
        verdict,
        message,
        compilation,
        cases,
        fault=faulty[0].fault if faulty else None,
        score=_score(problem, cases),
        judge_failed=bool(faulty) and all(case.judge_failed for case in faulty),
    )


def _none_executed(
    problem: Problem,
    verdict: Verdict,
    compilation: CompileResult | None,
    *,
    on_case: OnCase | None,
    fault: str | None = None,
) -> JudgeResult:
    cases = all_skipped(problem.cases)
    if on_case:
        for case in cases:
            on_case(case)
    message = verdict_text(verdict)
    if verdict is Verdict.COMPILE_ERROR and compilation and compilation.message:
        message = compilation.message
    return JudgeResult(verdict, message, compilation, cases, fault, _score(problem, cases))


def _score(problem: Problem, cases: Sequence[CaseResult]) -> Score | None:
    if problem.scoring is None:
        return None
    return score(problem.scoring, problem.cases, [case.verdict for case in cases], [case.fraction for case in cases])


class _Tests:
    """The tests of one submission on their way. Use once: :meth:`execute`. One thread decides, the others only run.

    ``cancelled``  the caller's cancellation kept a test from being judged
    """

    def __init__(self, trial: Trial, *, on_case: OnCase | None, cancellation: Cancellation | None) -> None:
        self.cancelled = False
        self._trial = trial
        self._problem = trial.problem
        self._on_case = on_case
        self._cancellation = cancellation
        self._results: dict[int, CaseResult] = {}
        self._running: dict[Future[CaseResult], tuple[int, Cancellation]] = {}
        self._waiting = list(range(len(trial.problem.cases) - 1, -1, -1))  # the next one last
        self._failed: set[int] = set()
        self._reported: set[int] = set()

    def execute(self) -> tuple[CaseResult, ...]:
        """Run the tests that are wanted; the results of all, in their order."""
        width = max(1, min(self._trial.program.place.sandbox.slots, len(self._problem.cases)))
        try:
            with ThreadPoolExecutor(width, thread_name_prefix="case") as pool:
                try:
                    self._start(pool, width)
                    while self._running:
                        wait(self._running, return_when=FIRST_COMPLETED)
                        self._gather()
                        self._start(pool, width)
                finally:
                    self._stop_running(lambda _: True)  # before the pool waits for its threads, whatever happened
        finally:
            for _, token in self._running.values():
                token.close()
        return self._conclude()

    def _void(self, index: int) -> bool:
        """Whether a test is not to be executed, because of what became of earlier ones."""
        return any(self._problem.stops(failed, index) for failed in self._failed)

    def _start(self, pool: ThreadPoolExecutor, width: int) -> None:
        """Start what may start."""
        if self._cancellation and self._cancellation.requested:
            return
        while self._waiting and len(self._running) < width:
            index = self._waiting.pop()
            if self._void(index):
                continue
            token, more = Cancellation(self._cancellation), bool(self._waiting)
            future = pool.submit(self._trial.case, index, more=more, cancellation=token)
            self._running[future] = index, token

    def _gather(self) -> None:
        """Take the results of the tests that have ended."""
        ended = [future for future in self._running if future.done()]
        for future in sorted(ended, key=lambda future: self._running[future][0]):
            index, token = self._running.pop(future)
            token.close()
            result = future.result()
            if not self._void(index):
                self._results[index] = result
                self._consider(result)
        self._report()

    def _consider(self, result: CaseResult) -> None:
        if result.verdict is Verdict.ACCEPTED:
            return
        self._failed.add(result.index)
        if result.verdict is Verdict.INTERNAL_ERROR:
            self._waiting.clear()  # the verdict is settled, and what is broken here breaks the rest too
        for index in [index for index in self._results if self._problem.stops(result.index, index)]:
            del self._results[index]
            self._failed.discard(index)
        self._stop_running(self._void)

    def _stop_running(self, unwanted: Callable[[int], bool]) -> None:
        for index, token in self._running.values():
            if unwanted(index):
                token.cancel()

    def _report(self) -> None:
        """Hand on what is final: what no earlier test that is not done can make void any more."""
        running = [index for index, _ in self._running.values()]  # those that wait come after all that have results
        for index in sorted(self._results.keys() - self._reported):
            if any(self._problem.stops(other, index) and not self._void(other) for other in running):
                continue
            self._reported.add(index)
            if self._on_case:
                self._on_case(self._results[index])

    def _conclude(self) -> tuple[CaseResult, ...]:
        # A submission that ended by itself keeps its result, however shortly before the cancellation that was.
        killed = any(result.verdict is Verdict.CANCELLED for result in self._results.values())
        requested = self._cancellation is not None and self._cancellation.requested
        missing = [index for index in range(len(self._problem.cases)) if index not in self._results]
        self.cancelled = requested and (killed or not all(map(self._void, missing)))
        self._waiting.clear()
        for index in missing:
            self._results[index] = not_executed(index, self._problem.cases[index], Verdict.SKIPPED)
        self._report()
        return tuple(self._results[index] for index in range(len(self._problem.cases)))
