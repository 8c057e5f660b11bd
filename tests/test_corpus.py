"""Every program below ``tests/corpus`` ends as its path says, twice in a row and in jails that were ready ahead."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from judge import (
    CaseResult,
    Data,
    JudgeResult,
    Problem,
    ProblemLimits,
    Severity,
    Source,
    TestCase,
    Tokens,
    Verdict,
)
from runner import Engine
from sandboxes import LimitKind

CORPUS: Final = Path(__file__).parent / "corpus"
ERROR_MARK: Final = b"the error is here"
LANGUAGES: Final = {
    ".py": "python",
    ".js": "javascript",
    ".ts": "typescript",
    ".java": "java",
    ".cpp": "cpp",
    ".c": "c",
    ".go": "go",
    ".rs": "rust",
}
# What has to be shown in every language there is.
EVERYWHERE: Final = (
    "accepted/sum",
    "wrong_answer/off_by_one",
    "compile_error/syntax",
    "runtime_error/exit_code",
    "runtime_error/killed_by_signal",
    "runtime_error/uncaught",
    "time_limit_exceeded/spin",
    "time_limit_exceeded/sleep",
    "memory_limit_exceeded/grow",
    "output_limit_exceeded/flood",
)
WARM: Final = 3
TYPED: Final = ("typescript", "java", "cpp", "c", "go", "rust")


@dataclass(frozen=True, slots=True)
class Program:
    """One file of the corpus and what ``corpus.toml`` says of it; see there. ``limit`` ``"any"``: undetermined."""

    path: Path
    language: str
    behaviour: str
    stdin: bytes
    answer: bytes
    output: bytes
    verdicts: tuple[Verdict, ...]
    limit: str | None
    exit_code: int | None
    signal: str | None
    names_line: bool
    limits: ProblemLimits

    @property
    def title(self) -> str:
        return str(self.path.relative_to(CORPUS))

    @property
    def error_line(self) -> int:
        """The line of the source that its compiler must name, from 1."""
        lines = self.path.read_bytes().splitlines()
        return next(number for number, line in enumerate(lines, start=1) if ERROR_MARK in line)


def behaviour_of(path: Path) -> str:
    """``runtime_error/exit_code`` for both ``runtime_error/exit_code.py`` and ``runtime_error/ExitCode.java``."""
    return f"{path.parent.name}/{re.sub(r'(?<!^)(?=[A-Z])', '_', path.stem).lower()}"


def read_index() -> Mapping[str, Any]:
    return tomllib.loads((CORPUS / "corpus.toml").read_text("utf-8"))


def read_program(index: Mapping[str, Any], path: Path) -> Program:
    language, behaviour = LANGUAGES[path.suffix], behaviour_of(path)
    verdict, name = behaviour.split("/")
    own = index[verdict][name]
    layers = (index["all"], index["every"].get(verdict, {}), own, own.get("in", {}).get(language, {}))
    facts: dict[str, Any] = {key: value for layer in layers for key, value in layer.items()}
    limits: dict[str, Any] = {key: value for layer in layers for key, value in layer.get("limits", {}).items()}
    return Program(
        path=path,
        language=language,
        behaviour=behaviour,
        stdin=facts["stdin"].encode() * facts.get("stdin_times", 1),
        answer=facts["answer"].encode() * facts.get("answer_times", 1),
        output=facts["output"].encode(),
        verdicts=tuple(map(Verdict, facts.get("verdicts", [verdict]))),
        limit=facts.get("limit"),
        exit_code=facts.get("exit_code"),
        signal=facts.get("signal") or None,
        names_line=facts.get("line", True),
        limits=ProblemLimits(**limits),
    )


def read_corpus() -> tuple[Program, ...]:
    index = read_index()
    return tuple(read_program(index, path) for path in sorted(CORPUS.glob("*/*.*")))


PROGRAMS: Final = read_corpus()


def test_every_behaviour_of_the_index_has_a_program() -> None:
    index = read_index()
    listed = {f"{verdict}/{name}" for verdict in set(index) - {"all", "every"} for name in index[verdict]}
    assert listed == {program.behaviour for program in PROGRAMS}


def test_every_language_shows_what_has_to_be_shown() -> None:
    there = {(program.behaviour, program.language) for program in PROGRAMS}
    wanted = {*product(EVERYWHERE, LANGUAGES.values()), *product(["compile_error/types"], TYPED)}
    assert wanted <= there


Judged = Callable[[int, Program], JudgeResult]


def judge_program(engine: Engine, program: Program) -> JudgeResult:
    """Hand the program in as anybody would."""
    name = program.path.name
    source = Source(engine.language(program.language), {name: program.path.read_bytes()}, name)
    case = TestCase("only", Data(program.stdin), Data(program.answer))
    return engine.judge(source, Problem((case,), Tokens(), program.limits))


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest, engine: Engine, warm_engine: Engine) -> Iterator[Judged]:
    """The result of a program in a turn. A turn is judged as a whole, as many programs at once as there are slots.

    The last turn is the warm one.
    """
    asked = [
        item.callspec
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test_program_ends_as_its_path_says.__name__
    ]
    turns: dict[int, dict[Path, Future[JudgeResult]]] = {}
    with ThreadPoolExecutor(engine.slots) as pool:

        def result(turn: int, program: Program) -> JudgeResult:
            if turn not in turns:
                wanted: list[Any] = [call.params["program"] for call in asked if call.params["turn"] == turn]
                used = warm_engine if turn == WARM else engine
                turns[turn] = {other.path: pool.submit(judge_program, used, other) for other in wanted}
            return turns[turn][program.path].result()

        yield result
        for futures in turns.values():
            for future in futures.values():
                future.cancel()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
@pytest.mark.parametrize("turn", [1, 2, WARM])
def test_program_ends_as_its_path_says(judged: Judged, turn: int, program: Program) -> None:
    result = judged(turn, program)
    (case,) = result.cases
    assert result.verdict in program.verdicts, (result.compilation, case)
    if result.verdict is Verdict.COMPILE_ERROR:
        assert_compiler_is_quoted(program, result)
    else:
        assert result.compilation is None or result.compilation.ok
        assert case.verdict is result.verdict
        assert_ending(program, case)
        assert_evidence(program, case)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_what_was_ready_ahead_changes_nothing(judged: Judged, program: Program) -> None:
    cold, warm = judged(1, program), judged(WARM, program)
    assert comparable(warm) == comparable(cold)


def comparable(result: JudgeResult) -> object:
    """What two runs of a program must have in common.

    How one ended that a limit stopped is chance, and what it had written by then: it may have been about to leave.
    """
    compilation = result.compilation
    (case,) = result.cases
    said = None
    ended = (case.exit_code, case.signal) if case.limit is None else None
    if case.exit_code is not None and case.signal is None and case.limit is None:
        said = case.stdout, masked(case.stderr)
    return (
        result.verdict,
        result.message,
        compilation and (compilation.ok, compilation.message, compilation.exit_code, compilation.diagnostics),
        compilation and masked(compilation.stdout + compilation.stderr),
        (case.verdict, case.limit, ended, said),
    )


def masked(text: bytes) -> bytes:
    """Without addresses, names of temporary files, and numbers of processes and threads."""
    return re.sub(rb"0x[0-9a-f]+|/tmp/\w+|\d{2,}", b"...", text)


def assert_compiler_is_quoted(program: Program, result: JudgeResult) -> None:
    """The compiler's own words are there, and as data they name the file and line that are wrong."""
    compilation = result.compilation
    assert compilation is not None
    assert not compilation.ok
    assert compilation.message
    assert (compilation.stdout + compilation.stderr).strip()
    assert b"/box/" not in compilation.stdout + compilation.stderr
    errors = [found for found in compilation.diagnostics if found.severity is Severity.ERROR]
    assert errors, compilation
    assert all(found.message for found in errors)
    if program.names_line:
        assert (program.path.name, program.error_line) in [(found.file, found.line) for found in errors]
    assert [case.verdict for case in result.cases] == [Verdict.SKIPPED]


def assert_ending(program: Program, case: CaseResult) -> None:
    """It left the status and the output that it should, also when it was killed."""
    assert case.stdout.startswith(program.output), case
    if program.exit_code is not None and case.verdict is program.verdicts[0]:
        assert (case.exit_code, case.signal) == (program.exit_code, program.signal), case
    if program.limit != "any":
        assert case.limit == (program.limit and LimitKind(program.limit)), case


def assert_evidence(program: Program, case: CaseResult) -> None:
    """Whatever was not accepted says why, and a limit says what was allowed, what was measured and who says so."""
    assert (case.message is None) == (case.verdict is Verdict.ACCEPTED), case
    assert (case.evidence is None) == (case.limit is None), case
    assert case.isolation is not None
    if case.evidence is None:
        return
    evidence = case.evidence
    assert evidence.limit is case.limit
    assert evidence.fact
    assert evidence.measured > 0
    match evidence.limit:
        case LimitKind.CPU_TIME | LimitKind.WALL_TIME | LimitKind.OUTPUT:
            assert evidence.measured >= evidence.limit_value
        case LimitKind.MEMORY:
            assert evidence.limit_value >= program.limits.memory_mib << 20
            assert evidence.measured >= evidence.limit_value * 0.9
        case LimitKind.PROCESSES | LimitKind.FILE_SIZE:
            assert case.verdict is Verdict.RUNTIME_ERROR
