"""Points of the legacy formats: what the default grader makes of tests, in our words or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from judge import Aggregation, Data, Group, Package, PackageError, Scoring, TestCase, Verdict
from judge.packages.data import Directory
from judge.packages.document import Table
from judge.packages.grading import read_grading
from judge.scoring import score

Read = Callable[..., Package]
GONE = {"data/secret/1.in": None, "data/secret/1.ans": None}
GROUP = "on_reject: break\ngrader_flags: min\naccept_score: {}\nrange: 0 {}"


def files(words: Mapping[str, str], *tests: str, head: str = "") -> dict[str, str | None]:
    """A scoring problem with these tests, and ``testdata.yaml`` of these directories."""
    pairs = {f"data/{name}{end}": "" for name in tests for end in (".in", ".ans")}
    settings_ = {f"data/{name}/testdata.yaml".replace("//", "/"): text for name, text in words.items()}
    return {"problem.yaml": f"type: scoring\n{head}", **(GONE if tests else {}), **pairs, **settings_}


ANY = "grader_flags: first_error accept_if_any_accepted"


def two(a: str, b: str, hidden: str = ANY) -> dict[str, Any]:
    words = {"secret": f"on_reject: continue\n{hidden}", "secret/a": a, "secret/b": b}
    tests = ("sample/1", "sample/2", "secret/a/1", "secret/a/2", "secret/b/1", "secret/b/2")
    return files({"": "on_reject: continue\ngrader_flags: ignore_sample", **words}, *tests)


def scoring(package: Package) -> Scoring:
    assert package.unsupported == ()
    assert package.problem.scoring is not None
    return package.problem.scoring


class TestSaid:
    def test_groups_that_are_worth_all_or_nothing(self, read: Read) -> None:
        package = read(two(GROUP.format(10, 10), GROUP.format(25, 25)))
        assert scoring(package) == Scoring(35, (Group("secret/a", 10), Group("secret/b", 25)))
        groups = [case.group for case in package.problem.cases]
        assert groups == [None, None, "secret/a", "secret/a", "secret/b", "secret/b"]

    def test_groups_whose_tests_count_one_by_one(self, read: Read) -> None:
        each = "on_reject: continue\ngrader_flags: always_accept\naccept_score: 2.5"
        package = read(
            two(each, f"{each}\ngrader_flags: always_accept avg".replace("grader_flags: always_accept\n", "", 1))
        )
        assert scoring(package).groups == (
            Group("secret/a", 5, Aggregation.SUM),
            Group("secret/b", 2.5, Aggregation.SUM),
        )

    def test_nothing_said_is_all_or_nothing_samples_included(self, read: Read) -> None:
        package = read(files({}, "sample/1", "secret/1", "secret/2"))
        assert scoring(package) == Scoring(3, (Group("sample", 0), Group("secret", 3, requires=("sample",))))
        assert [case.group for case in package.problem.cases] == ["sample", "secret", "secret"]

    def test_samples_that_earn_points(self, read: Read) -> None:
        words = {"secret": "on_reject: continue\ngrader_flags: always_accept"}
        package = read(files(words, "sample/1", "secret/1", "secret/2"))
        assert scoring(package) == Scoring(
            3, (Group("sample", 1), Group("secret", 2, Aggregation.SUM, requires=("sample",)))
        )
        assert package.warnings[-1].startswith("data/testdata.yaml: grader_flags: without ignore_sample")

    def test_keys_are_inherited_one_by_one(self, read: Read) -> None:
        package = read(two("accept_score: 7", "", "grader_flags: min always_accept\naccept_score: 3"))
        assert scoring(package).groups == (Group("secret", 3),)

    def test_a_group_that_stops_those_after_it(self, read: Read) -> None:
        breaks = {"data/secret/testdata.yaml": f"on_reject: break\n{ANY}"}
        package = read(two(GROUP.format(1, 1), GROUP.format(2, 2)) | breaks)
        assert scoring(package).groups == (Group("secret/a", 1), Group("secret/b", 2, requires=("secret/a",)))

    @pytest.mark.parametrize(("how", "aggregation"), [("min", Aggregation.MIN), ("sum", Aggregation.SUM)])
    def test_scores_of_the_validator_within_a_range(self, read: Read, how: str, aggregation: Aggregation) -> None:
        group = f"on_reject: continue\ngrader_flags: always_accept {how}\nrange: 0 40"
        package = read(
            {
                **two(group, group),
                "problem.yaml": "type: scoring\nvalidation: custom score",
                "output_validators/a.py": "x",
            }
        )
        assert scoring(package).groups == (
            Group("secret/a", 40, aggregation),
            Group("secret/b", 40, aggregation),
        )

    def test_scores_of_the_validator_where_any_test_will_do(self, read: Read) -> None:
        any_test = f"on_reject: continue\n{ANY} sum\nrange: 0 40"
        package = read(
            {
                **two(any_test, any_test),
                "problem.yaml": "type: scoring\nvalidation: custom score",
                "output_validators/a.py": "x",
            }
        )
        assert scoring(package).groups == (
            Group("secret/a", 40, Aggregation.SUM),
            Group("secret/b", 40, Aggregation.SUM),
        )

    def test_a_range_that_is_not_what_can_be_earned_is_a_warning(self, read: Read) -> None:
        secret = "grader_flags: first_error accept_if_any_accepted\nrange: 0 100"
        assert read(two(GROUP.format(1, 1), GROUP.format(2, 2), secret)).warnings == (
            "data/secret/testdata.yaml: range: 100 is not the most there is to earn: 3",
        )


class TestNotSaid:
    @pytest.mark.parametrize(
        ("a", "secret", "needs"),
        [
            ("grading: custom", "", "a/testdata.yaml: grading: a custom grader"),
            ("reject_score: 1", "", "a/testdata.yaml: reject_score: points for tests that are not passed"),
            ("accept_score: -1", "", "a/testdata.yaml: accept_score: points below nothing"),
            ("grader_flags: max", "", "a/testdata.yaml: grader_flags: the best test's score"),
            (
                "on_reject: break\ngrader_flags: sum",
                "grader_flags: always_accept",
                "a/testdata.yaml: on_reject: sum of the tests before the first that fails",
            ),
            (
                "grader_flags: sum",
                "grader_flags: first_error accept_if_any_accepted",
                "testdata.yaml: grader_flags: a score that counts only if some of it is accepted",
            ),
            ("", "grader_flags: max", "testdata.yaml: grader_flags: the best group's score"),
            (
                "on_reject: continue\ngrader_flags: sum",
                "grader_flags: min",
                "testdata.yaml: grader_flags: min of groups that are not worth all or nothing",
            ),
        ],
    )
    def test_what_is_no_sum_of_groups_is_named(self, read: Read, a: str, secret: str, needs: str) -> None:
        b = GROUP.format(5, 5)
        package = read(two(a or b, b, secret or "grader_flags: always_accept"))
        assert package.unsupported == (f"data/secret/{needs}",)
        assert package.problem.scoring is None

    def test_a_group_that_always_counts_but_may_not_be_reached(self, read: Read) -> None:
        words = {
            "": "on_reject: break",
            "secret": "on_reject: break\ngrader_flags: accept_if_any_accepted",
            "secret/b": "grader_flags: always_accept",
        }
        package = read(files(words, "sample/1", "secret/a/1", "secret/b/1"))
        assert package.unsupported == (
            "data/testdata.yaml: grader_flags: points for samples that count only if secret tests pass",
        )

    def test_scores_of_the_validator_without_an_end(self, read: Read) -> None:
        package = read(
            {
                **files({"": "grader_flags: ignore_sample"}, "secret/1"),
                "problem.yaml": "type: scoring\nvalidation: custom score",
                "output_validators/a.py": "x",
            }
        )
        assert package.unsupported == (
            "data/secret/testdata.yaml: range: scores by the output validator without an upper bound",
        )

    @pytest.mark.parametrize("word", ["always_accept", "accept_if_any_accepted"])
    def test_other_verdicts_in_a_problem_without_points(self, read: Read, word: str) -> None:
        package = read({"data/secret/testdata.yaml": f"grader_flags: {word}"})
        assert package.unsupported == (f"data/secret/testdata.yaml: grader_flags: {word} in a problem without points",)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("on_reject: stop", "on_reject: must be break or continue, is 'stop' (text)"),
            ("grading: mine", "grading: must be default or custom"),
            ("grader_flags: [sum]", "grader_flags: must be text"),
            ("grader_flags: sum some", "grader_flags: unknown flag 'some'"),
            ("accept_score: many", "accept_score: must be a number"),
            ("accept_score: .inf", "accept_score: must be a number"),
            ("range: 5", "range: must be two numbers"),
            ("range: 5 1", "range: must not end below its beginning"),
            ("range: 0 nan", "range: must not end below its beginning"),
        ],
    )
    def test_wrong_values_are_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read(files({"": "grader_flags: ignore_sample", "secret": text}, "secret/1", "secret/2"))
        assert str(caught.value).startswith(f"data/secret/testdata.yaml: {message}")


WORDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "on_reject": st.sampled_from(["break", "continue"]),
        "accept_score": st.sampled_from([0, 1, 2.5, 10]),
        "range": st.sampled_from(["0 10", "0 40"]),
        "grader_flags": st.lists(
            st.sampled_from(
                ["worst_error", "first_error", "always_accept", "sum", "avg", "min", "max", "accept_if_any_accepted"]
            ),
            max_size=3,
        ).map(" ".join),
    },
)


@st.composite
def directories(draw: st.DrawFn, name: str = "secret", depth: int = 0) -> Directory:
    """A directory with tests or with directories in it, seldom with both."""
    items: list[str | Directory] = []
    kinds = ["tests"] if depth == 2 else ["tests", "groups", "groups", "both"]
    kind = draw(st.sampled_from(kinds if depth else ["groups", "groups", "tests", "both"]))
    for index in range(draw(st.integers(1, 3))):
        path = f"{name}/{index}"
        inner = kind == "groups" or (kind == "both" and index)
        items.append(draw(directories(path, depth + 1)) if inner else path)
    return Directory(name, Table(f"data/{name}/testdata.yaml", "", draw(WORDS)), tuple(items))


def below(directory: Directory) -> list[str]:
    return [test for item in directory.items for test in (below(item) if isinstance(item, Directory) else [item])]


def graded(
    directory: Directory, above: Mapping[str, Any], passed: Mapping[str, bool], said: Mapping[str, float] | None
) -> tuple[bool, float]:
    """Verdict and score of a directory as the format has them, one word after the other.

    ``said``: of all that there is to earn on a test, what the output validator gives for it, if that says so.
    """
    words = {**above, **directory.table.content}
    flags = str(words.get("grader_flags", "")).split()
    how = next((word for word in reversed(flags) if word in {"sum", "avg", "min", "max"}), "sum")
    each_one = float(words.get("accept_score", 1))
    if said is not None:
        tests = sum(isinstance(item, str) for item in directory.items)
        each_one = float(str(words.get("range", "0 0")).split()[1]) / (tests if how == "sum" and tests else 1)
    results: list[tuple[bool, float]] = []
    for item in directory.items:
        if isinstance(item, Directory):
            results.append(graded(item, words, passed, said))
        else:
            fraction = 1.0 if said is None else said[item]
            results.append((passed[item], each_one * fraction if passed[item] else 0.0))
        if not results[-1][0] and words.get("on_reject", "break") == "break":
            break
    if directory.name == "" and "ignore_sample" in flags:
        return results[-1]
    scores = [each for _, each in results]
    total = {"sum": sum(scores), "avg": sum(scores) / len(scores), "min": min(scores), "max": max(scores)}[how]
    verdict = next((word for word in reversed(flags) if word in {"worst_error", "first_error", "always_accept"}), "")
    accepted = verdict == "always_accept" or all(each for each, _ in results)
    return accepted or ("accept_if_any_accepted" in flags and any(each for each, _ in results)), total


@settings(max_examples=300)
@given(
    secret=directories(),
    validator=st.booleans(),
    samples=st.integers(0, 2),
    top=WORDS,
    ignore=st.booleans(),
    data=st.data(),
)
def test_points_are_those_of_the_grader(
    secret: Directory, validator: bool, samples: int, top: dict[str, Any], ignore: bool, data: st.DataObject
) -> None:
    if ignore:
        top = {"on_reject": "continue", "grader_flags": "ignore_sample"}
    if validator:
        top = {"range": "0 40", **top}
    sample = Directory(
        "sample", Table("data/sample/testdata.yaml", "", {}), tuple(map("sample/{}".format, range(samples)))
    )
    parts = (sample, secret) if samples else (secret,)
    root = Directory("", Table("data/testdata.yaml", "", top), parts)
    points = read_grading(root, validator_scores=validator)
    event("said" if points.scoring else "not said")
    if points.scoring is None:
        assert points.needs
        return
    passed = {name: data.draw(st.booleans(), label=name) for name in below(root)}
    fractions = st.sampled_from([0.0, 0.25, 1.0])
    said = {name: data.draw(fractions, label=f"{name}'s score") for name in passed} if validator else None
    accepted, total = graded(root, {}, passed, said)
    cases = [TestCase(name, Data(b""), Data(b""), group=points.groups.get(name)) for name in passed]
    verdicts = [Verdict.ACCEPTED if passed[case.name] else Verdict.WRONG_ANSWER for case in cases]
    earned = [(1.0 if said is None else said[case.name]) if passed[case.name] else 0.0 for case in cases]
    found = score(points.scoring, cases, verdicts, earned)
    assert found.score == pytest.approx(total if accepted else 0.0, abs=1e-6)
