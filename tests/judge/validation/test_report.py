"""Whether a validation holds, and what becomes of failures of ours."""

from __future__ import annotations

from dataclasses import replace

from judge import Verdict
from judge.validation import Authored, CheckerCheck, FindingKind, InputCheck, SolutionReport, conclude
from tests.judge.validation.made import AC, CE, IE, WA, again, judged, problem, result, right, slow, wrong

ONE = problem("secret/1")
RIGHT = judged(ONE, right(), (AC, 5.0))
WRONG = judged(ONE, wrong(), (WA, 5.0))


def test_all_is_well_when_every_expectation_holds_and_a_solution_is_accepted() -> None:
    found = conclude(Authored(ONE, (right(), wrong())), [RIGHT, WRONG])
    assert (found.ok, found.checks_hold, found.failed, found.cancelled, found.fault) == (True, True, False, False, None)


def test_one_unmet_expectation_is_enough() -> None:
    refused = judged(ONE, right("other.py"), (WA, 5.0))
    found = conclude(Authored(ONE, (right(), right("other.py"))), [RIGHT, refused])
    assert (found.ok, refused.met, refused.holds) == (False, False, False)
    assert refused.unmet[0] == "wrong_answer on secret/1 is not permitted (permitted: accepted)"


def test_an_expectation_has_to_hold_each_time() -> None:
    report = again(RIGHT, result(ONE, right(), (AC, 9.0)), result(ONE, right(), (WA, 7.0)))
    assert (report.met, len(report.unmet), report.result.verdict, report.cpu_ms) == (False, 2, AC, 9.0)


def test_without_an_accepted_solution_it_is_not_well() -> None:
    found = conclude(Authored(ONE, (wrong(),)), [WRONG])
    assert not found.ok
    assert FindingKind.NO_ACCEPTED_SOLUTION in {finding.kind for finding in found.findings}


def test_an_accepted_solution_that_was_not_chosen_is_there_all_the_same() -> None:
    assert conclude(Authored(ONE, (right(), wrong())), [WRONG]).ok
    assert not conclude(Authored(ONE, (slow(), wrong())), [WRONG]).ok


def test_a_failure_of_ours_is_never_an_expectation_that_does_not_hold() -> None:
    report = judged(ONE, wrong(), (IE, None))
    assert (report.met, report.unmet, report.holds) == (None, (), False)
    found = conclude(Authored(ONE, (right(), wrong())), [RIGHT, report])
    assert (found.ok, found.failed, found.fault) == (False, True, "no jail")


def test_a_program_of_the_problems_that_fails_is_told_from_a_failure_of_ours() -> None:
    failing = result(ONE, right("other.py"), (IE, None))
    theirs = SolutionReport.of(right("other.py"), replace(failing, judge_failed=True))
    authored = Authored(ONE, (right(), right("other.py")))
    found = conclude(authored, [RIGHT, theirs])
    assert (found.ok, found.failed, found.judge_failed) == (False, True, True)
    for both in (
        conclude(authored, [RIGHT, theirs, judged(ONE, wrong(), (IE, None))]),
        conclude(authored, [theirs], checker_checks=[CheckerCheck(0, accepted=False, fault="no jail")]),
        conclude(authored, [RIGHT]),
    ):
        assert not both.judge_failed


def test_a_failure_of_ours_in_a_later_round_is_what_counts() -> None:
    report = again(RIGHT, result(ONE, right(), (IE, None)))
    assert (report.met, report.result.verdict) == (None, Verdict.INTERNAL_ERROR)


def test_a_program_that_must_not_compile_needs_no_test() -> None:
    must_not = right("typo.c", "c")
    report = SolutionReport.of(must_not, result(ONE, must_not, (CE, None)))
    assert report.met is False


def test_checks_that_do_not_hold_are_no_expectation_but_a_failure_of_ours_there_is_one() -> None:
    refused = InputCheck("v.py", 0, accepted=False, message="no")
    found = conclude(Authored(ONE, (right(),)), [RIGHT], input_checks=[refused])
    assert (found.ok, found.checks_hold, found.failed) == (True, False, False)
    broken = CheckerCheck(0, accepted=False, fault="no jail")
    found = conclude(Authored(ONE, (right(),)), [RIGHT], checker_checks=[broken])
    assert (found.ok, found.failed, found.fault) == (False, True, "no jail")
