"""Programs of the corpus, judged in containers as anybody would have them judged: those that every language shows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pytest

from judge import JudgeResult, Verdict
from runner import Engine, Settings
from runner.settings import SandboxKind
from tests.test_corpus import (
    EVERYWHERE,
    PROGRAMS,
    Program,
    assert_compiler_is_quoted,
    assert_ending,
    assert_evidence,
    judge_program,
)

pytestmark = pytest.mark.docker

# One that is interpreted, and one that is compiled.
CHOSEN: Final = tuple(
    program for program in PROGRAMS if program.language in {"python", "c"} and program.behaviour in EVERYWHERE
)


@pytest.fixture(scope="module")
def results(docker_address: str, settings: Settings) -> Iterator[dict[str, Future[JudgeResult]]]:
    """Of each by its title; as many are judged at once as there are slots."""
    own = settings.model_copy(update={"sandbox": SandboxKind.DOCKER, "docker_host": docker_address})
    with Engine.open(own) as engine, ThreadPoolExecutor(engine.slots) as pool:
        yield {program.title: pool.submit(judge_program, engine, program) for program in CHOSEN}


@pytest.mark.parametrize("program", CHOSEN, ids=lambda program: program.title)
def test_a_program_ends_as_its_path_says(results: dict[str, Future[JudgeResult]], program: Program) -> None:
    result = results[program.title].result()
    (case,) = result.cases
    assert result.verdict in program.verdicts, (result.compilation, case)
    if result.verdict is Verdict.COMPILE_ERROR:
        assert_compiler_is_quoted(program, result)
        return
    assert_ending(program, case)
    assert_evidence(program, case)
    assert case.isolation is not None
    assert case.isolation.backend == "docker"
