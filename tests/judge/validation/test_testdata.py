"""What tests' own data says about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge import ArtefactError, Data, Group, JudgeProgram, Problem, Scoring, TestCase
from judge.validation import FindingKind
from judge.validation.testdata import data_findings
from tests.judge.validation.made import made_test, problem, right


def found(about: Problem) -> list[tuple[FindingKind, tuple[int, ...], str]]:
    return [(each.kind, each.tests, each.message) for each in data_findings(about)]


def test_of_tests_as_they_should_be_nothing_is_said() -> None:
    assert found(problem("sample/1", "secret/2", made_test("secret/3", b"", b""))) == []


@pytest.mark.parametrize(
    ("given", "wanted", "kind", "part", "message"),
    [
        (b"1 2\r\n", b"3\n", FindingKind.CARRIAGE_RETURN, "in", "the input has carriage returns"),
        (b"1 2\n", b"3\r\n", FindingKind.CARRIAGE_RETURN, "ans", "the expected output has carriage returns"),
        (b"1 2", b"3\n", FindingKind.NO_FINAL_NEWLINE, "in", "the input does not end in a newline"),
        (b"1 2\n", b"3", FindingKind.NO_FINAL_NEWLINE, "ans", "the expected output does not end in a newline"),
    ],
)
def test_line_ends_that_surprise_programs(
    given: bytes, wanted: bytes, kind: FindingKind, part: str, message: str
) -> None:
    (finding,) = data_findings(problem("sample/1", made_test("secret/2", given, wanted)))
    assert (finding.kind, finding.tests, finding.part) == (kind, (1,), part)
    assert finding.message.startswith(f"secret/2: {message}")


def test_line_ends_are_found_however_data_comes_in_pieces(tmp_path: Path) -> None:
    large = tmp_path / "large.in"
    large.write_bytes(b"x" * ((1 << 18) - 1) + b"\n" + b"y" * (1 << 18) + b"\r")
    case = TestCase("secret/1", Data(large), Data(b"1\n"))
    assert [kind for kind, _, _ in found(problem("sample/1", case))] == [
        FindingKind.CARRIAGE_RETURN,
        FindingKind.NO_FINAL_NEWLINE,
    ]


class TestTwins:
    def test_the_same_input_and_output_twice(self) -> None:
        cases = [made_test(f"secret/{number}", b"1\n") for number in (1, 2, 3)]
        assert found(problem("sample/1", *cases)) == [
            (FindingKind.IDENTICAL_TESTS, (1, 2, 3), "identical tests: secret/1, secret/2, secret/3")
        ]

    def test_the_same_input_with_other_answers_is_a_contradiction(self) -> None:
        about = problem("sample/1", made_test("secret/1", b"1\n", b"1\n"), made_test("secret/2", b"1\n", b"2\n"))
        ((kind, tests, message),) = found(about)
        assert (kind, tests) == (FindingKind.CONTRADICTING_TESTS, (1, 2))
        assert message == "the same input with different expected outputs: secret/1, secret/2"

    def test_an_interactor_reads_answers_as_it_likes(self) -> None:
        cases = (made_test("secret/1", b"1\n", b"1\n"), made_test("secret/2", b"1\n", b"2\n"))
        about = problem("sample/1", *cases, interactor=JudgeProgram(right().source))
        assert [kind for kind, _, _ in found(about)] == [FindingKind.IDENTICAL_TESTS]

    def test_many_sets_are_one_finding(self) -> None:
        cases = [made_test(f"secret/{number}-{twin}", b"%d\n" % number) for number in range(7) for twin in "ab"]
        ((_, tests, message),) = found(problem("sample/1", *cases))
        assert tests == tuple(range(1, 15))
        assert message.startswith("identical tests: secret/0-a, secret/0-b; secret/1-a, secret/1-b; ")
        assert message.endswith("secret/4-a, secret/4-b; and 2 more sets")

    def test_other_arguments_make_another_test(self) -> None:
        cases = (made_test("secret/1", b"1\n"), made_test("secret/2", b"1\n", args=("-v",)))
        assert found(problem("sample/1", *cases)) == []

    def test_a_sample_that_is_judged_once_more_is_only_noted(self) -> None:
        ((kind, tests, _),) = found(problem(made_test("sample/1", b"1\n"), made_test("secret/1", b"1\n")))
        assert (kind, tests, kind.note) == (FindingKind.REPEATED_TESTS, (0, 1), True)

    def test_where_groups_earn_points_each_may_have_its_own_copy(self) -> None:
        cases = (made_test("secret/a/1", b"1\n", group="a"), made_test("secret/b/1", b"1\n", group="b"))
        scoring = Scoring(2, (Group("a", 1), Group("b", 1)))
        assert [kind for kind, _, _ in found(problem("sample/1", *cases, scoring=scoring))] == [
            FindingKind.REPEATED_TESTS
        ]
        assert [kind for kind, _, _ in found(problem("sample/1", *cases))] == [FindingKind.IDENTICAL_TESTS]


def test_samples_have_to_be_there_and_to_be_seen() -> None:
    hidden = TestCase("sample/1", Data(b"1\n"), Data(b"1\n"), sample=False)
    assert found(problem(hidden, "secret/2")) == [
        (FindingKind.HIDDEN_SAMPLE, (0,), "sample/1: a sample that nobody may see"),
        (FindingKind.NO_SAMPLE, (), "no test is a sample: whoever solves the problem sees none"),
    ]


def test_a_file_that_is_gone_is_our_failure(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be read"):
        data_findings(problem(TestCase("secret/1", Data(tmp_path / "gone"), Data(b""))))
