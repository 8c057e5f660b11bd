"""The score and the other figures of a report."""

from __future__ import annotations

from judge import Source, Verdict
from judge.mutation import Fate, Mutant, MutantResult, MutationReport, Operator, Tally
from languages import load_languages

SOURCE = Source.of(load_languages()["python"], b"a = 1\n")


def result(
    fate: Fate,
    *,
    solution: str = "a.py",
    test: str | None = None,
    operator: Operator = Operator.CONSTANT,
    line: int = 1,
) -> MutantResult:
    mutant = Mutant(operator, "main.py", line, 1, "1", "2", SOURCE, (), "that does")
    verdict = {Fate.SURVIVED: Verdict.ACCEPTED, Fate.KILLED: Verdict.WRONG_ANSWER}.get(fate)
    return MutantResult(solution, mutant, fate, verdict, test)


def report(*results: MutantResult, solutions: tuple[str, ...] = ("b.py", "a.py")) -> MutationReport:
    return MutationReport(solutions, (), ("1", "2", "3"), results, 1.5)


def test_the_score_counts_only_what_was_judged_to_the_end() -> None:
    killed, survived = result(Fate.KILLED, test="1"), result(Fate.SURVIVED)
    others = [result(fate) for fate in (Fate.NOT_VIABLE, Fate.NOT_JUDGED, Fate.NOT_RUN)]
    found = report(killed, survived, killed, killed, *others)
    assert found.score == 0.75
    assert found.tally == Tally(killed=3, survived=1, not_viable=1, not_judged=1, not_run=1)
    assert (found.tally.viable, found.tally.total) == (4, 7)


def test_without_a_viable_mutant_there_is_no_score() -> None:
    assert report(result(Fate.NOT_VIABLE), result(Fate.NOT_RUN)).score is None
    assert report().score is None


def test_tests_are_counted_by_what_they_were_the_first_to_kill() -> None:
    found = report(result(Fate.KILLED, test="1"), result(Fate.KILLED, test="1"), result(Fate.KILLED, test="3"))
    assert found.kills == {"1": 2, "2": 0, "3": 1}
    assert found.idle_tests == ("2",)


def test_figures_are_given_by_solution_and_by_operator() -> None:
    found = report(
        result(Fate.KILLED, test="1"),
        result(Fate.SURVIVED, solution="b.py", operator=Operator.LOGICAL),
        result(Fate.KILLED, test="2", operator=Operator.LOGICAL),
    )
    assert found.by_solution == {"b.py": Tally(survived=1), "a.py": Tally(killed=2)}
    assert list(found.by_solution) == ["b.py", "a.py"]
    assert found.by_operator == {Operator.CONSTANT: Tally(killed=1), Operator.LOGICAL: Tally(killed=1, survived=1)}


def test_survivors_are_listed_as_a_person_reads_the_solutions() -> None:
    later, earlier = result(Fate.SURVIVED, line=9), result(Fate.SURVIVED, line=2)
    first = result(Fate.SURVIVED, solution="b.py", line=30)
    found = report(later, result(Fate.KILLED, test="1"), earlier, first)
    assert found.survivors == (first, earlier, later)
