"""A mutation report for people, for Markdown, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rich.console import Console

from api.commands.markdown import escaped
from api.commands.terminal import table
from judge.mutation import MutantResult, MutationReport, Tally
from runner.record import Json

_FIGURES: Final = ("score", "killed", "survived", "not viable", "not judged", "not run")


def print_mutation(console: Console, report: MutationReport) -> None:
    """Figures by solution and by operator, then every survivor with its change, then what there is to remark."""
    for title, tallies in _tables(report):
        shown = table(title, *_FIGURES, right=_FIGURES)
        for name, tally in tallies.items():
            shown.add_row(name, *_figures(tally))
        console.print(shown)
        console.print()
    for each in report.survivors:
        console.print(f"{each.solution}: {each.mutant.hint}")
        for line in _change(each):
            console.print(f"    {line}")
    for remark in _remarks(report):
        console.print(remark)


def mutation_markdown(name: str, report: MutationReport) -> str:
    """The same as a section of a Markdown document."""
    return "\n".join(_markdown(name, report)) + "\n"


def mutation_json(report: MutationReport) -> Json:
    """All of it, with every mutant that was made."""
    return {
        "score": report.score,
        **_counts(report.tally),
        "elapsedMs": round(report.elapsed_s * 1000),
        "solutions": [{"path": name, **_counts(tally)} for name, tally in report.by_solution.items()],
        "passedOver": list(report.passed_over),
        "operators": [{"operator": name.value, **_counts(tally)} for name, tally in report.by_operator.items()],
        "tests": [{"name": name, "killed": count} for name, count in report.kills.items()],
        "survivors": [_survivor(each) for each in report.survivors],
        "mutants": [_mutant(each) for each in report.results],
    }


def mutation_summary(report: MutationReport) -> str:
    """One sentence on the score and what it rests on."""
    tally = report.tally
    judged = f"mutation score {_percent(tally)}: {tally.killed} of {tally.viable} mutants killed"
    parts = ["no mutant could be judged to the end" if tally.score is None else judged]
    parts += [f"{tally.survived} survived"] if tally.survived else []
    parts += [f"{tally.not_viable} not viable"] if tally.not_viable else []
    parts += [f"{tally.not_judged} not judged"] if tally.not_judged else []
    parts += [f"{tally.not_run} not run for want of time"] if tally.not_run else []
    return ", ".join(parts)


def _tables(report: MutationReport) -> Iterator[tuple[str, Mapping[str, Tally]]]:
    yield "solution", report.by_solution
    yield "mistake", {operator.value: tally for operator, tally in report.by_operator.items()}


def _figures(tally: Tally) -> tuple[str, ...]:
    return (
        _percent(tally),
        *map(str, (tally.killed, tally.survived, tally.not_viable, tally.not_judged, tally.not_run)),
    )


def _percent(tally: Tally) -> str:
    """The score, which is 100 % only if nothing survived."""
    if tally.score is None:
        return "-"
    return f"{100 if not tally.survived else min(99.9, tally.score * 100):.3g} %"


def _change(result: MutantResult) -> list[str]:
    """The changed lines of a mutant and those around them, as in a diff."""
    return [line for line in result.mutant.diff.splitlines()[2:] if not line.startswith("\\")]


def _remarks(report: MutationReport) -> Iterator[str]:
    if idle := report.idle_tests:
        yield f"Tests that were the first to kill none: {', '.join(idle)}"
    if report.passed_over:
        yield f"In languages of which no mutants are made: {', '.join(report.passed_over)}"
    fault = next((each for each in report.results if each.fault), None)
    if fault is not None:
        yield f"Not judged, for instance line {fault.mutant.line} of {fault.solution}: {fault.fault}"


def _markdown(name: str, report: MutationReport) -> Iterator[str]:
    yield f"## Mutation score of {escaped(name)}"
    yield ""
    yield f"{escaped(mutation_summary(report).capitalize())}."
    for title, tallies in _tables(report):
        yield ""
        yield f"| {title} | {' | '.join(_FIGURES)} |"
        yield f"| --- |{' ---: |' * len(_FIGURES)}"
        for row, tally in tallies.items():
            yield f"| {escaped(row)} | {' | '.join(_figures(tally))} |"
    for each in report.survivors:
        yield ""
        yield f"- {escaped(f'{each.solution}: {each.mutant.hint}')}"
        yield ""
        change = _change(each)
        fence = "`" * max(3, 1 + max((len(run) for line in change for run in re.findall("`+", line)), default=0))
        for line in (f"{fence}diff", *change, fence):
            yield f"  {line}"
    for remark in _remarks(report):
        yield ""
        yield f"{escaped(remark)}."


def _counts(tally: Tally) -> Json:
    return {
        "score": tally.score,
        "killed": tally.killed,
        "survived": tally.survived,
        "notViable": tally.not_viable,
        "notJudged": tally.not_judged,
        "notRun": tally.not_run,
    }


def _mutant(result: MutantResult) -> Json:
    mutant = result.mutant
    return {
        "solution": result.solution,
        "file": mutant.file,
        "line": mutant.line,
        "column": mutant.column,
        "operator": mutant.operator.value,
        "before": mutant.before,
        "after": mutant.after,
        "fate": result.fate.value,
        "verdict": None if result.verdict is None else result.verdict.value,
        "test": result.test,
        "fault": result.fault,
    }


def _survivor(result: MutantResult) -> Json:
    return {**_mutant(result), "hint": result.mutant.hint, "diff": result.mutant.diff}
