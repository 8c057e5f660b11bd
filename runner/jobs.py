"""What is asked of a worker: one program to run, to run on several inputs, or to judge; a problem to validate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from judge import Checker, Problem, Source, Trimmed
from judge.validation import Authored
from runner.execution import DEFAULT_MEMORY_MIB, DEFAULT_WALL_MS, RunRequest
from runner.record import Encoding


class JobKind(StrEnum):
    """The kinds of jobs (the wire's names)."""

    RUN = "run"
    SUBMISSION = "submission"
    BATCH = "batch"
    VALIDATION = "validation"


class Lane(StrEnum):
    """Which jobs go before which: those of an earlier lane first. Somebody waits for the first one's answer."""

    INTERACTIVE = "interactive"
    SUBMISSIONS = "submissions"
    VALIDATIONS = "validations"


LANES: Final = {
    JobKind.RUN: Lane.INTERACTIVE,
    JobKind.SUBMISSION: Lane.SUBMISSIONS,
    JobKind.BATCH: Lane.SUBMISSIONS,  # as much work as one, and nobody waits for its first answer alone
    JobKind.VALIDATION: Lane.VALIDATIONS,
}


@dataclass(frozen=True, slots=True)
class RunTask:
    """Run once. ``encoding``: of its output in the record."""

    request: RunRequest
    encoding: Encoding = Encoding.UTF8


@dataclass(frozen=True, slots=True)
class BatchInput:
    """One input of a batch, a job of its own with its ``id``. ``expected`` ``None``: nothing is checked."""

    id: str
    stdin: bytes = b""
    args: tuple[str, ...] = ()
    expected: bytes | None = None


@dataclass(frozen=True, slots=True)
class BatchTask:
    """Compile once, run on every input; limits as in :class:`runner.execution.RunRequest`.

    ``stop_on_first_failure``  inputs after the first that is not accepted are skipped
    """

    source: Source
    inputs: tuple[BatchInput, ...]
    wall_ms: int = DEFAULT_WALL_MS
    cpu_ms: int | None = None
    memory_mib: int = DEFAULT_MEMORY_MIB
    checker: Checker = Trimmed()  # noqa: RUF009 - it is frozen
    stop_on_first_failure: bool = False
    encoding: Encoding = Encoding.UTF8

    def request(self, item: BatchInput) -> RunRequest:
        """The run of one input. Raises :class:`runner.errors.RequestError`."""
        return RunRequest(
            self.source,
            stdin=item.stdin,
            args=item.args,
            wall_ms=self.wall_ms,
            cpu_ms=self.cpu_ms,
            memory_mib=self.memory_mib,
        )


@dataclass(frozen=True, slots=True)
class SubmissionTask:
    """Judge against a problem's tests. ``descriptions``: what each test is about, for who may know; one for each."""

    source: Source
    problem: Problem
    descriptions: tuple[str | None, ...] = ()


MOST_REPEATS: Final = 5
"""How often a validation may judge each solution."""

SEVERAL_LANGUAGES: Final = "several"
"""In place of a language's id, for jobs that are about programs in any number of them."""


@dataclass(frozen=True, slots=True)
class ValidationTask:
    """Judge a problem's reference solutions, and check its expected outputs and its inputs.

    ``repeat``  how often each solution is judged, from 1 to :data:`MOST_REPEATS`
    ``chosen``  paths of the solutions that are judged; ``None``: all of them
    ``ids``     by their paths, what solutions are called by whoever asks; the record names them so too
    Raises ``ValueError`` for a number out of its range and for a path that no solution has.
    """

    authored: Authored
    repeat: int = 1
    chosen: tuple[str, ...] | None = None
    ids: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.repeat <= MOST_REPEATS:
            raise ValueError(f"solutions are judged 1 to {MOST_REPEATS} times, not {self.repeat}")
        unknown = set(self.chosen or ()) - {solution.path for solution in self.authored.solutions}
        if unknown:
            raise ValueError(f"there is no solution {', '.join(sorted(unknown))}")


Task = RunTask | BatchTask | SubmissionTask | ValidationTask


@dataclass(frozen=True, slots=True)
class Job:
    """A task with an id, of somebody (``owner``), accepted at a moment. Complete in itself: it can go anywhere."""

    id: str
    owner: str
    created_at: datetime
    task: Task

    @property
    def kind(self) -> JobKind:
        """What kind it is."""
        match self.task:
            case RunTask():
                return JobKind.RUN
            case BatchTask():
                return JobKind.BATCH
            case SubmissionTask():
                return JobKind.SUBMISSION
            case ValidationTask():
                return JobKind.VALIDATION

    @property
    def lane(self) -> Lane:
        """Where it waits."""
        return LANES[self.kind]

    @property
    def source(self) -> Source | None:
        """The program; ``None`` where there are several."""
        match self.task:
            case RunTask(request=request):
                return request.source
            case BatchTask(source=source) | SubmissionTask(source=source):
                return source
            case ValidationTask():
                return None

    @property
    def language(self) -> str:
        """Id of the program's language, or :data:`SEVERAL_LANGUAGES`."""
        return self.source.language.id if self.source is not None else SEVERAL_LANGUAGES

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that events and results go by: the job's own, and those of a batch's inputs."""
        more = self.task.inputs if isinstance(self.task, BatchTask) else ()
        return (self.id, *(item.id for item in more))
