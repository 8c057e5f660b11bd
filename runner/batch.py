"""One program on several inputs: compiled once, run side by side, results as if one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from judge import CompileResult, OnCompile, Place, Program, Verdict, check, reason, run_verdict, verdict_text
from judge.trial import GivenUpError, attempt
from runner.cancellations import Cancellations
from runner.execution import RunResult, limits_of
from runner.jobs import BatchInput, BatchTask
from sandboxes import Cancellation, Outcome


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One input's run. ``passed`` ``None``: nothing was expected of it, or it was not executed.

    ``check_ms``: how long it took to check its output; ``None``: it was not
    """

    item: BatchInput
    run: RunResult
    passed: bool | None
    check_ms: float | None = None


OnItem = Callable[[ItemResult], None]
OnStart = Callable[[BatchInput, datetime], None]


def run_batch(
    task: BatchTask,
    place: Place,
    *,
    created_at: datetime,
    on_compile: OnCompile,
    on_start: OnStart,
    on_item: OnItem,
    cancellations: Cancellations,
) -> tuple[ItemResult, ...]:
    """Compile and run; the results of all inputs in their order, each told to ``on_item`` before that.

    Never raises for what a program, or our sandbox, does. Several threads may call ``on_start`` and ``on_item``.
    """
    batch = _Batch(task, place, created_at, on_start, on_item, cancellations)
    cancellation = cancellations.job
    try:
        width = max(1, min(place.sandbox.slots, len(task.inputs)))
        program, attempts = attempt(
            lambda: Program.prepare(task.source, place, runs=width, cancellation=cancellation),
            cancellation,
            most=place.attempts,
        )
    except GivenUpError as error:
        return batch.all_alike(_given_up(cancellation), None, error.attempts)
    with program:
        compilation = program.compilation
        if compilation is not None and not compilation.cancelled:
            on_compile(compilation)
        if compilation is not None and not compilation.ok:
            verdict = Verdict.CANCELLED if compilation.cancelled else Verdict.COMPILE_ERROR
            return batch.all_alike(verdict, compilation, attempts)
        if task.stop_on_first_failure:
            return batch.one_by_one(program)
        with ThreadPoolExecutor(width, thread_name_prefix="input") as pool:
            return tuple(pool.map(lambda item: batch.run(program, item), task.inputs))


def _given_up(cancellation: Cancellation) -> Verdict:
    """A sandbox that fails while it is being cancelled is none of anybody's faults."""
    return Verdict.CANCELLED if cancellation.requested else Verdict.INTERNAL_ERROR


@dataclass(frozen=True, slots=True)
class _Batch:
    task: BatchTask
    place: Place
    created_at: datetime
    on_start: OnStart
    on_item: OnItem
    cancellations: Cancellations

    def all_alike(self, verdict: Verdict, compilation: CompileResult | None, attempts: int) -> tuple[ItemResult, ...]:
        """None was run."""
        return tuple(self._not_run(item, verdict, compilation, attempts) for item in self.task.inputs)

    def one_by_one(self, program: Program) -> tuple[ItemResult, ...]:
        """Run until the first that is not accepted; skip the rest."""
        results: list[ItemResult] = []
        for item in self.task.inputs:
            if results and results[-1].run.verdict is not Verdict.ACCEPTED:
                skipped = Verdict.CANCELLED if self.cancellations.job.requested else Verdict.SKIPPED
                results.append(self._not_run(item, skipped, program.compilation, 0))
            else:
                results.append(self.run(program, item))
        return tuple(results)

    def run(self, program: Program, item: BatchInput) -> ItemResult:
        """Run one input."""
        with self.cancellations.part(item.id) as cancellation:
            if cancellation.requested:
                return self._not_run(item, Verdict.CANCELLED, program.compilation, 0)
            started, limits = datetime.now(UTC), limits_of(self.task.request(item))
            self.on_start(item, started)
            try:
                outcome, attempts = attempt(
                    lambda: program.run(limits, stdin=item.stdin, args=item.args, cancellation=cancellation),
                    cancellation,
                    most=self.place.attempts,
                )
            except GivenUpError as error:
                return self._not_run(item, _given_up(cancellation), program.compilation, error.attempts)
        verdict, message, passed, check_ms = self._judge(item, outcome)
        completed = datetime.now(UTC)
        compilation, source = program.compilation, self.task.source
        run = RunResult(source, verdict, message, compilation, outcome, self.created_at, started, completed, attempts)
        return self._tell(ItemResult(item, run, passed, check_ms))

    def _judge(self, item: BatchInput, outcome: Outcome) -> tuple[Verdict, str | None, bool | None, float | None]:
        verdict, message, check_ms = run_verdict(outcome), reason(outcome), None
        if item.expected is None:
            return verdict, message, None, None
        if verdict is Verdict.ACCEPTED:
            began = time.monotonic()
            checked = check(self.task.checker, item.expected, outcome.stdout)
            check_ms = (time.monotonic() - began) * 1000
            if not checked.accepted:
                verdict = Verdict.WRONG_ANSWER
                message = verdict_text(verdict)
        return verdict, message, verdict is Verdict.ACCEPTED, check_ms

    def _not_run(
        self, item: BatchInput, verdict: Verdict, compilation: CompileResult | None, attempts: int
    ) -> ItemResult:
        message = compilation.message if compilation and verdict is Verdict.COMPILE_ERROR else verdict_text(verdict)
        now = datetime.now(UTC)
        begun = now if attempts else None
        run = RunResult(
            self.task.source, verdict, message, compilation, None, self.created_at, begun, now, max(1, attempts)
        )
        expected = item.expected is not None and verdict is not Verdict.SKIPPED
        return self._tell(ItemResult(item, run, False if expected else None))

    def _tell(self, result: ItemResult) -> ItemResult:
        self.on_item(result)
        return result
