"""Packages of every kind, with programs of every kind in them, come out as ``expected.json`` says.

It holds for each package, by a solution's path below ``submissions/``, or ``SOLUTION on CASE`` where it is judged on
that one case of ``data/secret`` alone:

``verdict``         of all, as the wire names it
``said``, ``hint``  how what the judging program says begins, to authors and to whoever wrote the solution
``fault``           a pattern of what operators are told when the judging program has failed
``limit``           the limit that the result names, or those that it may name; absent: it names none
``exit``, ``signal``  how the solution ended; absent: whatever it was
``score``, ``groups``  what is earned, in all and by group
``cases``, ``skipped``  verdicts of all cases, or how many were not executed
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from judge import CaseResult, JudgeResult, Package, Problem, Verdict
from runner import Engine

HERE: Final = Path(__file__).parent
EXPECTED: Final[dict[str, dict[str, dict[str, Any]]]] = json.loads((HERE / "expected.json").read_text("utf-8"))
ENTRIES: Final = [(package, title) for package, titles in EXPECTED.items() for title in titles]
# Much of this is waiting for those who wait for each other.
AT_ONCE: Final = 4


@pytest.fixture(scope="module")
def packages(engine: Engine) -> dict[str, Package]:
    return {name: engine.read_package(HERE / name) for name in EXPECTED}


@pytest.fixture(scope="module")
def judged(
    request: pytest.FixtureRequest, engine: Engine, packages: dict[str, Package]
) -> Iterator[dict[tuple[str, str], Future[JudgeResult]]]:
    """What becomes of each entry that is asked for."""
    asked = [
        (str(item.callspec.params["package"]), str(item.callspec.params["title"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test_a_solution_ends_as_expected.__name__
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {entry: pool.submit(judge_entry, engine, packages[entry[0]], entry[1]) for entry in asked}
        yield futures
        for future in futures.values():
            future.cancel()


def judge_entry(engine: Engine, package: Package, title: str) -> JudgeResult:
    path, _, case = title.partition(" on ")
    (solution,) = (each for each in package.submissions if each.path == f"submissions/{path}")
    problem = package.problem
    return engine.judge(solution.source, alone(problem, case) if case else problem)


def alone(problem: Problem, name: str) -> Problem:
    (case,) = (case for case in problem.cases if case.name == f"secret/{name}")
    return replace(problem, cases=(case,))


@pytest.mark.parametrize(("package", "title"), ENTRIES)
def test_a_solution_ends_as_expected(
    judged: dict[tuple[str, str], Future[JudgeResult]], package: str, title: str
) -> None:
    result, wanted = judged[package, title].result(), EXPECTED[package][title]
    assert result.verdict == wanted["verdict"], result
    case = next((case for case in result.cases if case.verdict is result.verdict), result.cases[-1])
    assert (case.checker_message or "").startswith(wanted.get("said", "")), result
    assert case.team_message == wanted.get("hint"), result
    assert case.limit in words(wanted.get("limit")), result
    assert case.exit_code == wanted.get("exit", case.exit_code), result
    assert case.signal == wanted.get("signal", case.signal), result
    assert_fault(result, case, wanted.get("fault"))
    if "cases" in wanted:
        assert [each.verdict.value for each in result.cases] == wanted["cases"]
    if "skipped" in wanted:
        assert result.skipped == wanted["skipped"], result
    if "score" in wanted:
        assert result.score is not None
        assert result.score.score == pytest.approx(wanted["score"])
        assert {group.name: group.score for group in result.score.groups} == pytest.approx(wanted["groups"])


def words(value: str | list[str] | None) -> list[str | None]:
    return [*value] if isinstance(value, list) else [value]


def assert_fault(result: JudgeResult, case: CaseResult, pattern: str | None) -> None:
    """Only operators are told of it, and nobody of what lies elsewhere."""
    fault = case.fault or result.fault
    assert (fault is None) == (pattern is None) == (result.verdict is not Verdict.INTERNAL_ERROR), result
    if fault is not None and pattern is not None:
        assert re.search(pattern, fault, re.DOTALL), fault
        assert (case.checker_message, case.team_message) == (None, None)
    for text in (fault, case.checker_message, case.team_message):
        assert "root:" not in (text or "")


def test_every_package_and_every_solution_is_listed(packages: dict[str, Package]) -> None:
    assert {path.parent.name for path in HERE.glob("*/problem.yaml")} == set(EXPECTED)
    for name, package in packages.items():
        listed = {f"submissions/{title.partition(' on ')[0]}" for title in EXPECTED[name]}
        assert {each.path for each in package.submissions} == listed


def test_nothing_that_a_package_needs_is_missing(packages: dict[str, Package]) -> None:
    assert {name: package.unsupported for name, package in packages.items()} == dict.fromkeys(packages, ())
