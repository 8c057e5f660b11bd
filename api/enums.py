"""The closed sets of the wire (API.md 2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Strict


class UserRole(StrEnum):
    """What an account is."""

    USER = "user"
    ADMIN = "admin"


class RoomStatus(StrEnum):
    """The phase of a room, in their order."""

    WAITING = "waiting"
    WARMUP = "warmup"
    CODING = "coding"
    WRAPUP = "wrapup"
    FINISHED = "finished"


class RoomRole(StrEnum):
    """What a person is in a room."""

    INTERVIEWER = "interviewer"
    CANDIDATE = "candidate"
    OBSERVER = "observer"


class RoomMode(StrEnum):
    """Who interviews: a person or a model."""

    PEER = "peer"
    AI = "ai"


class SupportedLanguage(StrEnum):
    """The programming languages."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    JAVA = "java"
    CPP = "cpp"
    C = "c"
    GO = "go"
    RUST = "rust"


class Difficulty(StrEnum):
    """How hard a problem is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class JobStatus(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether it never changes any more."""
        return self in {JobStatus.COMPLETED, JobStatus.FAILED}


class SubmissionStatus(StrEnum):
    """Where a submission is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether it never changes any more."""
        return self in {SubmissionStatus.COMPLETED, SubmissionStatus.FAILED}


class ProblemKind(StrEnum):
    """Whether a program reads a file or talks."""

    STANDARD = "standard"
    INTERACTIVE = "interactive"


class ScoringMode(StrEnum):
    """All or nothing, or points."""

    PASS_FAIL = "pass_fail"  # noqa: S105 - no password
    POINTS = "points"


class Aggregation(StrEnum):
    """How the tests of a group make its score."""

    SUM = "sum"
    MIN = "min"
    PASS_FAIL = "pass_fail"  # noqa: S105 - no password


class CheckerKind(StrEnum):
    """How an output is compared with what is expected: by rules of ours (``judge.CheckerType``) or by a program."""

    TRIMMED = "trimmed"
    EXACT = "exact"
    TOKENS = "tokens"
    FLOAT = "float"
    UNORDERED_LINES = "unordered_lines"
    CUSTOM = "custom"


class ProblemSort(StrEnum):
    """By what a list of problems is sorted."""

    TITLE = "title"
    DIFFICULTY = "difficulty"
    CREATED_AT = "createdAt"
    POPULARITY = "popularity"
    TOTAL_SUBMISSIONS = "totalSubmissions"


class AttemptFilter(StrEnum):
    """What a list of problems may be narrowed to."""

    SOLVED = "solved"
    ATTEMPTED = "attempted"
    UNTRIED = "todo"


class AttemptStatus(StrEnum):
    """What a person has done about a problem."""

    SOLVED = "solved"
    ATTEMPTED = "attempted"


class SessionStatus(StrEnum):
    """Whether a session goes on."""

    ONGOING = "ongoing"
    FINISHED = "finished"


class SnapshotTrigger(StrEnum):
    """Why the code was kept."""

    PERIODIC = "periodic"
    PHASE_CHANGE = "phase_change"
    SUBMISSION = "submission"
    MANUAL = "manual"
    SESSION_END = "session_end"


class SessionEventType(StrEnum):
    """What happened in a session."""

    SESSION_STARTED = "session_started"
    SESSION_FINISHED = "session_finished"
    PARTICIPANT_JOINED = "participant_joined"
    PARTICIPANT_LEFT = "participant_left"
    PARTICIPANT_KICKED = "participant_kicked"
    PHASE_CHANGED = "phase_changed"
    PROBLEM_SELECTED = "problem_selected"
    SETTINGS_CHANGED = "settings_changed"
    LANGUAGE_CHANGED = "language_changed"
    EDITOR_LOCKED = "editor_locked"
    EDITOR_UNLOCKED = "editor_unlocked"
    TIMER_PAUSED = "timer_paused"
    TIMER_RESUMED = "timer_resumed"
    ROLE_CHANGED = "role_changed"
    ROLE_SWAP_REQUESTED = "role_swap_requested"
    ROLE_SWAP_ACCEPTED = "role_swap_accepted"
    ROLE_SWAP_DECLINED = "role_swap_declined"
    ROLE_SWAP_EXPIRED = "role_swap_expired"
    HOST_TRANSFERRED = "host_transferred"
    CODE_RUN = "code_run"
    CODE_SUBMITTED = "code_submitted"
    SUBMISSION_JUDGED = "submission_judged"


class RoleSwapStatus(StrEnum):
    """Where a request to swap roles is."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class RoleAssignmentReason(StrEnum):
    """Why somebody has the role they have."""

    REQUESTED = "requested"
    AUTO_ASSIGNED = "auto-assigned"
    FALLBACK_OBSERVER = "fallback-observer"


class WebhookEvent(StrEnum):
    """What a webhook may be told of."""

    EXECUTION_FINISHED = "execution.finished"
    SUBMISSION_FINISHED = "submission.finished"
    BATCH_FINISHED = "batch.finished"
    VALIDATION_FINISHED = "validation.finished"
    REPORT_READY = "report.ready"


# In bodies, which are strict, a member of a closed set is written as its text.
LanguageIn = Annotated[SupportedLanguage, Strict(strict=False)]
RoomModeIn = Annotated[RoomMode, Strict(strict=False)]
RoomRoleIn = Annotated[RoomRole, Strict(strict=False)]
RoomStatusIn = Annotated[RoomStatus, Strict(strict=False)]
DifficultyIn = Annotated[Difficulty, Strict(strict=False)]
UserRoleIn = Annotated[UserRole, Strict(strict=False)]
ProblemKindIn = Annotated[ProblemKind, Strict(strict=False)]
ScoringModeIn = Annotated[ScoringMode, Strict(strict=False)]
AggregationIn = Annotated[Aggregation, Strict(strict=False)]
CheckerKindIn = Annotated[CheckerKind, Strict(strict=False)]
WebhookEventIn = Annotated[WebhookEvent, Strict(strict=False)]
