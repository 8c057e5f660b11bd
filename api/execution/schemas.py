"""Shapes of runs, submissions and batches (API.md 11)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from api.enums import JobStatus, SubmissionStatus, SupportedLanguage
from api.execution.programs import Argument, Input, OutputEncoding, OutputEncodingIn, ProgramBody
from api.problems.checkers import Checker
from api.problems.judging import CUSTOM
from api.schemas import Body, Id, Moment, View, absent
from judge import Verdict
from runner.execution import CPU_MS, DEFAULT_MEMORY_MIB, DEFAULT_WALL_MS, MEMORY_MIB, WALL_MS
from sandboxes import LimitKind

WallMs = Annotated[int, Field(ge=WALL_MS[0], le=WALL_MS[-1])]
CpuMs = Annotated[int, Field(ge=CPU_MS[0], le=CPU_MS[-1])]
MemoryMib = Annotated[int, Field(ge=MEMORY_MIB[0], le=MEMORY_MIB[-1])]
Arguments = Annotated[list[Argument], Field(max_length=32)]


class LimitedProgram(ProgramBody):
    """A program with limits that its submitter sets."""

    timeout_ms: WallMs = Field(DEFAULT_WALL_MS, description="Wall-clock limit")
    memory_mb: MemoryMib = Field(DEFAULT_MEMORY_MIB, description="Memory limit, MiB")
    cpu_time_ms: CpuMs = Field(
        default_factory=absent, description="CPU limit; by default 10 000 or `timeoutMs`, if that is less"
    )
    output_encoding: OutputEncodingIn = OutputEncoding.UTF8


class RunBody(LimitedProgram):
    """⟨RunRequest⟩."""

    stdin: Input = ""
    args: Arguments = Field(default_factory=list)


class SubmitBody(ProgramBody):
    """A program to be judged."""


class BatchInputBody(Body):
    """One input of a batch."""

    stdin: Input = ""
    args: Arguments = Field(default_factory=list)
    expected_output: Input = Field(default_factory=absent, description="Turns the input into a judged one")


class BatchBody(LimitedProgram):
    """A program with several inputs."""

    inputs: Annotated[list[BatchInputBody], Field(min_length=1, max_length=50)]
    checker: Checker = Field(default_factory=absent, description="Not `custom`; by default `trimmed`")
    stop_on_first_failure: bool = False

    @field_validator("checker")
    @classmethod
    def _is_built_in(cls, checker: Checker) -> Checker:
        if checker.type.value == CUSTOM:
            raise ValueError("must not be custom")
        return checker


class RunAccepted(View):
    """A run that will be carried out."""

    job_id: str
    static_analysis_job_id: Id | None
    status: Literal[JobStatus.QUEUED]
    queued_at: Moment


class SubmissionAccepted(View):
    """A submission that will be judged."""

    submission_id: Id
    static_analysis_job_id: Id | None
    status: Literal[SubmissionStatus.PENDING]
    total_test_cases: int


class BatchAccepted(View):
    """A batch that will be carried out."""

    batch_id: Id
    job_ids: list[str]


class EvidenceView(View):
    """How a limit is known to have decided."""

    limit: LimitKind
    limit_value: int
    measured: int | None
    unit: str
    fact: str


class IsolationView(View):
    """Which isolation a program had."""

    backend: str
    cgroup: str | None
    memory_accounting: str | None
    seccomp: bool
    namespaces: list[str]
    separate_uid: bool
    network: bool
    warm: bool
    missing: list[str]


class DiagnosticView(View):
    """Something a compiler said, as data."""

    file: str | None
    line: int | None
    column: int | None
    severity: str
    message: str


class CompileResultView(View):
    """⟨CompileResult⟩."""

    ok: bool
    error: str | None
    exit_code: int | None
    stdout: str
    stderr: str
    duration_ms: int
    cpu_time_ms: int | None
    memory_usage_mb: float | None
    timed_out: bool
    limit_hit: LimitKind | None
    evidence: EvidenceView | None
    output_truncated: bool
    cached: bool
    diagnostics: list[DiagnosticView]


class UnfinishedJob(View):
    """A run that waits or goes on."""

    job_id: str
    status: Literal[JobStatus.QUEUED, JobStatus.RUNNING]
    queued_at: Moment
    started_at: Moment | None
    queue_position: int | None = Field(description="1: the next to begin")


class ExecutionResult(View):
    """⟨ExecutionResult⟩."""

    job_id: str
    status: Literal[JobStatus.COMPLETED, JobStatus.FAILED]
    verdict: Verdict
    stdout: str
    stderr: str
    exit_code: int | None
    signal: str | None
    duration_ms: int
    cpu_time_ms: int | None
    memory_usage_mb: float | None
    timed_out: bool
    limit_hit: LimitKind | None
    evidence: EvidenceView | None
    output_truncated: bool
    stdout_bytes: int
    stderr_bytes: int
    error: str | None
    compile: CompileResultView | None
    isolation: IsolationView | None
    language: SupportedLanguage
    language_version: str
    attempts: int
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment
    passed: bool | None = Field(None, description="Only of batch inputs with an expected output")
    expected_output: str | None = Field(None, description="Only of batch inputs with an expected output")


class TestCaseResult(View):
    """⟨TestCaseResult⟩: what the caller may see of it."""

    __test__ = False

    test_case_index: int
    is_hidden: bool
    group: str | None
    description: str | None
    passed: bool | None
    verdict: Verdict
    score: float | None
    duration_ms: int | None
    cpu_time_ms: int | None
    memory_usage_mb: float | None
    timed_out: bool
    limit_hit: LimitKind | None
    evidence: EvidenceView | None
    input: str | None
    expected_output: str | None
    actual_output: str | None
    stdout: str | None
    stderr: str | None
    checker_message: str | None
    exit_code: int | None
    signal: str | None
    error_message: str | None
    output_truncated: bool


class GroupResult(View):
    """What a group of tests is worth."""

    name: str
    score: float
    max_score: float
    verdict: Verdict


class SubmissionDetail(View):
    """⟨SubmissionDetail⟩."""

    submission_id: Id
    status: SubmissionStatus
    verdict: Verdict | None
    total_test_cases: int
    passed_test_cases: int
    failed_test_cases: int
    error_test_cases: int
    skipped_test_cases: int
    total_duration_ms: int | None
    max_cpu_time_ms: int | None
    max_memory_usage_mb: float | None
    score: float | None
    max_score: float | None
    groups: list[GroupResult]
    compile: CompileResultView | None
    room_id: Id
    problem_id: Id
    user_id: Id
    language: SupportedLanguage
    language_version: str
    static_analysis_job_id: Id | None
    code: str
    submitted_at: Moment
    completed_at: Moment | None
    test_cases: list[TestCaseResult]


class JobStatusView(View):
    """Where a run is."""

    job_id: str
    status: JobStatus


class RunCancelled(View):
    """A run that was asked to stop."""

    job_id: str
    status: JobStatus
    cancel_requested: Literal[True] = True


class SubmissionCancelled(View):
    """A submission that was asked to stop."""

    submission_id: Id
    status: SubmissionStatus
    cancel_requested: Literal[True] = True


class BatchCancelled(View):
    """A batch that was asked to stop."""

    batch_id: Id
    status: JobStatus
    cancel_requested: Literal[True] = True


class BatchItem(View):
    """One input of a batch."""

    index: int
    job_id: str
    status: JobStatus
    verdict: Verdict | None
    passed: bool | None


class BatchView(View):
    """A batch as it stands."""

    batch_id: Id
    status: JobStatus
    total: int
    finished: int
    compile: CompileResultView | None
    items: list[BatchItem]
    created_at: Moment
    completed_at: Moment | None


class RunSummary(View):
    """⟨RunSummary⟩."""

    job_id: str
    user_id: Id
    username: str
    language: SupportedLanguage
    status: JobStatus
    verdict: Verdict | None
    exit_code: int | None
    signal: str | None
    duration_ms: int | None
    cpu_time_ms: int | None
    memory_usage_mb: float | None
    timed_out: bool
    output_truncated: bool
    created_at: Moment
    completed_at: Moment | None
    code: str | None = Field(None, description="With `includeCode`")


class SubmissionSummary(View):
    """⟨SubmissionSummary⟩."""

    submission_id: Id
    user_id: Id
    username: str
    problem_id: Id
    problem_title: str
    language: SupportedLanguage
    status: SubmissionStatus
    verdict: Verdict | None
    total_test_cases: int
    passed_test_cases: int
    failed_test_cases: int
    error_test_cases: int
    score: float | None
    max_score: float | None
    total_duration_ms: int | None
    submitted_at: Moment
    completed_at: Moment | None
    code: str | None = Field(None, description="With `includeCode`")


class LanguageVersion(View):
    """An installable version."""

    id: str
    version: str
    is_default: bool


class LanguageStandard(View):
    """A language standard."""

    id: str
    is_default: bool


class LanguageView(View):
    """A programming language as this service offers it."""

    id: SupportedLanguage
    name: str
    available: bool
    extensions: list[str]
    default_entrypoint: str
    compiled: bool
    versions: list[LanguageVersion]
    standards: list[LanguageStandard]
    flag_patterns: list[str]
    time_multiplier: float
    memory_allowance_mb: int
    compile_command: str | None = Field(description="For display")
    run_command: str = Field(description="For display")
