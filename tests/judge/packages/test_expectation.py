"""Whether a solution did what its place promises."""

from __future__ import annotations

import pytest

from judge import CaseResult, Expectation, GroupScore, JudgeResult, Score, Verdict, overall
from judge.packages.expectation import COMPILED, expectation

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


def earned(total: float, *cases: CaseResult, **groups: float) -> JudgeResult:
    """A result with points; a group's name is ``secret/NAME``."""
    scores = tuple(GroupScore(f"secret/{name}", points, 100.0, V.ACCEPTED) for name, points in groups.items())
    cases = cases or (CaseResult(0, "secret/a/1", V.ACCEPTED),)
    return JudgeResult(overall(case.verdict for case in cases), None, None, cases, score=Score(total, 100.0, scores))


class TestScore:
    @pytest.mark.parametrize("score", [50, 50.0000009, 49.9999991])
    def test_a_score_is_met_within_a_millionth(self, score: float) -> None:
        assert Expectation(COMPILED, COMPILED, score=(50, 50)).unmet(earned(score)) == ()

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ((50, 50), "the score is 40, expected: 50"),
            ((50.5, 100), "the score is 40, expected: 50.5 to 100"),
            ((0, 39.999), "the score is 40, expected: 0 to 39.999"),
        ],
    )
    def test_another_score_is_named(self, wanted: tuple[float, float], sentence: str) -> None:
        assert Expectation(COMPILED, COMPILED, score=wanted).unmet(earned(40)) == (sentence,)

    def test_a_result_without_points_has_no_score(self) -> None:
        wanted = Expectation(COMPILED, COMPILED, score=(1, 1))
        assert wanted.unmet(result(V.ACCEPTED)) == ("there is no score, expected: 1",)


class TestGroups:
    def test_what_holds_for_a_group_is_asked_of_its_tests_only(self) -> None:
        accepted = Expectation(frozenset({V.ACCEPTED}), frozenset({V.ACCEPTED}))
        wanted = Expectation(COMPILED, COMPILED, groups={"secret/a": accepted})
        cases = [CaseResult(0, "secret/a/1", V.ACCEPTED), CaseResult(1, "secret/ab/1", V.WRONG_ANSWER)]
        assert wanted.unmet(earned(0, *cases)) == ()
        cases[0] = CaseResult(0, "secret/a/1", V.TIME_LIMIT_EXCEEDED)
        assert wanted.unmet(earned(0, *cases)) == (
            "secret/a: time_limit_exceeded on secret/a/1 is not permitted (permitted: accepted)",
            "secret/a: no test ended in accepted",
        )

    def test_a_pattern_is_of_tests_too(self) -> None:
        wanted = Expectation(COMPILED, COMPILED, groups={"secret/*-{hard,huge}": WRONG})
        cases = [CaseResult(index, f"secret/{name}", V.ACCEPTED) for index, name in enumerate(["1-easy", "2-hard"])]
        assert wanted.unmet(earned(0, *cases)) == ("secret/*-{hard,huge}: no test ended in wrong_answer",)

    def test_tests_that_were_not_executed_say_nothing_of_their_group(self) -> None:
        wanted = Expectation(COMPILED, COMPILED, groups={"secret/a": Expectation(COMPILED, COMPILED)})
        assert wanted.unmet(earned(0, CaseResult(0, "secret/a/1", V.SKIPPED))) == ()

    def test_scores_of_groups(self) -> None:
        def unmet(pattern: str, least: float, most: float) -> tuple[str, ...]:
            group = Expectation(COMPILED, COMPILED, score=(least, most))
            return Expectation(COMPILED, COMPILED, groups={pattern: group}).unmet(earned(30, a=10, b=20))

        assert unmet("secret/a", 10, 10) == unmet("secret", 30, 30) == unmet("secret/*", 10, 20) == ()
        assert unmet("secret/a", 11, 12) == ("secret/a: the score of secret/a is 10, expected: 11 to 12",)
        assert unmet("secret/*", 0, 10) == ("secret/*: the score of secret/b is 20, expected: 0 to 10",)
        assert unmet("secret", 31, 31) == ("secret: the score is 30, expected: 31",)
        assert unmet("secret/c", 0, 0) == ("secret/c: no group of that name earns points",)

    def test_a_program_that_does_not_compile_is_told_so_once(self) -> None:
        wanted = Expectation(COMPILED, COMPILED, score=(1, 1), message="x", groups={"secret": WRONG})
        (sentence,) = wanted.unmet(result(V.SKIPPED, verdict=V.COMPILE_ERROR))
        assert sentence.startswith("compile_error is not permitted")


class TestMessage:
    def test_some_checker_must_have_said_it_letter_by_letter(self) -> None:
        said = CaseResult(0, "secret/1", V.WRONG_ANSWER, checker_message="Token 3 differs")
        assert Expectation(COMPILED, COMPILED, message="3 differs").unmet(earned(0, said)) == ()
        assert Expectation(COMPILED, COMPILED, message="token").unmet(earned(0, said)) == (
            "on no test has the checker said 'token'",
        )
