"""Problems on the wire."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints

from api.enums import (
    AttemptStatus,
    Difficulty,
    DifficultyIn,
    LanguageIn,
    ProblemKind,
    ProblemKindIn,
    ScoringMode,
    SupportedLanguage,
)
from api.problems.checkers import Arguments, Checker, CheckerOptions, JudgeProgram, ShownProgram
from api.problems.scoring import Scoring, ShownScoring
from api.schemas import Body, Id, Moment, Plain, Trimmed, View, absent

_STARTER_BYTES: Final = 64 * 1024
_DATA_CHARACTERS: Final = 20_000


def _starter(code: str) -> str:
    if len(code.encode()) > _STARTER_BYTES:
        raise ValueError(f"must have at most {_STARTER_BYTES} bytes")
    return code


def _once_each(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")]
"""A tag."""

_Title = Annotated[Trimmed, Field(min_length=1, max_length=200, examples=["Pairs that sum to a target"])]
_Description = Annotated[Plain, Field(min_length=1, max_length=100_000, description="Markdown")]
_Tags = Annotated[list[Slug], Field(max_length=10, examples=[["arrays", "hashing"]]), AfterValidator(_once_each)]
_Company = Annotated[Plain, Field(min_length=1, max_length=100)]
_Constraints = Annotated[Plain, Field(max_length=50_000)]
_StarterCode = dict[LanguageIn, Annotated[str, AfterValidator(_starter)] | None]
_TimeLimit = Annotated[int, Field(ge=1, le=60_000, description="CPU ms for each test")]
_MemoryLimit = Annotated[int, Field(ge=1, le=4096, description="MiB for each test")]
_OutputLimit = Annotated[int, Field(ge=1, le=64, description="MiB for each test; beyond it the program is killed")]
_Languages = Annotated[list[LanguageIn], Field(min_length=1), AfterValidator(_once_each)]


class ProblemExample(Body):
    """An input and its output as the statement shows them."""

    input: str
    output: str
    explanation: str = Field(default_factory=absent)


class NewTestCase(Body):
    """A test as it is given."""

    input: str = Field(max_length=_DATA_CHARACTERS, description="Kept byte for byte")
    expected_output: str = Field(
        max_length=_DATA_CHARACTERS, description="May be empty with custom checkers and in interactive problems only"
    )
    description: Plain = Field(default_factory=absent, max_length=255)
    is_hidden: bool = False
    timeout_ms: int = Field(default_factory=absent, ge=1, le=60_000, description="In place of the problem's limit")
    memory_mb: int = Field(default_factory=absent, ge=1, le=4096, description="In place of the problem's limit")
    group: Annotated[Plain, Field(min_length=1, max_length=50)] = Field(default_factory=absent)
    weight: int = Field(default_factory=absent, ge=0, le=1000, description="Usually 1")
    args: Arguments = Field(default_factory=absent, description="Arguments of the program under judgement")
    checker_args: Arguments = Field(
        default_factory=absent,
        description="More arguments for the checker's program; with a built-in checker, flags of the problem package "
        "format's default validator, which then decide about this test",
    )


class LanguageLimit(Body):
    """What a problem sets for one language."""

    time_multiplier: float = Field(default_factory=absent, ge=0.1, le=10, allow_inf_nan=False)
    time_limit_ms: int = Field(default_factory=absent, ge=1, le=60_000, description="Absolute: nothing multiplies it")
    memory_limit_mb: int = Field(default_factory=absent, ge=1, le=4096)


_Examples = Annotated[list[ProblemExample], Field(max_length=20)]
_TestCases = Annotated[list[NewTestCase], Field(min_length=1, max_length=500)]
_LanguageLimits = dict[LanguageIn, LanguageLimit]


_PROBLEMS: Final[list[JsonValue]] = [
    {
        "title": "Sum of two numbers",
        "description": "Read two integers and print their sum.",
        "difficulty": "easy",
        "tags": ["math"],
        "examples": [{"input": "1 2\n", "output": "3\n"}],
        "starterCode": {"python": "a, b = map(int, input().split())\n"},
        "timeLimit": 1000,
        "testCases": [
            {"input": "1 2\n", "expectedOutput": "3\n"},
            {"input": "-5 5\n", "expectedOutput": "0\n", "isHidden": True, "description": "They cancel out"},
        ],
        "checker": {"type": "tokens"},
        "isPublished": True,
    },
    {
        "title": "Distance of two points",
        "description": "Print the distance. The last group has points far apart.",
        "difficulty": "medium",
        "testCases": [
            {"input": "0 0 3 4\n", "expectedOutput": "5\n", "group": "near"},
            {"input": "0 0 3e9 4e9\n", "expectedOutput": "5e9\n", "isHidden": True, "group": "far"},
        ],
        "checker": {"type": "float", "options": {"absoluteTolerance": 1e-6, "relativeTolerance": 1e-6}},
        "scoring": {
            "mode": "points",
            "maxScore": 100,
            "groups": [
                {"name": "near", "points": 40, "aggregation": "sum"},
                {"name": "far", "points": 60, "aggregation": "pass_fail", "requires": ["near"]},
            ],
        },
    },
]


class CreateProblem(Body):
    """A new problem."""

    model_config = ConfigDict(json_schema_extra={"examples": _PROBLEMS})

    title: _Title
    description: _Description
    difficulty: DifficultyIn
    tags: _Tags = Field(default=[])
    company: _Company | None = None
    constraints: _Constraints | None = None
    examples: _Examples = Field(default=[])
    starter_code: _StarterCode | None = None
    time_limit: _TimeLimit | None = Field(default=None, description="CPU ms for each test; null: 5000")
    memory_limit: _MemoryLimit | None = Field(default=None, description="MiB for each test; null: 256")
    output_limit_mb: _OutputLimit = 16
    test_cases: _TestCases
    is_published: bool = False
    kind: ProblemKindIn = ProblemKind.STANDARD
    checker: Checker = Checker.model_validate({"type": "trimmed"})
    interactor: JudgeProgram | None = None
    scoring: Scoring = Scoring(mode=ScoringMode.PASS_FAIL)
    stop_on_first_failure: bool = False
    allowed_languages: _Languages | None = Field(default=None, description="null: all")
    language_limits: _LanguageLimits = Field(default={})


class UpdateProblem(Body):
    """What changes of a problem; what is absent stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"difficulty": "medium", "tags": ["arrays", "hashing"], "timeLimit": None}]}
    )

    title: _Title = Field(default_factory=absent)
    description: _Description = Field(default_factory=absent)
    difficulty: DifficultyIn = Field(default_factory=absent)
    tags: _Tags = Field(default_factory=absent)
    company: _Company | None = Field(default_factory=absent)
    constraints: _Constraints | None = Field(default_factory=absent)
    examples: _Examples = Field(default_factory=absent)
    starter_code: _StarterCode | None = Field(default_factory=absent)
    time_limit: _TimeLimit | None = Field(default_factory=absent)
    memory_limit: _MemoryLimit | None = Field(default_factory=absent)
    output_limit_mb: _OutputLimit = Field(default_factory=absent)
    test_cases: _TestCases = Field(default_factory=absent, description="Replaces the whole list")
    kind: ProblemKindIn = Field(default_factory=absent)
    checker: Checker = Field(default_factory=absent)
    interactor: JudgeProgram | None = Field(default_factory=absent)
    scoring: Scoring = Field(default_factory=absent)
    stop_on_first_failure: bool = Field(default_factory=absent)
    allowed_languages: _Languages | None = Field(default_factory=absent)
    language_limits: _LanguageLimits = Field(default_factory=absent)


class PublishStatus(Body):
    """Whether everybody may see a problem."""

    is_published: bool = Field(examples=[True])


class ProblemSummary(View):
    """A problem in a list. What is optional is for admins."""

    id: Id
    title: str
    difficulty: Difficulty
    is_published: bool
    tags: list[str]
    company: str | None
    acceptance_rate: float | None = Field(description="Percent; null without submissions")
    is_bookmarked: bool
    attempt_status: AttemptStatus | None
    test_case_count: int = Field(default_factory=absent)
    hidden_test_case_count: int = Field(default_factory=absent)
    total_submissions: int = Field(default_factory=absent)
    updated_at: Moment = Field(default_factory=absent)


class TestCase(View):
    """A test as it is shown."""

    __test__ = False  # the word of the field, no class of tests

    input: str
    expected_output: str
    description: str = Field(default_factory=absent)
    is_hidden: bool
    timeout_ms: int = Field(default_factory=absent)
    memory_mb: int = Field(default_factory=absent)
    group: str = Field(default_factory=absent)
    weight: int | float = Field(default_factory=absent)
    args: list[str] = Field(default_factory=absent)
    checker_args: list[str] = Field(default_factory=absent)


class ShownChecker(View):
    """A checker; its program is for admins."""

    type: str
    options: CheckerOptions = Field(default_factory=absent)
    program: ShownProgram = Field(default_factory=absent)
    args: list[str] = Field(default_factory=absent)


class ProblemDetail(ProblemSummary):
    """A problem with everything that the caller may see."""

    description: str
    constraints: str | None
    examples: list[ProblemExample]
    starter_code: dict[SupportedLanguage, str | None] | None
    test_cases: list[TestCase] = Field(description="The visible ones; all of them where admins ask for it")
    time_limit: int | None = Field(description="CPU ms for each test; null: 5000")
    memory_limit: int | None = Field(description="MiB for each test; null: 256")
    output_limit_mb: int
    total_submissions: int
    user_attempts: int
    kind: ProblemKind
    scoring: ShownScoring
    allowed_languages: list[SupportedLanguage] | None
    language_limits: dict[SupportedLanguage, LanguageLimit]
    checker: ShownChecker
    interactor: ShownProgram | None
    stop_on_first_failure: bool
    created_at: Moment
    updated_at: Moment


class TagInfo(View):
    """A tag with how many published problems have it."""

    slug: str
    name: str
    count: int
