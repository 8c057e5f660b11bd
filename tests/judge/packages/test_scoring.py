"""Points of format 2025-09: what the files of test groups come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import Aggregation, Data, Group, Package, PackageError, Scoring, TestCase, Verdict
from judge.packages.data import Directory
from judge.packages.document import Table
from judge.packages.scoring import read_points
from judge.scoring import score

Read = Callable[..., Package]
HEAD = "problem_format_version: 2025-09\nname: N\nuuid: u\nlimits: {time_limit: 1}\ntype: scoring\n"
GONE = {"data/secret/1.in": None, "data/secret/1.ans": None}
FILE = "data/secret/test_group.yaml"


def scored(files: Mapping[str, str | None], *tests: str) -> dict[str, str | None]:
    pairs = {f"data/{name}{end}": "" for name in tests for end in (".in", ".ans")}
    return {"problem.yaml": HEAD, **(GONE if tests else {}), **pairs, **files}


def two(secret: str = "", a: str = "max_score: 30", b: str = "max_score: 70") -> dict[str, str | None]:
    files = {FILE: secret, "data/secret/a/test_group.yaml": a, "data/secret/b/test_group.yaml": b}
    return scored(files, "sample/1", "secret/a/1", "secret/a/2", "secret/b/1")


def scoring(package: Package) -> Scoring:
    assert package.unsupported == ()
    assert package.problem.scoring is not None
    return package.problem.scoring


class TestGroups:
    def test_groups_are_all_or_nothing_and_added_unless_said_otherwise(self, read: Read) -> None:
        package = read(two(), new=True)
        assert scoring(package) == Scoring(100, (Group("secret/a", 30), Group("secret/b", 70)))
        assert [case.group for case in package.problem.cases] == [None, "secret/a", "secret/a", "secret/b"]

    @pytest.mark.parametrize(
        ("word", "aggregation"),
        [("sum", Aggregation.SUM), ("min", Aggregation.MIN), ("pass-fail", Aggregation.PASS_FAIL)],
    )
    def test_a_group_may_add_up_otherwise(self, read: Read, word: str, aggregation: Aggregation) -> None:
        package = read(two(a=f"max_score: 30\nscore_aggregation: {word}"), new=True)
        assert scoring(package).groups[0] == Group("secret/a", 30, aggregation)

    def test_directories_within_a_group_belong_to_it(self, read: Read) -> None:
        files = {"data/secret/a/test_group.yaml": "max_score: 100"}
        package = read(scored(files, "secret/a/x/1", "secret/a/2"), new=True)
        assert [case.group for case in package.problem.cases] == ["secret/a", "secret/a"]
        assert scoring(package).groups == (Group("secret/a", 100),)

    def test_without_groups_all_of_secret_is_one(self, read: Read) -> None:
        package = read(scored({}, "sample/1", "secret/1", "secret/2"), new=True)
        assert scoring(package) == Scoring(100, (Group("secret", 100, Aggregation.SUM),))
        assert [case.group for case in package.problem.cases] == [None, "secret", "secret"]

    @pytest.mark.parametrize(
        ("secret", "points"), [("max_score: 50\nscore_aggregation: pass-fail", 50), ("score_aggregation: min", 30)]
    )
    def test_groups_all_of_which_must_be_passed_are_one(self, read: Read, secret: str, points: int) -> None:
        package = read(two(secret), new=True)
        assert scoring(package) == Scoring(points, (Group("secret", points),))
        assert [case.group for case in package.problem.cases] == [None, "secret", "secret", "secret"]

    def test_what_has_to_be_passed_before(self, read: Read) -> None:
        package = read(two("require_pass: sample", b="max_score: 70\nrequire_pass: [secret/a]"), new=True)
        assert scoring(package).groups == (
            Group("sample", 0, Aggregation.SUM),
            Group("secret/a", 30, requires=("sample",)),
            Group("secret/b", 70, requires=("sample", "secret/a")),
        )
        assert package.problem.cases[0].group == "sample"

    def test_samples_that_are_not_there_are_passed(self, read: Read) -> None:
        package = read(scored({FILE: "require_pass: sample"}, "secret/1"), new=True)
        assert scoring(package).groups == (Group("secret", 100, Aggregation.SUM),)

    def test_a_maximum_that_cannot_be_reached_is_a_warning(self, read: Read) -> None:
        package = read(two("max_score: 120"), new=True)
        assert scoring(package).max_score == 100
        assert package.warnings == (
            f"{FILE}: max_score: 120 cannot be earned, by the groups' own it is 100 that can be",
        )


class TestNotSaid:
    @pytest.mark.parametrize(
        ("files", "needs"),
        [
            (two("max_score: unbounded"), f"{FILE}: max_score: scores without an upper bound"),
            (
                two("score_aggregation: min", a="max_score: 30\nscore_aggregation: sum"),
                f"{FILE}: score_aggregation: min of groups that are not pass-fail",
            ),
            (
                two("static_validation_score: 5"),
                f"{FILE}: static_validation_score: points that a static validator gives",
            ),
            (
                scored(
                    {
                        "data/secret/a/test_group.yaml": "max_score: 100",
                        "data/secret/a/x/test_group.yaml": "max_score: 5",
                    },
                    "secret/a/x/1",
                ),
                "data/secret/a/x/test_group.yaml: max_score: groups within groups",
            ),
        ],
    )
    def test_what_is_no_sum_of_groups_is_named(self, read: Read, files: dict[str, str | None], needs: str) -> None:
        package = read(files, new=True)
        assert package.unsupported == (needs,)
        assert package.problem.scoring is None

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            (two(a=""), "data/secret/a/test_group.yaml: max_score: is missing"),
            (two(a="max_score: -1"), "data/secret/a/test_group.yaml: max_score: must be a whole number"),
            (two(a="max_score: 1.5"), "data/secret/a/test_group.yaml: max_score: must be a whole number"),
            (
                two(a="max_score: 1\nscore_aggregation: mean"),
                "data/secret/a/test_group.yaml: score_aggregation: must be",
            ),
            (
                two(a="max_score: 1\nrequire_pass: secret/b"),
                "data/secret/a/test_group.yaml: require_pass: 'secret/b' is no",
            ),
            (two(a="max_score: 1\nrequire_pass: 5"), "data/secret/a/test_group.yaml: require_pass: must be a list"),
            (two("require_pass: secret/a"), f"{FILE}: require_pass: 'secret/a' is no earlier group"),
            (
                two("score_aggregation: pass-fail", a="max_score: 1\nscore_aggregation: sum"),
                "data/secret/a/test_group.yaml: score_aggregation: must be pass-fail, as it is for data/secret",
            ),
            (
                {**two(), "data/sample/test_group.yaml": "max_score: 5"},
                "data/sample/test_group.yaml: max_score: is not",
            ),
            (scored({}, "secret/1", "secret/a/1"), "data/secret: holds tests beside groups"),
            (two("static_validation_score: some"), f"{FILE}: static_validation_score: must be pass-fail or"),
        ],
    )
    def test_what_the_format_does_not_allow_is_named(
        self, read: Read, files: dict[str, str | None], message: str
    ) -> None:
        with pytest.raises(PackageError) as caught:
            read(files, new=True)
        assert str(caught.value).startswith(message)


WORDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"max_score": st.integers(0, 50)},
    optional={"score_aggregation": st.sampled_from(["pass-fail", "sum", "min"])},
)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Directory, dict[str, Any], list[dict[str, Any]]]:
    """``data`` with a few groups in ``secret``, and what stands in the files of ``secret`` and of the groups."""
    groups = draw(st.lists(WORDS, min_size=1, max_size=4))
    secret: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"score_aggregation": st.sampled_from(["pass-fail", "sum", "min"])})
    )
    directories: list[Directory] = []
    for index, words in enumerate(groups):
        name = f"secret/{index}"
        if secret.get("score_aggregation") == "pass-fail":
            words["score_aggregation"] = "pass-fail"
        earlier = ["sample", *(each.name for each in directories)]
        words["require_pass"] = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2))
        tests = tuple(f"{name}/{test}" for test in range(draw(st.integers(1, 3))))
        directories.append(Directory(name, Table(f"data/{name}/test_group.yaml", "", words), tests))
    samples = tuple(f"sample/{test}" for test in range(draw(st.integers(0, 2))))
    sample = Directory("sample", Table("data/sample/test_group.yaml", "", {}), samples)
    whole = Directory("secret", Table(FILE, "", secret), tuple(directories))
    return Directory("", Table("data/test_group.yaml", "", {}), (sample, whole)), secret, groups


@given(tree=trees(), data=st.data())
def test_points_are_those_of_the_format(
    tree: tuple[Directory, dict[str, Any], list[dict[str, Any]]], data: st.DataObject
) -> None:
    root, secret, groups = tree
    points = read_points(root)
    if points.scoring is None:
        assert points.needs
        return
    sample, whole = root.items
    assert isinstance(sample, Directory)
    assert isinstance(whole, Directory)
    directories = [each for each in whole.items if isinstance(each, Directory)]
    passed: dict[str, bool] = {}
    for directory in (sample, *directories):
        for name in directory.items:
            assert isinstance(name, str)
            passed[name] = data.draw(st.booleans(), label=name)
    # The format's words, one by one.
    accepted = {"sample": all(passed[str(name)] for name in sample.items)}
    earned: list[float] = []
    for words, directory in zip(groups, directories, strict=True):
        tests = [passed[str(name)] for name in directory.items]
        runs = all(accepted[name] for name in words["require_pass"])
        accepted[directory.name] = runs and all(tests)
        how = words.get("score_aggregation", "pass-fail")
        fraction = sum(tests) / len(tests) if how == "sum" else float(all(tests))
        earned.append(words["max_score"] * fraction if runs else 0.0)
    every = all(accepted[each.name] for each in directories)
    total = {"sum": sum(earned), "min": min(earned), "pass-fail": 100.0 if every else 0.0}
    cases = [TestCase(name, Data(b""), Data(b""), group=points.groups.get(name)) for name in passed]
    verdicts = [Verdict.ACCEPTED if passed[case.name] else Verdict.WRONG_ANSWER for case in cases]
    found = score(points.scoring, cases, verdicts, [float(passed[case.name]) for case in cases])
    assert found.score == pytest.approx(total[secret.get("score_aggregation", "sum")])
