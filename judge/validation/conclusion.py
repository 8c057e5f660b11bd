"""From what was judged and checked to what a validation says. Reads the tests' data, and is pure otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from judge.validation.authored import Authored, must_pass
from judge.validation.outcomes import solution_findings
from judge.validation.report import CheckerCheck, InputCheck, SolutionReport, Validation
from judge.validation.suggestion import timing
from judge.validation.testdata import data_findings
from judge.verdict import Verdict


def conclude(
    authored: Authored,
    solutions: Sequence[SolutionReport],
    *,
    checker_checks: Sequence[CheckerCheck] = (),
    input_checks: Sequence[InputCheck] = (),
    uninstalled: Collection[str] = (),
    cancelled: bool = False,
) -> Validation:
    """All that follows. ``uninstalled``: ids of languages that cannot run here.

    Raises :class:`judge.errors.ArtefactError` if a test's file is gone.
    """
    judged = {report.submission.path for report in solutions}
    accepted = any(report.result.verdict is Verdict.ACCEPTED for report in solutions)
    accepted_exists = accepted or any(must_pass(each) for each in authored.solutions if each.path not in judged)
    return Validation(
        solutions=tuple(solutions),
        checker_checks=tuple(checker_checks),
        input_checks=tuple(input_checks),
        timing=timing(authored.problem, solutions),
        findings=(
            *solution_findings(authored, solutions, accepted_exists=accepted_exists, uninstalled=uninstalled),
            *data_findings(authored.problem),
        ),
        accepted_exists=accepted_exists,
        cancelled=cancelled,
    )
