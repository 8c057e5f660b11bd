"""From rows and records to what a caller may see of them. The content of hidden tests goes to admins alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.enums import JobStatus, SubmissionStatus
from api.execution.models import Run, Submission
from api.execution.schemas import (
    CompileResultView,
    ExecutionResult,
    GroupResult,
    SubmissionDetail,
    TestCaseResult,
    UnfinishedJob,
)
from judge import Verdict, verdict_text
from runner.events import Counts, EventKind, JobEvent

Record = dict[str, Any]

# What a record of a test holds for operators alone.
_INTERNAL: Final = frozenset(
    {
        "name",
        "attempts",
        "runs",
        "isolation",
        "fault",
        "stdoutBytes",
        "stderrBytes",
        "teamMessage",
        "checkedByProgram",
        "checkMs",
    }
)
_HIDDEN: Final = (
    "description",
    "evidence",
    "input",
    "expectedOutput",
    "actualOutput",
    "stdout",
    "stderr",
    "checkerMessage",
    "exitCode",
    "signal",
)
_SHOWN_MS: Final = 10


def result_view(run: Run) -> ExecutionResult:
    """A finished run. Its result must still be there."""
    assert run.result is not None  # noqa: S101 - whoever asks has looked
    shown = {name: value for name, value in run.result.items() if name != "checkMs"}
    return ExecutionResult.model_validate({"jobId": run.id, **shown, "startedAt": run.started_at})


def unfinished_view(run: Run, position: int | None) -> UnfinishedJob:
    """A run that has no result yet."""
    waits = run.status == JobStatus.QUEUED.value
    return UnfinishedJob(
        job_id=run.id,
        status=JobStatus.QUEUED if waits else JobStatus.RUNNING,
        queued_at=run.queued_at,
        started_at=run.started_at,
        queue_position=position if waits else None,
    )


def compile_view(record: Record | None) -> CompileResultView | None:
    """A compilation, which tells of nobody's tests."""
    return None if record is None else CompileResultView.model_validate(record)


def case_view(record: Record, *, everything: bool) -> TestCaseResult:
    """One test. ``everything``: hidden ones too, for who may author problems."""
    shown = {name: value for name, value in record.items() if name not in _INTERNAL}
    shown["actualOutput"] = shown["stdout"] if record["passed"] is not None else None
    if record["passed"] is None:
        shown |= {"stdout": None, "stderr": None}
    shown["checkerMessage"] = _checker_message(record, everything=everything)
    if record["isHidden"] and not everything:
        shown |= dict.fromkeys(_HIDDEN)
        shown["errorMessage"] = _fixed_text(record)
        shown["durationMs"] = _rounded(record["durationMs"], _SHOWN_MS)
        shown["cpuTimeMs"] = _rounded(record["cpuTimeMs"], _SHOWN_MS)
        shown["memoryUsageMb"] = _rounded(record["memoryUsageMb"], 1)
    return TestCaseResult.model_validate(shown)


def _checker_message(record: Record, *, everything: bool) -> str | None:
    """What the checker says of a test that may be seen: what its program has to say to authors is for these alone."""
    to_authors: str | None = record["checkerMessage"]
    to_team: str | None = record["teamMessage"]
    if everything:
        return "\n".join(filter(None, (to_authors, to_team))) or None
    return to_team if record["checkedByProgram"] else to_authors


def _fixed_text(record: Record) -> str | None:
    verdict = Verdict(record["verdict"])
    return None if verdict is Verdict.ACCEPTED else verdict_text(verdict)


def _rounded(value: float | None, unit: int) -> int | None:
    return None if value is None else round(value / unit) * unit


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a submission that is being judged."""

    compile: Record | None
    cases: tuple[Record, ...]
    counts: Counts

    @classmethod
    def of(cls, events: Sequence[JobEvent]) -> Progress:
        """From its events up to now."""
        compilation, cases, counts = None, [], Counts()
        for event in events:
            if event.kind is EventKind.COMPILE:
                compilation = event.data
            elif event.kind is EventKind.CASE:
                cases.append(event.data)
                counts = counts.and_one(Verdict(event.data["verdict"]))
        return cls(compilation, tuple(sorted(cases, key=lambda case: int(case["testCaseIndex"]))), counts)


def submission_view(submission: Submission, progress: Progress, *, everything: bool) -> SubmissionDetail:
    """A submission, finished or not. ``progress``: what is known of one that is not."""
    terminal = SubmissionStatus(submission.status).terminal
    compilation, cases = progress.compile, progress.cases
    passed, failed, error = progress.counts.passed, progress.counts.failed, progress.counts.error
    if terminal:
        compilation, cases = submission.compile, tuple(submission.cases or ())
        passed, failed, error = submission.passed, submission.failed, submission.errors
    vague = not everything and any(case["isHidden"] for case in cases)  # else they would tell of a hidden test exactly
    return SubmissionDetail(
        submission_id=submission.id,
        status=SubmissionStatus(submission.status),
        verdict=Verdict(submission.verdict) if submission.verdict else None,
        total_test_cases=submission.total,
        passed_test_cases=passed,
        failed_test_cases=failed,
        error_test_cases=error,
        skipped_test_cases=submission.skipped,
        total_duration_ms=_rounded(submission.duration_ms, _SHOWN_MS) if vague else submission.duration_ms,
        max_cpu_time_ms=_rounded(submission.max_cpu_ms, _SHOWN_MS) if vague else submission.max_cpu_ms,
        max_memory_usage_mb=_rounded(submission.max_memory_mib, 1) if vague else submission.max_memory_mib,
        score=submission.score,
        max_score=submission.max_score,
        groups=[GroupResult.model_validate(group) for group in submission.groups or ()],
        compile=compile_view(compilation),
        room_id=submission.room_id,
        problem_id=submission.problem_id,
        user_id=submission.user_id,
        language=submission.language,  # type: ignore[arg-type] # text of a member, which pydantic reads
        language_version=submission.language_version,
        static_analysis_job_id=None,
        code=submission.code.decode(),
        submitted_at=submission.submitted_at,
        completed_at=submission.completed_at,
        test_cases=[case_view(case, everything=everything) for case in cases],
    )
