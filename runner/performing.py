"""Doing a job, on whatever host and however it came here: events while it goes on, and its one result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from judge import (
    MOST_ATTEMPTS,
    ArtefactError,
    CaseResult,
    CompileResult,
    Custom,
    Data,
    JudgeResult,
    Source,
    TestCase,
    Verdict,
    overall,
    verdict_text,
)
from judge.trial import GivenUpError
from runner.batch import ItemResult
from runner.cancellations import Cancellations
from runner.engine import Engine
from runner.events import Counts, EventKind, JobResult
from runner.execution import Listener, RunResult
from runner.jobs import BatchInput, BatchTask, Job, JobKind, RunTask, SubmissionTask, ValidationTask
from runner.live_output import LiveOutput
from runner.record import (
    case_record,
    compile_record,
    judge_record,
    milliseconds,
    moment_text,
    output_text,
    run_record,
)
from runner.validation import Event, SolutionJudged
from runner.validation_progress import ValidationProgress
from runner.validation_record import solution_record, unvalidated_record, validation_record
from sandboxes import Cancellation, Sandbox, SandboxError

_DONE_ELSEWHERE: Final = frozenset({JobKind.RUN, JobKind.SUBMISSION})  # of others, parts are kept already

Emit = Callable[[str, EventKind, dict[str, Any]], None]
"""Tells of an event of the job or input with that id; called in whatever thread it happens."""

OnPartBegun = Callable[[str, datetime], None]
"""Told of a part of a job (an input of a batch) that begins: its id and the moment."""

OnPart = Callable[[str, dict[str, Any]], None]
"""Told of a part of a job that is done: its id and its record."""

NOT_RUN: Final = "The program could not be run, which is not its fault"
"""What is said of a run that came to nothing because of us."""

EXCERPT_BYTES: Final = 16 * 1024
"""How much of a test's input and expected output a record keeps."""


class Watcher(Protocol):
    """Told of what is done here, in the thread that does it. Must not raise."""

    def done(self, job: Job, result: JobResult) -> None:
        """A job is done, whatever it came to."""
        ...

    def validating(self, event: Event) -> None:
        """Something of a validation is done, of which its result may say less."""
        ...


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a job's sandbox may be tried here (``most``), and was tried elsewhere (``earlier``)."""

    most: int = MOST_ATTEMPTS
    earlier: int = 0

    @classmethod
    def left(cls, kind: JobKind, earlier: int) -> Attempts:
        """Those of a job that is left to others if it fails here: one less than there are, where they may do better."""
        most = max(1, MOST_ATTEMPTS - earlier)
        return cls(most - 1 if most > 1 and kind in _DONE_ELSEWHERE else most, earlier)

    @property
    def last(self) -> bool:
        """Whether there are none after these."""
        return self.earlier + self.most >= MOST_ATTEMPTS


ALL_HERE: Final = Attempts()


@dataclass(frozen=True, slots=True)
class Performer:
    """Does jobs with ``engine``; those that nobody waits for within ``share`` of its sandbox."""

    engine: Engine
    share: Sandbox
    watcher: Watcher | None = None

    def perform(
        self,
        job: Job,
        emit: Emit,
        *,
        on_part_begun: OnPartBegun,
        on_part: OnPart,
        cancellations: Cancellations,
        attempts: Attempts = ALL_HERE,
    ) -> JobResult:
        """Do it, blocking. Never raises: what goes wrong here is a result too."""
        started = datetime.now(UTC)

        def do() -> JobResult:
            match job.task:
                case RunTask():
                    return self._run(job, job.task, emit, cancellation=cancellations.job, attempts=attempts)
                case BatchTask():
                    return self._batch(
                        job,
                        job.task,
                        emit,
                        on_part_begun=on_part_begun,
                        on_part=on_part,
                        cancellations=cancellations,
                        attempts=attempts,
                    )
                case SubmissionTask():
                    return self._judge(job, job.task, emit, cancellation=cancellations.job, attempts=attempts)
                case ValidationTask():
                    return self._validate(job, job.task, emit, cancellations.job)

        try:
            result = do()
        except Exception as error:  # noqa: BLE001 - the edge of a job: whatever we did not foresee is our failure
            fault = f"{type(error).__name__}: {error}"
            result = not_done(job, Verdict.INTERNAL_ERROR, started_at=started, fault=fault)
        if self.watcher is not None:
            self.watcher.done(job, result)
        return result

    def _run(self, job: Job, task: RunTask, emit: Emit, *, cancellation: Cancellation, attempts: Attempts) -> JobResult:
        started = datetime.now(UTC)

        compiled: list[CompileResult] = []

        def on_compile(compilation: CompileResult) -> None:
            if not compiled:  # after a failure of a sandbox it is compiled again, to the same
                emit(job.id, EventKind.COMPILE, _compiled(compilation))
            compiled.append(compilation)

        with LiveOutput(lambda record: emit(job.id, EventKind.OUTPUT, record), task.encoding) as output:
            listener = Listener(output.restart, on_compile, output)
            try:
                result = self.engine.run(
                    task.request, listener=listener, cancellation=cancellation, attempts=attempts.most
                )
            except SandboxError as error:
                verdict = Verdict.CANCELLED if cancellation.requested else Verdict.INTERNAL_ERROR
                here = error.__cause__.attempts if isinstance(error.__cause__, GivenUpError) else 1
                tried = attempts.earlier + here
                return not_done(job, verdict, started_at=started, fault=str(error), attempts=tried)
        record = {
            **run_record(result, encoding=task.encoding),
            "attempts": attempts.earlier + result.attempts,
            "createdAt": moment_text(job.created_at),
        }
        return JobResult(job.id, result.verdict, {job.id: record}, started, result.completed_at)

    def _batch(
        self,
        job: Job,
        task: BatchTask,
        emit: Emit,
        *,
        on_part_begun: OnPartBegun,
        on_part: OnPart,
        cancellations: Cancellations,
        attempts: Attempts,
    ) -> JobResult:
        started = datetime.now(UTC)
        compiled: list[CompileResult] = []

        def on_compile(compilation: CompileResult) -> None:
            compiled.append(compilation)
            for id_ in job.ids:
                emit(id_, EventKind.COMPILE, _compiled(compilation))

        def on_start(item: BatchInput, at: datetime) -> None:
            emit(item.id, EventKind.STATUS, being_done(at))
            on_part_begun(item.id, at)

        records: dict[str, dict[str, Any]] = {}

        def on_item(result: ItemResult) -> None:
            record = records[result.item.id] = _item_record(result, task)
            record["attempts"] += attempts.earlier
            on_part(result.item.id, record)

        results = self.engine.run_batch(
            task,
            created_at=job.created_at,
            on_compile=on_compile,
            on_start=on_start,
            on_item=on_item,
            sandbox=self.share,
            cancellations=cancellations,
            attempts=attempts.most,
        )
        verdict = overall((result.run.verdict for result in results), cancelled=cancellations.job.requested)
        records[job.id] = {"compile": compile_record(compiled[0]) if compiled else None}
        return JobResult(job.id, verdict, records, started, datetime.now(UTC))

    def _judge(
        self, job: Job, task: SubmissionTask, emit: Emit, *, cancellation: Cancellation, attempts: Attempts
    ) -> JobResult:
        started, total, counts = datetime.now(UTC), len(task.problem.cases), Counts()
        cases: dict[int, dict[str, Any]] = {}

        def on_compile(compilation: CompileResult) -> None:
            emit(job.id, EventKind.COMPILE, _compiled(compilation))

        def on_case(result: CaseResult) -> None:
            nonlocal counts
            counts = counts.and_one(result.verdict)
            record = cases[result.index] = _case(result, task)
            emit(job.id, EventKind.CASE, record)
            progress = {"passed": counts.passed, "failed": counts.failed, "error": counts.error}
            emit(job.id, EventKind.PROGRESS, {"done": counts.done, "total": total, **progress})

        result = self.engine.judge(
            task.source,
            task.problem,
            on_compile=on_compile,
            on_case=on_case,
            sandbox=self.share,
            cancellation=cancellation,
            attempts=attempts.most,
        )
        record = judge_record(result, [cases[index] for index in range(total)])
        fault, theirs = result.fault, result.judge_failed
        return JobResult(job.id, result.verdict, {job.id: record}, started, datetime.now(UTC), fault, theirs)

    def _validate(self, job: Job, task: ValidationTask, emit: Emit, cancellation: Cancellation) -> JobResult:
        started = datetime.now(UTC)
        progress = ValidationProgress(task)

        def on_event(event: Event) -> None:
            if self.watcher is not None:
                self.watcher.validating(event)
            if isinstance(event, SolutionJudged):
                emit(job.id, EventKind.SOLUTION, solution_record(event.report, ids=task.ids))
            if progress.and_one(event):
                emit(job.id, EventKind.PROGRESS, progress.record())

        validation = self.engine.validate(
            task.authored,
            repeat=task.repeat,
            solutions=task.chosen,
            sandbox=self.share,
            on_event=on_event,
            cancellation=cancellation,
        )
        record = validation_record(validation, ids=task.ids)
        verdict = Verdict.ACCEPTED if validation.ok else Verdict.WRONG_ANSWER
        if validation.failed:
            verdict = Verdict.INTERNAL_ERROR
        if validation.cancelled:
            verdict = Verdict.CANCELLED
        fault, theirs = validation.fault, validation.judge_failed
        return JobResult(job.id, verdict, {job.id: record}, started, datetime.now(UTC), fault, theirs)


def being_done(at: datetime) -> dict[str, Any]:
    """The record of the event that a job is being done since ``at``."""
    return {"status": "running", "at": moment_text(at)}


def not_done(
    job: Job, verdict: Verdict, *, started_at: datetime | None, fault: str | None = None, attempts: int = 1
) -> JobResult:
    """The result of a job that came to nothing: cancelled, or failed by us."""
    now = datetime.now(UTC)

    def run(source: Source) -> RunResult:
        text = _run_text(verdict)
        return RunResult(source, verdict, text, None, None, job.created_at, started_at, now, attempts)

    records: dict[str, dict[str, Any]]
    match job.task:
        case RunTask(request=request):
            records = {job.id: run_record(run(request.source))}
        case BatchTask(source=source, inputs=inputs):
            records = {item.id: _item_record(ItemResult(item, run(source), None), job.task) for item in inputs}
            records[job.id] = {"compile": None}
        case ValidationTask(authored=authored):
            records = {job.id: unvalidated_record(authored.problem.limits.cpu_ms)}
        case SubmissionTask():
            message = verdict_text(verdict)
            cases = tuple(
                CaseResult(index=index, name=case.name, verdict=Verdict.SKIPPED, sample=case.sample, group=case.group)
                for index, case in enumerate(job.task.problem.cases)
            )
            told = [_case(case, job.task) for case in cases]
            records = {job.id: judge_record(JudgeResult(verdict, message, None, cases, fault), told)}
    return JobResult(job.id, verdict, records, started_at, now, fault)


def _run_text(verdict: Verdict) -> str:
    if verdict is Verdict.CANCELLED:
        return "Process was cancelled"
    return NOT_RUN


def _compiled(compilation: CompileResult) -> dict[str, Any]:
    record = compile_record(compilation)
    assert record is not None  # noqa: S101 - there was a compilation
    return record


def _item_record(result: ItemResult, task: BatchTask) -> dict[str, Any]:
    record = run_record(result.run, encoding=task.encoding)
    if result.item.expected is not None:
        record["passed"] = result.passed
        record["expectedOutput"] = output_text(result.item.expected)
        record["checkMs"] = milliseconds(result.check_ms)
    return record


def _excerpt(data: Data) -> str | None:
    """The beginning of a test's data; ``None``: they are gone, which is why it could not be judged."""
    try:
        return output_text(next(iter(data), b"")[:EXCERPT_BYTES])
    except ArtefactError:
        return None


def _case(result: CaseResult, task: SubmissionTask) -> dict[str, Any]:
    """One test with what its author said of it."""
    case: TestCase = task.problem.cases[result.index]
    return {
        **case_record(result),
        "description": task.descriptions[result.index] if task.descriptions else None,
        "input": _excerpt(case.input),
        "expectedOutput": _excerpt(case.expected),
        "score": None if task.problem.scoring is None else result.fraction,
        "checkedByProgram": task.problem.interactor is not None
        or isinstance(case.checker or task.problem.checker, Custom),
    }
