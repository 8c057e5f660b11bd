"""From rows to what the judge takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from api.errors import ExecutionUnavailableError, LanguageUnavailableError
from api.problems.columns import assign, case_rows
from api.problems.judging import judge_problem
from api.problems.models import Problem, TestCaseRow
from api.problems.programs import keep, kept, own_programs, require_judges, require_languages, show
from api.problems.schemas import CreateProblem
from judge import (
    PACKAGED,
    Checker,
    Custom,
    Data,
    Exact,
    Float,
    JudgeProgram,
    LanguageLimits,
    ProblemLimits,
    Source,
    TestCase,
    Tokens,
    Trimmed,
    UnorderedLines,
)
from judge import Problem as JudgedProblem
from languages import load_languages
from runner import Inventory
from sandboxes.images import ImageStore
from tests.api.problems.samples import PROGRAM, problem

LANGUAGES: Final = load_languages()


def judged(**changes: Any) -> JudgedProblem:
    body = CreateProblem.model_validate(problem(**changes))
    row = Problem(id="x")
    assign(row, body)
    cases = [TestCaseRow(**case) for case in case_rows("x", body.test_cases)]
    return judge_problem(row, cases, languages=LANGUAGES)


def test_what_is_not_said_has_the_usual_limits() -> None:
    case = TestCase(name="0", input=Data(b"1 2\n"), expected=Data(b"3\n"), sample=True)
    assert judged() == JudgedProblem((case,), checker=Trimmed(), limits=ProblemLimits(), stop_on_first_failure=False)
    usual = judged().limits
    assert (usual.cpu_ms, usual.memory_mib, usual.output_mib) == (5000, 256, 16)


def test_limits_of_a_problem_its_languages_and_its_tests() -> None:
    found = judged(
        timeLimit=70,
        memoryLimit=80,
        outputLimitMb=2,
        stopOnFirstFailure=True,
        languageLimits={"python": {"timeMultiplier": 3, "memoryLimitMb": 9}, "c": {"timeLimitMs": 4}},
        testCases=[
            {
                "input": "\0\r",
                "expectedOutput": "é",
                "isHidden": True,
                "timeoutMs": 5,
                "memoryMb": 6,
                "group": "g",
                "args": ["a", "b"],
                "checkerArgs": ["case_sensitive", "float_tolerance", "0.5"],
            }
        ],
    )
    assert found.limits == ProblemLimits(
        cpu_ms=70,
        memory_mib=80,
        output_mib=2,
        languages={"python": LanguageLimits(memory_mib=9, time_multiplier=3), "c": LanguageLimits(cpu_ms=4)},
    )
    assert found.stop_on_first_failure
    assert found.cases == (
        TestCase(
            name="0",
            input=Data(b"\0\r"),
            expected=Data("é".encode()),
            sample=False,
            group="g",
            cpu_ms=5,
            memory_mib=6,
            args=("a", "b"),
            checker=Float(absolute_tolerance=0.5, relative_tolerance=0.5, case_sensitive=True),
        ),
    )


@pytest.mark.parametrize(
    ("kind", "options", "checker"),
    [
        ("trimmed", None, Trimmed()),
        ("exact", {}, Exact()),
        ("tokens", {}, Tokens(case_sensitive=True)),
        ("tokens", {"caseSensitive": False}, Tokens(case_sensitive=False)),
        ("float", {}, Float(1e-6, 1e-6, case_sensitive=True)),
        (
            "float",
            {"absoluteTolerance": 0, "relativeTolerance": 0.25, "caseSensitive": False},
            Float(0, 0.25, case_sensitive=False),
        ),
        ("unordered_lines", {}, UnorderedLines(ignore_blank_lines=True, unordered_tokens=False)),
        (
            "unordered_lines",
            {"ignoreBlankLines": False, "unorderedTokens": True},
            UnorderedLines(ignore_blank_lines=False, unordered_tokens=True),
        ),
    ],
)
def test_checkers(kind: str, options: dict[str, Any] | None, checker: Checker) -> None:
    given = {"type": kind} if options is None else {"type": kind, "options": options}
    assert judged(checker=given).checker == checker


def test_a_checker_that_is_a_program_with_arguments_of_its_own_and_of_tests() -> None:
    program = {
        "language": "cpp",
        "code": "int main() {}\n",
        "files": [{"path": "lib/rules.h", "content": "// ä\n"}],
        "entrypoint": "judge.cpp",
        "timeLimitMs": 70,
        "memoryLimitMb": 80,
    }
    case = {"input": "", "expectedOutput": "", "checkerArgs": ["no", "flag"]}
    found = judged(checker={"type": "custom", "program": program, "args": ["x"]}, testCases=[case])
    assert found.checker == Custom(
        JudgeProgram(
            Source.of(
                LANGUAGES["cpp"],
                b"int main() {}\n",
                entrypoint="judge.cpp",
                files={"lib/rules.h": "// ä\n".encode()},
                rules=PACKAGED,
            ),
            cpu_ms=70,
            memory_mib=80,
        ),
        ("x",),
    )
    assert (found.cases[0].checker, found.cases[0].checker_args) == (None, ("no", "flag"))
    assert found.interactor is None


def test_an_interactor_takes_the_place_of_the_checker() -> None:
    case = {"input": "", "expectedOutput": "", "checkerArgs": ["case_sensitive"]}
    found = judged(kind="interactive", interactor=PROGRAM, testCases=[case])
    python = Source.of(LANGUAGES["python"], PROGRAM["code"].encode(), rules=PACKAGED)
    assert found.interactor == JudgeProgram(python)
    assert (found.cases[0].checker, found.cases[0].checker_args) == (None, ("case_sensitive",))


@pytest.mark.parametrize("content", [b"plain", "größer".encode(), b"\xff\x00\xed\xa0\x80 caf\xe9", b""])
def test_bytes_of_programs_outlive_json(content: bytes) -> None:
    text = json.loads(json.dumps(keep(content)))
    assert kept(text) == content
    assert show(text) == content.decode(errors="replace")


def test_programs_in_languages_that_are_not_installed(tmp_path: Path) -> None:
    nothing = Inventory(LANGUAGES, ImageStore(tmp_path))
    checker = {"type": "custom", "program": PROGRAM}
    for programs in (own_programs(checker, None), own_programs({"type": "exact"}, {**PROGRAM, "language": "cobol"})):
        with pytest.raises(LanguageUnavailableError, match=r"Python|cobol"):
            require_languages(programs, nothing)
        with pytest.raises(ExecutionUnavailableError) as refused:
            require_judges(programs, nothing)
        assert "ython" not in refused.value.message
    require_languages(own_programs({"type": "exact"}, None), nothing)


def test_a_problem_without_tests_cannot_be_judged() -> None:
    row = Problem(id="x")
    assign(row, CreateProblem.model_validate(problem()))
    with pytest.raises(ValueError, match="at least one test"):
        judge_problem(row, [], languages=LANGUAGES)
