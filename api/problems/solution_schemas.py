"""Reference solutions and validations on the wire (API.md 9.2)."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    Strict,
    WithJsonSchema,
    model_validator,
)

from api.enums import JobStatus
from api.execution.programs import PlainProgram
from api.execution.schemas import CompileResultView
from api.problems.checkers import ShownFile
from api.schemas import Body, Id, Moment, Trimmed, View, absent
from judge import TimeRole, Verdict

_UNEXPECTED: Final = frozenset({Verdict.INTERNAL_ERROR, Verdict.CANCELLED, Verdict.SKIPPED})
_MOST_SCORE: Final = 1e9

_VerdictIn = Annotated[Verdict, Strict(strict=False)]
_TimeRoleIn = Annotated[TimeRole, Strict(strict=False)]


def _score(value: object) -> float | list[float]:
    ends = [_points(end) for end in value] if isinstance(value, list) else [_points(value)]
    if isinstance(value, list) and len(ends) != 2:
        raise ValueError("must be a number, or the least and the most")
    if ends[0] > ends[-1]:
        raise ValueError("must name the least before the most")
    return ends if isinstance(value, list) else ends[0]


def _points(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_SCORE:
        raise ValueError(f"must be a number from 0 to {_MOST_SCORE:.0f}, or two of them")
    return value


_NUMBER: Final = {"type": "number", "minimum": 0, "maximum": _MOST_SCORE}
_Expected = Annotated[
    float | list[float],
    PlainValidator(_score),
    WithJsonSchema({"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}]}),
]


def _of_programs(verdicts: list[Verdict]) -> list[Verdict]:
    for verdict in verdicts:
        if verdict in _UNEXPECTED:
            raise ValueError(f"{verdict.value} is no verdict that a solution can be written for")
    return [verdict for verdict in Verdict if verdict in verdicts]


_Verdicts = Annotated[list[_VerdictIn], AfterValidator(_of_programs)]

_SOLUTIONS: Final[list[JsonValue]] = [
    {
        "name": "accepted/sum.py",
        "language": "python",
        "code": "print(sum(map(int, input().split())))\n",
        "permittedVerdicts": ["accepted"],
        "requiredVerdicts": ["accepted"],
        "isModel": True,
    },
    {
        "name": "slow.cpp",
        "language": "cpp",
        "code": "int main() { for (volatile long i = 0;; ++i) {} }\n",
        "permittedVerdicts": ["accepted", "time_limit_exceeded"],
        "requiredVerdicts": ["time_limit_exceeded"],
    },
]


class SolutionBody(PlainProgram):
    """⟨ReferenceSolution⟩ in a request."""

    model_config = ConfigDict(json_schema_extra={"examples": _SOLUTIONS})

    name: Annotated[Trimmed, Field(min_length=1, max_length=100, description="Unique among the problem's solutions")]
    permitted_verdicts: Annotated[_Verdicts, Field(min_length=1, description="Every test must end in one of these")]
    required_verdicts: Annotated[
        _Verdicts, Field(description="At least one test must end in one of these; empty: no matter")
    ]
    expected_score: _Expected = Field(
        default_factory=absent, description="Where tests earn points: the score, or the least and the most"
    )
    is_model: bool = Field(default=False, description="Suitable for showing to people afterwards")
    use_for_time_limit: _TimeRoleIn = Field(
        default_factory=absent,
        description="`lower`: it must be fast enough; `upper`: it must be too slow. By default what its verdicts say",
    )

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.required_verdicts and not set(self.required_verdicts) & set(self.permitted_verdicts):
            raise ValueError("requiredVerdicts must have one of permittedVerdicts, or no solution can do as they say")
        slow = Verdict.TIME_LIMIT_EXCEEDED
        if self.use_for_time_limit is TimeRole.UPPER and slow not in self.required_verdicts:
            raise ValueError(f"useForTimeLimit: upper is for solutions of which {slow.value} is required")
        return self


class ReferenceSolutionView(View):
    """⟨ReferenceSolution⟩. Without its id it is what a request says to have the same again."""

    id: Id
    name: str
    language: str
    language_version: str = Field(default_factory=absent, description="Absent: the usual one")
    code: str
    files: list[ShownFile]
    entrypoint: str = Field(default_factory=absent, description="Absent: the language's own")
    permitted_verdicts: list[Verdict]
    required_verdicts: list[Verdict]
    expected_score: int | float | list[int | float] = Field(default_factory=absent, description="Absent: no matter")
    is_model: bool
    use_for_time_limit: TimeRole


class ValidateBody(Body):
    """What to validate of a problem."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"repeat": 2}]})

    solution_ids: Annotated[list[Id], Field(max_length=1000)] = Field(
        default_factory=absent, description="Only these solutions; by default all"
    )
    repeat: int = Field(default=1, ge=1, le=5, description="How often to judge each solution")
    webhook_id: Id = Field(
        default_factory=absent, description="The webhook to tell of the end; by default all that are subscribed"
    )


class ValidationAccepted(View):
    """A validation that will be carried out."""

    validation_id: Id
    status: Literal[JobStatus.QUEUED]


class ValidationCancelled(View):
    """A validation that was asked to stop."""

    validation_id: Id
    status: JobStatus
    cancel_requested: Literal[True] = True


class ValidatedCase(View):
    """What became of a test."""

    index: int
    name: str
    verdict: Verdict
    cpu_time_ms: int | None
    duration_ms: int | None
    memory_usage_mb: float | None
    runs: int
    error: str | None
    checker_message: str | None


class ValidatedSolution(View):
    """What became of a reference solution."""

    solution_id: Id | None
    name: str
    language: str
    language_version: str
    permitted_verdicts: list[Verdict]
    required_verdicts: list[Verdict]
    time_role: TimeRole
    verdict: Verdict
    error: str | None
    score: float | None
    max_score: float | None
    expectation_met: bool | None = Field(description="null: it could not be judged")
    unmet: list[str]
    slowest_cpu_ms: int | None
    peak_memory_mb: float | None
    compile: CompileResultView | None = Field(description="Of a solution that does not compile")
    test_cases: list[ValidatedCase]


class CheckerCheckView(View):
    """Whether the checker accepts a test's expected output."""

    index: int
    accepted: bool
    message: str


class InputCheckView(View):
    """Whether an input validator accepts a test's input."""

    validator: str
    index: int
    accepted: bool
    message: str


class LanguageTimingView(View):
    """What the solutions in a language took."""

    language: str
    time_limit_ms: int
    multiplier: float | None
    slowest_accepted_ms: int | None
    slowest_solution: str | None
    slowest_test_case: str | None
    fastest_tle_ms: int | None
    fastest_tle_is_lower_bound: bool
    suggested_multiplier: float | None


class TimingView(View):
    """What the measured times say about the time limit."""

    slowest_accepted_ms: int | None
    fastest_tle_ms: int | None
    fastest_tle_is_lower_bound: bool
    suggested_time_limit_ms: int | None
    current_time_limit_ms: int
    remark: str | None
    languages: list[LanguageTimingView]


class FindingView(View):
    """A warning as data. ``note``: it is common in problems that are as they should be."""

    kind: str
    note: bool
    message: str
    test_cases: list[int]
    solutions: list[str]
    part: str | None


class ValidationSummary(View):
    """A validation in a list."""

    validation_id: Id
    status: JobStatus
    ok: bool | None = Field(description="null until it ends")
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None


class ProblemValidationView(View):
    """⟨ProblemValidation⟩: what is known of it."""

    validation_id: Id
    problem_id: Id
    status: JobStatus
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    ok: bool | None = Field(description="null until it ends")
    checks_hold: bool | None = Field(
        description="Every expected output and input is as it has to be; null until it ends"
    )
    solutions: list[ValidatedSolution] = Field(description="Those that are through")
    checker_checks: list[CheckerCheckView]
    input_checks: list[InputCheckView]
    timing: TimingView | None = Field(description="null until it ends")
    warnings: list[str]
    findings: list[FindingView]
