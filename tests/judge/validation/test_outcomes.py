"""What results of solutions say about a problem."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from judge import InputValidator, JudgeProgram, Problem, Submission
from judge.validation import Authored, Finding, FindingKind, SolutionReport
from judge.validation.outcomes import solution_findings
from tests.judge.validation.made import AC, IE, RE, SKIPPED, TLE, WA, again, judged, problem, result, right, slow, wrong

TWO = problem("sample/1", "secret/2")
CHECKED = InputValidator("input_validators/v.py", JudgeProgram(right().source))


def found(
    about: Problem,
    solutions: Sequence[Submission],
    reports: Sequence[SolutionReport],
    *kinds: FindingKind,
    uninstalled: Collection[str] = (),
) -> list[Finding]:
    authored = Authored(about, tuple(solutions), (CHECKED,))
    findings = solution_findings(authored, reports, accepted_exists=True, uninstalled=uninstalled)
    return [finding for finding in findings if not kinds or finding.kind in kinds]


def test_of_a_problem_with_all_it_needs_nothing_is_said() -> None:
    reports = [judged(TWO, right(), (AC, 5.0), (AC, 9.0)), judged(TWO, wrong(), (WA, 5.0), (WA, 5.0))]
    assert found(TWO, [right(), wrong()], reports) == []


def test_what_is_missing_is_said_once_each() -> None:
    findings = solution_findings(Authored(TWO, ()), [], accepted_exists=False, uninstalled=())
    assert [(each.kind, each.tests, each.solutions) for each in findings] == [
        (FindingKind.NO_ACCEPTED_SOLUTION, (), ()),
        (FindingKind.NO_WRONG_SOLUTION, (), ()),
        (FindingKind.NO_INPUT_VALIDATOR, (), ()),
    ]


class TestChange:
    def test_another_verdict_when_judged_again(self) -> None:
        report = again(judged(TWO, right(), (AC, 5.0), (AC, 5.0)), result(TWO, right(), (AC, 5.0), (WA, 5.0)))
        (finding,) = found(TWO, [right(), wrong()], [report], FindingKind.NONDETERMINISM)
        assert finding.message == "right.py ended differently when it was judged again, on secret/2"
        assert (finding.tests, finding.solutions) == ((1,), ("right.py",))

    def test_another_output_when_judged_again(self) -> None:
        cases = ((AC, 5.0), (WA, 5.0))
        report = again(
            judged(TWO, wrong(), *cases, outputs=[b"1\n", b"2\n"]),
            result(TWO, wrong(), *cases, outputs=[b"1\n", b"3\n"]),
        )
        (finding,) = found(TWO, [right(), wrong()], [report], FindingKind.NONDETERMINISM)
        assert finding.message == "wrong.py wrote something else when it was judged again, on secret/2"

    @pytest.mark.parametrize("verdict", [TLE, RE, SKIPPED])
    def test_what_a_program_wrote_until_it_was_stopped_is_a_matter_of_luck(self, verdict: object) -> None:
        cases = ((verdict, 5.0), (AC, 5.0))
        first = judged(TWO, slow(), *cases, outputs=[b"1\n1\n", b""])  # type: ignore[arg-type] # one of them
        second = result(TWO, slow(), *cases, outputs=[b"1\n", b""])  # type: ignore[arg-type] # the same
        assert found(TWO, [right(), slow()], [again(first, second)], FindingKind.NONDETERMINISM) == []

    def test_a_failure_of_ours_is_no_change_of_the_program(self) -> None:
        report = again(judged(TWO, right(), (AC, 5.0), (AC, 5.0)), result(TWO, right(), (AC, 5.0), (IE, None)))
        assert found(TWO, [right(), wrong()], [report], FindingKind.NONDETERMINISM) == []


def test_a_verdict_that_rests_on_the_better_of_two_runs_is_named() -> None:
    reports = [
        judged(TWO, right(), (AC, 5.0), (AC, 980.0), runs=[1, 2]),
        judged(TWO, slow(), (AC, 5.0), (TLE, 1000.0), runs=[1, 2]),
    ]
    (finding,) = found(TWO, [right(), slow()], reports, FindingKind.BORDERLINE)
    assert (finding.tests, finding.solutions) == ((1,), ("right.py",))
    assert finding.message == "right.py came so close to its time limit that it was run again, on secret/2"


def test_the_limit_is_tight_for_a_language_whose_right_solutions_need_more_than_half() -> None:
    reports = [
        judged(TWO, right(), (AC, 499.0), (AC, 500.0)),
        judged(TWO, right("right.cpp", "cpp"), (AC, 501.0), (AC, 900.0)),
        judged(TWO, right("other.cpp", "cpp"), (AC, 5.0), (AC, 600.0)),
        judged(TWO, wrong(), (WA, 900.0), (WA, 900.0)),
    ]
    (finding,) = found(TWO, [right(), wrong()], reports, FindingKind.TIGHT_LIMIT)
    assert finding.message == (
        "the time limit is tight for cpp: right.cpp took 900 ms on secret/2, and twice that is more than 1000 ms"
    )
    assert (finding.tests, finding.solutions) == ((0, 1), ("right.cpp", "other.cpp"))


class TestUnfailed:
    def test_tests_that_every_wrong_solution_passes_are_named_samples_apart(self) -> None:
        about = problem("sample/1", "secret/2", "secret/3")
        reports = [
            judged(about, wrong(), (AC, 1.0), (AC, 1.0), (WA, 1.0)),
            judged(about, slow(), (AC, 1.0), (AC, 1.0), (AC, 1.0)),
        ]
        hidden, sample = found(about, [right(), wrong(), slow()], reports)
        assert (hidden.kind, hidden.message, hidden.tests) == (
            FindingKind.UNFAILED_TEST,
            "no wrong solution fails secret/2",
            (1,),
        )
        assert (sample.kind, sample.tests, sample.kind.note) == (FindingKind.UNFAILED_SAMPLE, (0,), True)

    def test_many_are_not_all_named(self) -> None:
        about = problem(*(f"secret/{number:02}" for number in range(9)))
        report = judged(about, wrong(), *((AC, 1.0),) * 9)
        (finding,) = found(about, [right(), wrong()], [report])
        assert finding.message.endswith("secret/00, secret/01, secret/02, secret/03, secret/04 and 4 more")
        assert finding.tests == tuple(range(9))

    def test_what_no_wrong_solution_was_run_on_nobody_knows(self) -> None:
        report = judged(TWO, wrong(), (WA, 1.0), (SKIPPED, None))
        assert found(TWO, [right(), wrong()], [report]) == []

    def test_part_of_the_points_is_no_pass(self) -> None:
        report = judged(TWO, wrong(), (WA, 1.0), (AC, 1.0))
        (first,) = report.results
        part = replace(first, cases=(first.cases[0], replace(first.cases[1], fraction=0.5)))
        assert found(TWO, [right(), wrong()], [SolutionReport.of(wrong(), part)]) == []

    @pytest.mark.parametrize("report", [None, judged(TWO, slow(), (AC, 1.0), (IE, None))])
    def test_nothing_is_said_before_all_wrong_solutions_were_judged(self, report: SolutionReport | None) -> None:
        reports = [judged(TWO, wrong(), (AC, 1.0), (AC, 1.0)), *([report] if report else [])]
        assert found(TWO, [right(), wrong(), slow()], reports) == []


def test_a_language_that_is_not_there_is_named_with_what_it_leaves_open() -> None:
    reports = [
        judged(TWO, right("Right.java", "java"), (IE, None), (IE, None)),
        judged(TWO, wrong(), (WA, 1.0), (WA, 1.0)),
    ]
    (finding,) = found(TWO, [right(), wrong()], reports, uninstalled=["java", "rust"])
    assert (finding.kind, finding.solutions) == (FindingKind.UNINSTALLED_LANGUAGE, ("Right.java",))
    assert finding.message == "java is not installed here, so Right.java could not be judged"
