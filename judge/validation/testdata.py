"""What tests' own data says about them: twins, line ends, samples. Reads every byte of it once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from judge.problem import Problem
from judge.testcase import Data, TestCase
from judge.validation.finding import MOST_NAMED, Finding, FindingKind, some

_SAMPLES: Final = "sample/"
_ALIKE: Final = {
    FindingKind.IDENTICAL_TESTS: "identical tests",
    FindingKind.CONTRADICTING_TESTS: "the same input with different expected outputs",
    FindingKind.REPEATED_TESTS: "the same test as a sample, or in several groups",
}


@dataclass(frozen=True, slots=True)
class _Content:
    """What matters of one piece of data."""

    digest: bytes
    carriage_return: bool
    final_newline: bool

    @classmethod
    def of(cls, data: Data) -> _Content:
        """Raises :class:`judge.errors.ArtefactError` if a file is gone."""
        digest, carriage_return, last = hashlib.sha256(), False, b"\n"
        for block in data:
            digest.update(block)
            carriage_return = carriage_return or b"\r" in block
            last = block[-1:] or last
        return cls(digest.digest(), carriage_return, last == b"\n")


def data_findings(problem: Problem) -> tuple[Finding, ...]:
    """Findings about the tests themselves. Raises :class:`judge.errors.ArtefactError` if a file is gone."""
    inputs = [_Content.of(case.input) for case in problem.cases]
    answers = [_Content.of(case.expected) for case in problem.cases]
    return (
        *_samples(problem.cases),
        *_twins(problem, inputs, answers),
        *_text(problem.cases, inputs, part="in", noun="input"),
        *_text(problem.cases, answers, part="ans", noun="expected output"),
    )


def _samples(cases: Sequence[TestCase]) -> Iterator[Finding]:
    hidden = [index for index, case in enumerate(cases) if case.name.startswith(_SAMPLES) and not case.sample]
    if hidden:
        yield Finding(
            FindingKind.HIDDEN_SAMPLE, f"{_names(cases, hidden)}: a sample that nobody may see", tests=tuple(hidden)
        )
    if not any(case.sample for case in cases):
        yield Finding(FindingKind.NO_SAMPLE, "no test is a sample: whoever solves the problem sees none")


def _twins(problem: Problem, inputs: Sequence[_Content], answers: Sequence[_Content]) -> Iterator[Finding]:
    """Tests with the same input and arguments as an earlier one."""
    cases = problem.cases
    alike: dict[tuple[bytes, tuple[str, ...]], list[int]] = {}
    for index, content in enumerate(inputs):
        alike.setdefault((content.digest, cases[index].args), []).append(index)
    found: dict[FindingKind, list[list[int]]] = {}
    for tests in alike.values():
        if len(tests) == 1:
            continue
        kind = FindingKind.IDENTICAL_TESTS
        if problem.interactor is None and len({answers[index].digest for index in tests}) > 1:
            kind = FindingKind.CONTRADICTING_TESTS
        elif _on_purpose(problem, tests):
            kind = FindingKind.REPEATED_TESTS
        found.setdefault(kind, []).append(tests)
    for kind, sets in found.items():
        names = "; ".join(_names(cases, tests) for tests in sets[:MOST_NAMED])
        more = f"; and {len(sets) - MOST_NAMED} more sets" if len(sets) > MOST_NAMED else ""
        yield Finding(kind, f"{_ALIKE[kind]}: {names}{more}", tests=tuple(index for tests in sets for index in tests))


def _on_purpose(problem: Problem, tests: Sequence[int]) -> bool:
    """Whether it is usual that tests are repeated so: as a sample, or in each group that they belong to."""
    cases = [problem.cases[index] for index in tests]
    hidden = [case for case in cases if not case.sample]
    if len(hidden) <= 1 < len(cases) and len(cases) - len(hidden) == 1:
        return True
    return problem.scoring is not None and len({case.group for case in cases}) == len(cases)


def _text(cases: Sequence[TestCase], contents: Sequence[_Content], *, part: str, noun: str) -> Iterator[Finding]:
    returns = [index for index, content in enumerate(contents) if content.carriage_return]
    if returns:
        sentence = f"{_names(cases, returns)}: the {noun} has carriage returns (lines end in CRLF)"
        yield Finding(FindingKind.CARRIAGE_RETURN, sentence, tests=tuple(returns), part=part)
    endless = [index for index, content in enumerate(contents) if not content.final_newline]
    if endless:
        sentence = f"{_names(cases, endless)}: the {noun} does not end in a newline"
        yield Finding(FindingKind.NO_FINAL_NEWLINE, sentence, tests=tuple(endless), part=part)


def _names(cases: Sequence[TestCase], indices: Iterable[int]) -> str:
    return some([cases[index].name for index in indices])
