from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import Aggregation, Data, Group, Problem, Scoring, TestCase, Verdict
from judge.scoring import Score
from judge.scoring import score as score_of

AC, WA, SKIPPED = Verdict.ACCEPTED, Verdict.WRONG_ANSWER, Verdict.SKIPPED


def score(scoring: Scoring, cases: list[TestCase], verdicts: list[Verdict]) -> Score:
    """What whole tests earn."""
    return score_of(scoring, cases, verdicts, [float(verdict is AC) for verdict in verdicts])


def case(group: str | None, weight: float = 1) -> TestCase:
    return TestCase(f"{group}-{weight}", Data(b""), Data(b""), group=group, weight=weight)


class TestScore:
    def test_without_groups_every_test_earns_its_share(self) -> None:
        found = score(Scoring(100), [case(None), case(None), case(None, 2)], [AC, WA, AC])
        assert (found.score, found.max_score) == (75, 100)
        assert [(group.name, group.score, group.verdict) for group in found.groups] == [("", 75, WA)]

    @pytest.mark.parametrize(
        ("aggregation", "earned"), [(Aggregation.SUM, 15), (Aggregation.MIN, 0), (Aggregation.PASS_FAIL, 0)]
    )
    def test_groups_earn_by_their_rule(self, aggregation: Aggregation, earned: float) -> None:
        scoring = Scoring(30, (Group("one", 10), Group("two", 20, aggregation)))
        cases = [case("one"), case("two", 3), case("two", 1)]
        found = score(scoring, cases, [AC, AC, WA])
        assert [group.score for group in found.groups] == [10, earned]
        assert [group.verdict for group in found.groups] == [AC, WA]
        assert found.score == 10 + earned

    def test_what_groups_leave_is_for_tests_in_none(self) -> None:
        found = score(Scoring(100, (Group("one", 40),)), [case("one"), case(None), case(None)], [AC, AC, WA])
        assert [(group.name, group.score, group.max_score) for group in found.groups] == [("one", 40, 40), ("", 30, 60)]

    def test_a_group_earns_nothing_without_those_that_it_requires(self) -> None:
        groups = (
            Group("one", 10, Aggregation.SUM),
            Group("two", 10, requires=("one",)),
            Group("three", 10, requires=("two",)),
        )
        cases = [case("one"), case("one"), case("two"), case("three")]
        assert score(Scoring(30, groups), cases, [AC, WA, AC, AC]).score == 5
        assert score(Scoring(30, groups), cases, [AC, AC, AC, AC]).score == 30
        assert score(Scoring(30, groups), cases, [AC, WA, SKIPPED, SKIPPED]).score == 5

    def test_a_part_of_a_test_counts_as_the_group_adds_up(self) -> None:
        groups = (Group("sum", 10, Aggregation.SUM), Group("min", 10, Aggregation.MIN), Group("all", 10))
        cases = [case(name) for name in ("sum", "sum", "min", "min", "all", "all")]
        found = score_of(Scoring(30, groups), cases, [AC] * 6, [1, 0.5, 1, 0.25, 1, 0.5])
        assert [group.score for group in found.groups] == [7.5, 2.5, 10]

    def test_what_hangs_on_a_test_is_its_share_where_the_group_sums_else_all_of_it(self) -> None:
        scoring = Scoring(100, (Group("sum", 30, Aggregation.SUM), Group("min", 20, Aggregation.MIN)))
        cases = [case("sum", 1), case("sum", 2), case("min"), case("min"), case(None), case(None, 4)]
        assert [scoring.worth(cases, index) for index in range(6)] == [10, 20, 20, 20, 10, 40]
        assert scoring.worth([case(None, 0)], 0) == 0

    def test_weights_that_are_nothing_earn_nothing(self) -> None:
        assert score(Scoring(10), [case(None, 0)], [AC]).score == 0

    @given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(Verdict)), min_size=1, max_size=12))
    def test_never_more_than_there_is_and_all_of_it_only_for_all(self, tests: list[tuple[str | None, Verdict]]) -> None:
        scoring = Scoring(100, (Group("a", 30, Aggregation.SUM), Group("b", 20, Aggregation.MIN, ("a",))))
        cases, verdicts = [case(group) for group, _ in tests], [verdict for _, verdict in tests]
        found = score(scoring, cases, verdicts)
        assert 0 <= found.score <= 100
        assert found.score == sum(group.score for group in found.groups)
        if {"a", "b", None} == {group for group, _ in tests}:
            assert (found.score == 100) == (set(verdicts) == {AC})


class TestGroups:
    def test_names_are_unique(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            Scoring(10, (Group("one", 5), Group("one", 5)))

    def test_requirements_are_earlier_groups(self) -> None:
        with pytest.raises(ValueError, match="no earlier group"):
            Scoring(10, (Group("one", 5, requires=("two",)), Group("two", 5)))


class TestStops:
    SCORING = Scoring(
        30, (Group("sum", 10, Aggregation.SUM), Group("all", 10), Group("after", 10, Aggregation.SUM, ("all",)))
    )
    PROBLEM = Problem(tuple(map(case, ("sum", "sum", "all", "all", "after", "all", None))), scoring=SCORING)

    @pytest.mark.parametrize(
        ("failed", "other", "stops"),
        [
            (0, 1, False),  # a sum goes on
            (2, 3, True),  # all or nothing does not
            (2, 5, True),
            (2, 4, True),  # nor does what requires it
            (5, 4, False),  # what came before has been executed
            (4, 5, False),
            (2, 6, False),
            (3, 2, False),
        ],
    )
    def test_which_failures_stop_which_tests(self, failed: int, other: int, *, stops: bool) -> None:
        assert self.PROBLEM.stops(failed, other) is stops

    def test_the_first_failure_may_stop_all(self) -> None:
        problem = Problem((case(None), case("a"), case(None)), stop_on_first_failure=True)
        assert [problem.stops(1, other) for other in range(3)] == [False, False, True]

    def test_however_far_back_the_required_group_is(self) -> None:
        groups = (Group("a", 1), Group("b", 1, requires=("a",)), Group("c", 1, requires=("b",)))
        assert Scoring(3, groups).required("c") == {"a", "b"}
        assert Scoring(3, groups).stops("a", "c")
