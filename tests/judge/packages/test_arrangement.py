"""Names of tests and solutions in packages that are written."""

from __future__ import annotations

import pytest

from judge import (
    Data,
    Expectation,
    Group,
    InputValidator,
    JudgeProgram,
    Scoring,
    Submission,
    Verdict,
)
from judge.packages import Format, shortname
from judge.packages.arrangement import arranged, order_of
from judge.packages.expectation import COMPILED, expectation
from judge.packages.writer import prepared
from tests.judge.packages.contents import (
    SUM,
    case,
    content,
)


class TestNames:
    def test_tests_are_numbered_in_a_directory_for_each_group(self) -> None:
        tests = [
            case("1", sample=True),
            case("2", group="Easy ones!"),
            case("3"),
            *(case(str(number), group="hard") for number in range(4, 14)),
        ]
        groups = (Group("hard", 50), Group("Easy ones!", 30))
        found = arranged(content(*tests, scoring=Scoring(100, groups))).problem.cases
        names = [each.name for each in found]
        assert names[:4] == ["sample/1", "secret/2-Easy-ones/1", "secret/3-others/1", "secret/1-hard/01"]
        assert names[-1] == "secret/1-hard/10"

    def test_what_is_said_of_tests_follows_them(self) -> None:
        wanted = Expectation(COMPILED, COMPILED, groups={"easy": Expectation(COMPILED, COMPILED)})
        moved = arranged(
            content(
                case("t1", group="easy"),
                notes={"t1": {"hint": "x"}},
                files={"data/t1.png": Data(b""), "attachments/t1.png": Data(b"")},
                submissions=(Submission("", "", SUM, wanted),),
                input_validators=(InputValidator("input_validators/a", JudgeProgram(SUM), {"t1": ("x",)}),),
            )
        )
        assert moved.notes == {"secret/easy/1": {"hint": "x"}}
        assert set(moved.files) == {"data/secret/easy/1.png", "attachments/t1.png"}
        assert set(moved.submissions[0].expectation.groups) == {"secret/easy"}
        assert moved.input_validators[0].args == {"secret/easy/1": ("x",)}

    def test_solutions_get_a_place_that_says_what_they_must_do(self) -> None:
        slow = expectation("time_limit_exceeded", legacy=False)
        assert slow is not None
        odd = Expectation(COMPILED, frozenset({Verdict.WRONG_ANSWER}))
        made = [
            Submission("Brute force #1", "", SUM, slow),
            Submission("brute-force-1", "", SUM, slow),
            Submission("", "", SUM, odd),
        ]
        found = prepared(content(submissions=tuple(made)), Format.V2025_09).submissions
        assert [(each.path, each.name) for each in found] == [
            ("submissions/time_limit_exceeded/Brute-force-1", "Brute force #1"),
            ("submissions/time_limit_exceeded/brute-force-1-2", "brute-force-1"),
            ("submissions/wrong_answer/python", ""),
        ]

    @pytest.mark.parametrize(
        ("text", "name"), [("A+B Problem", "abproblem"), ("Größe", "gre"), ("日本", "problem"), ("x" * 99, "x" * 60)]
    )
    def test_short_names_are_of_small_letters_and_digits(self, text: str, name: str) -> None:
        assert shortname(text) == name

    def test_order_is_that_of_reading(self) -> None:
        names = ["secret/a-b/1", "secret/a/2", "secret/a.b", "sample/2"]
        tests = [case(name, sample=name.startswith("sample")) for name in names]
        assert order_of(tests) == ["sample/2", "secret/a/2", "secret/a-b/1", "secret/a.b"]
