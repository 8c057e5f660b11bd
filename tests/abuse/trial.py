"""Trials that one program with one test is too little for: several tests, a compiler in the hands of an attacker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from judge import Data, JudgeResult, Problem, ProblemLimits, Source, TestCase, Tokens, Verdict, judge
from languages import Language
from tests.abuse.harness import CONTAINED, LANGUAGES, MODEST, PROGRAMS, Abuse, Abuser

PROBE: Final = "probe.h"


def probe(program: str, *args: str, limits: ProblemLimits = MODEST, stdin: bytes = b"") -> Abuse:
    """A program that is refused everything it attempts, and says so."""
    files = {PROBE: PROBE} if program.endswith(".c") else {}
    return Abuse(program, (Verdict.ACCEPTED,), args=args, limits=limits, stdin=stdin, files=files)


@contextlib.contextmanager
def watched(abuse: Abuser) -> Iterator[None]:
    """Whatever is judged meanwhile must leave no trace and spoil nothing for the next program in the slot."""
    before = abuse.look_first()
    yield
    assert abuse._look() == before
    assert abuse.control().verdict is Verdict.ACCEPTED
    assert abuse._look() == before


def read(program: str) -> dict[str, bytes]:
    """What is handed in for a program of the suite: its main file, and what it includes."""
    suffix = program[program.rindex(".") :]
    main = {".java": "Main.java"}.get(suffix, f"main{suffix}")
    files = {main: (PROGRAMS / program).read_bytes()}
    if suffix == ".c":
        files[PROBE] = (PROGRAMS / PROBE).read_bytes()
    return files


def case(name: str, *args: str, stdin: bytes = b"", answer: Data | bytes = CONTAINED) -> TestCase:
    return TestCase(name, Data(stdin), answer if isinstance(answer, Data) else Data(answer), args=args)


def judge_files(
    abuse: Abuser,
    language: Language,
    files: Mapping[str, bytes],
    cases: Sequence[TestCase],
    *,
    limits: ProblemLimits = MODEST,
) -> JudgeResult:
    """Judge under watch. The first of ``files`` is the main one."""
    source = Source(language, files, next(iter(files)))
    with watched(abuse):
        return judge(source, Problem(tuple(cases), Tokens(), limits), abuse._place(language))


def judge_program(
    abuse: Abuser,
    program: str,
    cases: Sequence[TestCase],
    *,
    limits: ProblemLimits = MODEST,
    files: Mapping[str, bytes] | None = None,
) -> JudgeResult:
    """Judge a program of the suite with several tests, or with files of the test's own, under watch."""
    language = abuse._languages[LANGUAGES[program[program.rindex(".") :]]]
    return judge_files(abuse, language, {**read(program), **(files or {})}, cases, limits=limits)


def compiled_by(language: Language, *steps: Sequence[str]) -> Language:
    """The language with a compiler that an attacker controls, as one with code that runs at build time would be."""
    assert language.compile is not None
    compiling = replace(language.compile, steps=tuple(map(tuple, steps)), produces=True, environment={})
    return replace(language, compile=compiling, run=("/app/out/main", "{args}"), run_environment={})


def what_was_said(result: JudgeResult) -> str:
    """Everything that a submitter may see of a compilation."""
    compilation = result.compilation
    assert compilation is not None
    texts = [compilation.stdout.decode(errors="replace"), compilation.stderr.decode(errors="replace")]
    return "\n".join([str(result.message), str(compilation.message), *texts, *map(str, compilation.diagnostics)])
