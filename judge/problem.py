"""What a submission is judged against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from judge.checkers import Checker, Trimmed
from judge.custom import Custom, JudgeProgram
from judge.limits import ProblemLimits
from judge.scoring import Scoring
from judge.source import PACKAGED, Source
from judge.testcase import TestCase


@dataclass(frozen=True, slots=True)
class Problem:
    """Tests in their order, how to check outputs, and what programs are allowed.

    ``interactor``             talks with each program and judges it, in place of the checker; ``None``: not interactive
    ``includes``               files that a program gets beside its own: language id -> path -> content
    ``stop_on_first_failure``  tests after the first that is not accepted are skipped
    ``scoring``                how tests earn points; ``None``: all or nothing
    Raises ``ValueError`` without tests.
    """

    cases: tuple[TestCase, ...]
    checker: Checker | Custom = field(default_factory=Trimmed)
    limits: ProblemLimits = field(default_factory=ProblemLimits)
    interactor: JudgeProgram | None = None
    includes: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    stop_on_first_failure: bool = False
    scoring: Scoring | None = None

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("a problem needs at least one test")

    @property
    def judge_program(self) -> JudgeProgram | None:
        """The program that judges, where one does: the interactor, or the checker's."""
        if self.interactor is not None:
            return self.interactor
        return self.checker.program if isinstance(self.checker, Custom) else None

    def complete(self, source: Source) -> Source:
        """The program with the problem's files for its language, which take the place of its own of the same names.

        Raises :class:`judge.errors.SourceError`.
        """
        more = self.includes.get(source.language.id)
        return replace(source, files={**source.files, **more}, rules=PACKAGED) if more else source

    def stops(self, failed: int, other: int) -> bool:
        """Whether a test is not to be executed when an earlier one ``failed``, that is was not accepted (indices)."""
        if failed >= other:
            return False
        if self.stop_on_first_failure:
            return True
        scoring = self.scoring
        return scoring is not None and scoring.stops(self.cases[failed].group, self.cases[other].group)
