"""``.syncode.yaml``: what it says holds, and what it may not say is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from judge import (
    Aggregation,
    Custom,
    Group,
    LanguageLimits,
    Package,
    PackageError,
    Scoring,
    TimeRole,
    Tokens,
    Trimmed,
    UnorderedLines,
    Verdict,
)
from languages import CompileOptions, Optimization

Read = Callable[..., Package]
TWO = {"data/secret/2.in": "", "data/secret/2.ans": "", "data/sample/1.in": "", "data/sample/1.ans": ""}


def read_with(read: Read, text: str, **files: str) -> Package:
    named = {name.replace("__", "/").replace("_py", ".py"): code for name, code in files.items()}
    return read({**TWO, ".syncode.yaml": text, **named}, new=True)


class TestHolds:
    def test_for_the_problem(self, read: Read) -> None:
        text = """
problem:
  checker: {type: unordered_lines, unordered_tokens: true}
  stop_on_first_failure: true
  languages: {python: {cpu_ms: 5, time_multiplier: 1.5}}
  scoring:
    max_score: 10
    groups: [{name: a, points: 2.5, aggregation: min}, {name: b, points: 0, aggregation: sum, requires: [a]}]
"""
        problem = read_with(read, text).problem
        assert problem.checker == UnorderedLines(unordered_tokens=True)
        assert problem.stop_on_first_failure
        assert problem.limits.languages == {"python": LanguageLimits(5, None, 1.5)}
        assert problem.limits.cpu_ms == 1500
        groups = (Group("a", 2.5, Aggregation.MIN), Group("b", 0, Aggregation.SUM, ("a",)))
        assert problem.scoring == Scoring(10, groups)

    def test_for_tests(self, read: Read) -> None:
        text = """
cases:
  secret/1: {cpu_ms: 7, memory_mib: 8, weight: 0, group: a, args: [x], checker: {type: trimmed}, checker_args: [y]}
  secret/2: {sample: true, group: null}
order: [secret/2, sample/1, secret/1]
"""
        second, sample, first = read_with(read, text).problem.cases
        assert (first.cpu_ms, first.memory_mib, first.weight, first.group) == (7, 8, 0.0, "a")
        assert (first.args, first.checker, first.checker_args) == (("x",), Trimmed(), ("y",))
        assert (second.name, second.sample, second.group) == ("secret/2", True, None)
        assert sample.sample

    def test_for_secret_tests_that_are_only_copies(self, read: Read) -> None:
        assert [case.name for case in read_with(read, "copies: true").problem.cases] == ["sample/1"]

    def test_for_solutions(self, read: Read) -> None:
        text = """
submissions:
  submissions/accepted/sum.py:
    permitted: [memory_limit_exceeded]
    required: [memory_limit_exceeded]
    score: [1, 2]
    groups: {secret: {permitted: [accepted], required: [accepted]}}
    model: true
    time_role: none
    authors: [{name: Ada}]
    name: The sum
    options: {optimization: debug}
"""
        (solution,) = read_with(read, text).submissions
        assert solution.expectation.permitted == {Verdict.MEMORY_LIMIT_EXCEEDED}
        assert solution.expectation.score == (1.0, 2.0)
        assert solution.expectation.groups["secret"].permitted == {Verdict.ACCEPTED}
        assert solution.model
        assert solution.time_role is TimeRole.NONE
        assert solution.name == "The sum"
        assert solution.authors[0].name == "Ada"
        assert solution.source.options == CompileOptions(Optimization.DEBUG)

    def test_for_programs_that_judge(self, read: Read) -> None:
        text = """
problem: {checker_args: [x]}
programs:
  judge: {language: python, entrypoint: b.py, cpu_ms: 5, memory_mib: 6}
  input_validators/v.py: {cpu_ms: 7, args: {'': [y], secret/1: [z]}}
"""
        files = {"output_validator/a.py": "x", "output_validator/b.py": "x", "input_validators/v.py": "x"}
        package = read({".syncode.yaml": text, **files}, new=True)
        checker = package.problem.checker
        assert isinstance(checker, Custom)
        assert (checker.args, checker.program.source.entrypoint) == (("x",), "b.py")
        assert (checker.program.cpu_ms, checker.program.memory_mib) == (5, 6)
        (validator,) = package.input_validators
        assert (validator.program.cpu_ms, validator.args) == (7, {None: ("y",), "secret/1": ("z",)})

    def test_for_what_is_only_said(self, read: Read) -> None:
        text = """
name: Another
names: {sv: En annan}
keywords: [two words]
languages: null
details: {license: cc0}
notes: {secret/1: {hint: x}}
extras: {ours: [1, 2]}
"""
        package = read_with(read, text)
        metadata = package.metadata
        assert (metadata.name, metadata.names, metadata.keywords) == ("Another", {"sv": "En annan"}, ("two words",))
        assert (metadata.languages, metadata.details) == (None, {"license": "cc0"})
        assert (package.notes, package.extras) == ({"secret/1": {"hint": "x"}}, {"ours": [1, 2]})

    def test_without_it_nothing_is_said(self, read: Read) -> None:
        package = read({**TWO}, new=True)
        assert package.problem.checker == Tokens(case_sensitive=False)
        assert package.extras == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("odd: 1", "odd: unknown key"),
        ("problem: {odd: 1}", "problem.odd: unknown key"),
        ("problem: {checker: {type: custom}}", "problem.checker.type: must be one of trimmed, exact, tokens"),
        ("problem: {checker: {}}", "problem.checker.type: must be one of"),
        ("problem: {checker: {type: trimmed, x: 1}}", "problem.checker.x: unknown key"),
        ("problem: {checker: {type: float, absolute_tolerance: -1}}", "problem.checker.absolute_tolerance: must be a"),
        (
            "problem: {checker: {type: float, absolute_tolerance: .inf}}",
            "problem.checker.absolute_tolerance: must be a",
        ),
        ("problem: {scoring: {groups: [{name: a, points: 1}]}}", "problem.scoring.groups[0].aggregation: must be one"),
        ("problem: {scoring: {groups: 5}}", "problem.scoring.groups: must be a list of maps"),
        (
            "problem: {scoring: {groups: [{name: a, points: 1, aggregation: sum, requires: [b]}]}}",
            "problem.scoring.groups: group 'a' is there twice, or requires what is no earlier group",
        ),
        ("problem: {languages: {c: {cpu: 1}}}", "problem.languages.c.cpu: unknown key"),
        ("cases: {secret/1: {odd: 1}}", "cases.secret/1.odd: unknown key"),
        ("cases: {secret/1: {cpu_ms: 0}}", "cases.secret/1.cpu_ms: must be above 0"),
        ("cases: {secret/1: {weight: -1}}", "cases.secret/1.weight: must be a finite number"),
        ("cases: [1]", "cases: must be a map"),
        ("order: [secret/1]", "order: must name every test once"),
        ("order: [secret/1, secret/1, sample/1]", "order: must name every test once"),
        ("submissions: {submissions/accepted/sum.py: {permitted: [AC]}}", "submissions.submissions/accepted/sum.py."),
        ("submissions: {submissions/accepted/sum.py: {time_role: x}}", "submissions.submissions/accepted/sum.py."),
        ("submissions: {submissions/accepted/sum.py: {options: {standard: x}}}", "submissions.submissions/accepted"),
        ("submissions: {submissions/accepted/sum.py: {permitted: [], score: 5}}", "submissions.submissions/accepted"),
        ("programs: {judge: {odd: 1}}", "programs.judge.odd: unknown key"),
        ("notes: [1]", "notes: must be a map"),
        ("details: 5", "details: must be a map"),
        ("extras: text", "extras: must be a map"),
        ("- 1", "must be a map"),
    ],
)
def test_what_makes_no_sense_is_named(read: Read, text: str, message: str) -> None:
    with pytest.raises(PackageError) as caught:
        read_with(read, text)
    assert str(caught.value).startswith(f".syncode.yaml: {message}")
