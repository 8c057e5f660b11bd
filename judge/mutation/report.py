"""What became of mutants, and the score of a problem's tests. Pure.

The score is the part of the mutants that the tests noticed, of those that could be judged to the end: killed / viable.
A mutant that its language refuses is not viable; one that we failed to judge, or that there was no time for, says
nothing. Some that live are no worse than the program they were made of, which nobody can tell for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from judge.mutation.mutant import Mutant
from judge.mutation.operator import Operator
from judge.verdict import Verdict

Key = TypeVar("Key")


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    """A test told it from its original."""
    SURVIVED = "survived"
    """No test did."""
    NOT_VIABLE = "not_viable"
    """Its compiler, or its language's check, refused it."""
    NOT_JUDGED = "not_judged"
    """We failed, or a checker's program did."""
    NOT_RUN = "not_run"
    """There was no time left, or somebody cancelled."""


@dataclass(frozen=True, slots=True)
class MutantResult:
    """What became of one mutant.

    ``solution``  the name of the solution it was made of
    ``verdict``   of its judging, to the first test that it failed; ``None``: it was not judged
    ``test``      name of the test that killed it; ``None``: none did
    ``fault``     our own failure in detail; ``None`` unless it was not judged
    """

    solution: str
    mutant: Mutant
    fate: Fate
    verdict: Verdict | None = None
    test: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mutants ended how."""

    killed: int = 0
    survived: int = 0
    not_viable: int = 0
    not_judged: int = 0
    not_run: int = 0

    @classmethod
    def of(cls, results: Iterable[MutantResult]) -> Tally:
        """Count them."""
        counts = dict.fromkeys(Fate, 0)
        for result in results:
            counts[result.fate] += 1
        return cls(**{fate.value: count for fate, count in counts.items()})

    @property
    def viable(self) -> int:
        """Those that were judged to the end."""
        return self.killed + self.survived

    @property
    def total(self) -> int:
        """All."""
        return self.viable + self.not_viable + self.not_judged + self.not_run

    @property
    def score(self) -> float | None:
        """The part of the viable ones that was killed, from 0 to 1; ``None`` where none was viable."""
        return self.killed / self.viable if self.viable else None


@dataclass(frozen=True, slots=True)
class MutationReport:
    """What mutants of some solutions say of a problem's tests.

    ``solutions``  names of those that mutants were made of; ``passed_over``: of those in languages that are not parsed
    ``tests``      names of the problem's tests in their order
    ``results``    of every mutant that was made, in the order in which they were to be judged
    ``elapsed_s``  seconds that judging the mutants took
    """

    solutions: tuple[str, ...]
    passed_over: tuple[str, ...]
    tests: tuple[str, ...]
    results: tuple[MutantResult, ...]
    elapsed_s: float

    @property
    def tally(self) -> Tally:
        """All of them together."""
        return Tally.of(self.results)

    @property
    def score(self) -> float | None:
        """See :attr:`Tally.score`."""
        return self.tally.score

    @property
    def by_solution(self) -> dict[str, Tally]:
        """By the solution's name, in the order of the solutions."""
        return self._tallies(self.solutions, lambda result: result.solution)

    @property
    def by_operator(self) -> dict[Operator, Tally]:
        """By operator, those of which there are mutants."""
        tallies = self._tallies(tuple(Operator), lambda result: result.mutant.operator)
        return {operator: tally for operator, tally in tallies.items() if tally.total}

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """Those that no test told from their original, in the order of the solutions and of their texts."""
        places = {name: place for place, name in enumerate(self.solutions)}
        living = (result for result in self.results if result.fate is Fate.SURVIVED)
        return tuple(
            sorted(
                living,
                key=lambda each: (places[each.solution], each.mutant.file, each.mutant.line, each.mutant.column),
            )
        )

    @property
    def kills(self) -> dict[str, int]:
        """For each test how many mutants it was the first to kill: the tests after it were spared."""
        counts = dict.fromkeys(self.tests, 0)
        for result in self.results:
            if result.test is not None:
                counts[result.test] += 1
        return counts

    @property
    def idle_tests(self) -> tuple[str, ...]:
        """Tests that were the first to kill none: what they notice, earlier ones notice too."""
        return tuple(name for name, count in self.kills.items() if not count)

    def _tallies(self, keys: tuple[Key, ...], key: Callable[[MutantResult], Key]) -> dict[Key, Tally]:
        groups: dict[Key, list[MutantResult]] = {each: [] for each in keys}
        for result in self.results:
            groups[key(result)].append(result)
        return {each: Tally.of(group) for each, group in groups.items()}
