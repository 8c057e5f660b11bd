"""From packages to rows, without either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from api.problems.package_rows import PackagedProblem, packaged_problem
from judge import (
    PACKAGED,
    Checker,
    Data,
    Exact,
    Expectation,
    Float,
    PackageError,
    Problem,
    ProblemLimits,
    Source,
    Submission,
    TestCase,
    Tokens,
    Verdict,
    checker_from_flags,
)
from judge.packages import PackageContent
from judge.packages.statement import Description
from languages import load_languages

PYTHON: Final = load_languages()["python"]
CASE: Final = TestCase("secret/1", Data(b"1\n"), Data(b"2\n"))
ACCEPTED: Final = frozenset({Verdict.ACCEPTED})


def content(**changes: Any) -> PackageContent:
    return PackageContent(**{"shortname": "it", "name": "It", "problem": Problem((CASE,)), **changes})


def read(given: PackageContent, text: str = "Do it.") -> PackagedProblem:
    return packaged_problem(given, Description(text, "en", None, ()))


def cases(*checkers: Checker | None, **fields: Any) -> tuple[TestCase, ...]:
    return tuple(
        replace(CASE, name=f"secret/{place}", checker=checker, **fields) for place, checker in enumerate(checkers)
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (content(problem=Problem(cases(*[None] * 2001))), "2001 tests"),
        (content(name=" "), "1 to 200 characters"),
        (content(name="x" * 201), "1 to 200 characters"),
        (content(uuid="x" * 101), "uuid"),
        (content(languages=("cobol", "ada")), "names none of"),
        (content(problem=Problem((CASE,), limits=ProblemLimits(cpu_ms=60_001))), "at most 60 s"),
        (content(problem=Problem((CASE,), limits=ProblemLimits(memory_mib=4097))), "at most 4096 MiB"),
    ],
)
def test_what_no_problem_here_may_have(given: PackageContent, told: str) -> None:
    with pytest.raises(PackageError, match=told):
        read(given)


def test_texts_become_what_every_database_takes() -> None:
    found = read(content(name="a\0b\ud800", keywords=("A b!", "ä", "", "a-b", *map(str, range(12)))), text="x\0")
    assert (found.columns["title"], found.columns["description"]) == ("a\ufffdb\ufffd", "x\ufffd")
    assert found.columns["tags"] == ["a-b", *map(str, range(9))]
    assert any("9, 10, 11" in warning for warning in found.warnings)
    limits = ProblemLimits(output_mib=65)
    found = read(content(languages=("python", "ada"), problem=Problem((CASE,), limits=limits)), text=" ")
    assert (found.columns["allowed_languages"], found.columns["output_limit_mib"]) == (["python"], 64)
    assert found.columns["description"] == "It"
    assert [any(word in warning for warning in found.warnings) for word in ("ada", "64 MiB")] == [True, True]


def test_every_test_is_checked_as_the_package_says() -> None:
    default, float_ = Tokens(case_sensitive=False), Float(0.0, 0.25, case_sensitive=True)
    for usual, checkers in (
        (default, (None, Exact(), float_)),
        (float_, (None, default, Exact())),
        (Tokens(case_sensitive=True), (None, Tokens(case_sensitive=False, space_sensitive=True))),
    ):
        found = read(content(problem=Problem(cases(*checkers), checker=usual)))
        stored, flags = found.columns["checker"], [case.row["checker_args"] for case in found.cases]
        for checker, given in zip(checkers, flags, strict=True):
            wanted = checker or usual
            if given is None:
                assert {"tokens": Tokens, "float": Float}[stored["type"]] is type(wanted)
            else:
                assert checker_from_flags(given) == wanted
    strict = read(content(problem=Problem((CASE,), checker=Tokens(case_sensitive=False, space_sensitive=True))))
    assert (strict.columns["checker"], len(strict.warnings)) == ({"type": "exact"}, 1)


def test_solutions_have_names_of_their_own() -> None:
    source = Source.of(PYTHON, b"1", rules=PACKAGED)
    expected = Expectation(ACCEPTED, ACCEPTED, score=(1.0, 1.0), groups={"secret": Expectation(ACCEPTED, ACCEPTED)})
    paths = ["submissions/accepted/a.py", "submissions/accepted/" + "x" * 100, "submissions/accepted/" + "x" * 101]
    found = read(content(submissions=tuple(Submission(path, "accepted", source, expected) for path in paths)))
    names = [row["name"] for row in found.solutions]
    assert names[0] == "accepted/a.py"
    assert len(set(names)) == 3
    assert max(map(len, names)) <= 100
    assert [row["expected_score"] for row in found.solutions] == [1, 1, 1]
    assert found.solutions[0]["package"]["groups"]["secret"]["permitted"] == ["accepted"]


@pytest.mark.parametrize("side", [5, {"difficulty": "brutal"}, {"more": 1}, {"solutions": "x"}])
def test_what_was_written_beside_a_package_may_be_anything(side: object) -> None:
    found = read(content(extras={"syncode": side}))
    assert any("not as it was" in warning for warning in found.warnings)
    assert found.assumed["difficulty"] == "medium"
    known = read(content(extras={"syncode": {"difficulty": "hard", "unset": ["time"]}}))
    assert (known.columns["difficulty"], known.columns["time_limit_ms"], known.assumed) == ("hard", None, {})
