"""The problems that come with the service."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import select

from api.enums import CheckerKind, SupportedLanguage
from api.problems.columns import assign, case_rows
from api.problems.judging import judge_problem
from api.problems.models import Problem, TestCaseRow
from api.problems.seeding import Seed, read_seeds, seed
from judge import Problem as JudgedProblem
from judge import Source, Verdict
from languages import load_languages
from runner import Engine
from tests.api.people import Person, Service, expect

_SEEDS: Final = read_seeds()
_SOLUTIONS: Final = [
    pytest.param(given, language, id=f"{given.body.title}-{language}")
    for given in _SEEDS
    for language in given.solutions
]


def judged(given: Seed) -> JudgedProblem:
    row = Problem(id="x")
    assign(row, given.body)
    cases = [TestCaseRow(**case) for case in case_rows("x", given.body.test_cases)]
    return judge_problem(row, cases, languages=load_languages())


def test_what_comes_with_the_service() -> None:
    assert len(_SEEDS) == 5
    kinds = {given.body.checker.type for given in _SEEDS}
    assert kinds == {CheckerKind.TRIMMED, CheckerKind.TOKENS, CheckerKind.FLOAT, CheckerKind.UNORDERED_LINES}
    used: set[SupportedLanguage] = set()
    for given in _SEEDS:
        cases = given.body.test_cases
        assert {case.is_hidden for case in cases} == {True, False}
        assert [(case.input, case.expected_output) for case in cases if not case.is_hidden] == [
            (example.input, example.output) for example in given.body.examples
        ]
        assert set(given.body.starter_code or {}) == set(SupportedLanguage)
        assert given.body.is_published
        assert given.body.tags
        assert len(given.solutions) >= 3
        used |= set(given.solutions)
    assert used == set(SupportedLanguage)


@pytest.mark.parametrize(("given", "language"), _SOLUTIONS)
def test_every_reference_solution_is_right(engine: Engine, given: Seed, language: SupportedLanguage) -> None:
    problem = judged(given)
    source = Source.of(engine.language(language), given.solutions[language].encode())
    result = engine.judge(source, problem)
    assert result.verdict is Verdict.ACCEPTED, (result.message, result.compilation, result.cases)
    assert result.passed == len(given.body.test_cases)


@pytest.mark.parametrize("language", list(SupportedLanguage))
def test_starter_code_runs_and_solves_nothing(engine: Engine, language: SupportedLanguage) -> None:
    given = _SEEDS[0]
    code = (given.body.starter_code or {})[language] or ""
    problem = replace(judged(given), stop_on_first_failure=True)
    result = engine.judge(Source.of(engine.language(language), code.encode()), problem)
    assert result.cases[0].verdict is Verdict.WRONG_ANSWER, (result.message, result.compilation)


async def test_seeding_adds_what_is_missing_once(service: Service, admin: Person, ann: Person) -> None:
    database = service.services.database
    titles = sorted(given.body.title for given in _SEEDS)
    assert sorted(await seed(database)) == titles
    assert await seed(database) == []
    listed = expect(await ann.get("/problems", sortBy="title", sortOrder="asc"))["data"]
    assert sorted(problem["title"] for problem in listed) == titles
    for problem in listed:
        (given,) = (each for each in _SEEDS if each.body.title == problem["title"])
        solutions = expect(await admin.get(f"/problems/{problem['id']}/solutions"))["data"]
        assert {each["language"]: each["code"] for each in solutions} == {**given.solutions}
    path = f"/problems/{listed[0]['id']}"
    expect(await admin.patch(path, {"description": "Ours now."}))
    expect(await admin.delete(f"/problems/{listed[1]['id']}"), 204)
    assert await seed(database) == [listed[1]["title"]]
    assert expect(await ann.get(path))["description"] == "Ours now."


async def test_two_who_seed_at_once_add_each_problem_once(service: Service) -> None:
    database = service.services.database
    added = await asyncio.gather(seed(database), seed(database), seed(database))
    assert sorted(title for titles in added for title in titles) == sorted(given.body.title for given in _SEEDS)
    async with database.read() as work:
        assert len((await work.session.execute(select(Problem.id))).all()) == len(_SEEDS)
