"""Whether a solution did what its place promises."""

from __future__ import annotations

import pytest

from judge import CaseResult, Expectation, JudgeResult, Verdict, overall
from judge.packages.expectation import expectation

V = Verdict
WRONG = Expectation(frozenset({V.ACCEPTED, V.WRONG_ANSWER}), frozenset({V.WRONG_ANSWER}))


def result(*verdicts: Verdict, verdict: Verdict | None = None) -> JudgeResult:
    cases = tuple(CaseResult(index, f"secret/{index}", each) for index, each in enumerate(verdicts))
    return JudgeResult(verdict or overall(verdicts), None, None, cases)


class TestUnmet:
    def test_nothing_when_it_holds(self) -> None:
        assert WRONG.unmet(result(V.ACCEPTED, V.WRONG_ANSWER, V.SKIPPED)) == ()

    def test_what_is_not_permitted_is_named_with_its_first_test(self) -> None:
        assert WRONG.unmet(result(V.WRONG_ANSWER, V.RUNTIME_ERROR, V.RUNTIME_ERROR)) == (
            "runtime_error on secret/1 is not permitted (permitted: accepted, wrong_answer)",
        )

    def test_what_was_required_and_did_not_come(self) -> None:
        assert WRONG.unmet(result(V.ACCEPTED)) == ("no test ended in wrong_answer",)

    @pytest.mark.parametrize("verdict", [V.COMPILE_ERROR, V.INTERNAL_ERROR, V.CANCELLED])
    def test_a_program_that_was_not_judged_does_not_do_what_it_must(self, verdict: Verdict) -> None:
        assert len(WRONG.unmet(result(V.SKIPPED, verdict=verdict))) == 2

    def test_an_internal_error_meets_no_expectation_whatever_else_happened(self) -> None:
        assert WRONG.unmet(result(V.WRONG_ANSWER, V.INTERNAL_ERROR))

    def test_a_compile_error_may_be_what_is_expected(self) -> None:
        compile_error = expectation("compile_error", legacy=False)
        assert compile_error is not None
        assert compile_error.unmet(result(V.SKIPPED, verdict=V.COMPILE_ERROR)) == ()
        assert compile_error.unmet(result(V.ACCEPTED))

    def test_an_unknown_directory_promises_nothing(self) -> None:
        assert expectation("whatever", legacy=True) is None
