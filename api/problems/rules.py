"""What the parts of a problem ask of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.enums import CheckerKind, ProblemKind
from api.errors import ValidationFailedError
from api.problems.checkers import check_program
from api.problems.models import Problem
from api.problems.schemas import CreateProblem, NewTestCase, UpdateProblem
from api.problems.scoring import CaseFacts, check_scoring
from judge import CheckerError, checker_from_flags
from languages import Language


def case_facts(cases: Sequence[NewTestCase]) -> list[CaseFacts]:
    """What of new tests the rest of the problem must fit."""
    return [
        CaseFacts(case.group, case.weight, tuple(case.checker_args or ()), not case.expected_output) for case in cases
    ]


def check_programs(body: CreateProblem | UpdateProblem, languages: Mapping[str, Language]) -> None:
    """See whether the checker and the interactor that are given could be compiled at all.

    Raises :class:`ValidationFailedError`.
    """
    given = body.model_fields_set
    if "checker" in given and "program" in body.checker.model_fields_set:
        check_program(body.checker.program, languages, field="checker.program")
    if "interactor" in given and body.interactor is not None:
        check_program(body.interactor, languages, field="interactor")


def check_whole(problem: Problem, cases: Sequence[CaseFacts]) -> None:
    """See whether everything about a problem goes together. Raises :class:`ValidationFailedError`."""
    interactive = problem.kind == ProblemKind.INTERACTIVE.value
    if interactive and problem.interactor is None:
        raise ValidationFailedError.of("interactor", "is required for interactive problems")
    if not interactive and problem.interactor is not None:
        raise ValidationFailedError.of("interactor", "is for problems of the kind interactive only")
    check_scoring(problem.scoring, cases)
    if interactive or problem.checker["type"] == CheckerKind.CUSTOM.value:
        return
    for index, case in enumerate(cases):
        if case.expects_nothing:
            reason = f"must not be empty: the checker {problem.checker['type']} has nothing to compare with"
            raise ValidationFailedError.of(f"testCases.{index}.expectedOutput", reason)
        try:
            checker_from_flags(case.checker_args)
        except CheckerError as error:
            raise ValidationFailedError.of(f"testCases.{index}.checkerArgs", str(error)) from error
