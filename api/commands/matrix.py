"""The matrix of a verified package: solution by verdict, with the slowest and the largest run of each; and times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.commands.terminal import one_line, table
from api.commands.verified import Verified
from judge import CaseResult, Verdict
from judge.validation import LanguageTiming, SolutionReport, Timing, Validation
from sandboxes import MIB

MOST_CHECKS: Final = 10
"""How many checks that do not hold are shown one by one."""

_SHORT: Final = {
    Verdict.ACCEPTED: "AC",
    Verdict.WRONG_ANSWER: "WA",
    Verdict.COMPILE_ERROR: "CE",
    Verdict.RUNTIME_ERROR: "RE",
    Verdict.TIME_LIMIT_EXCEEDED: "TLE",
    Verdict.MEMORY_LIMIT_EXCEEDED: "MLE",
    Verdict.OUTPUT_LIMIT_EXCEEDED: "OLE",
    Verdict.INTERNAL_ERROR: "IE",
    Verdict.CANCELLED: "cancelled",
    Verdict.SKIPPED: "skipped",
}


def print_report(console: Console, verified: Verified) -> None:
    """The package's heading, its matrices, and a line for everything that is not as it should be."""
    package, validation = verified.report.package, verified.validation
    title = one_line(f"{package.id}: {package.metadata.name}")
    console.print(Text(f"{title} ({len(package.problem.cases)} cases)", style="bold"))
    if package.unsupported:
        console.print(f"  not judged, because it needs {', '.join(package.unsupported)}")
    elif not verified.report.solutions:
        console.print("  there is no reference solution to verify")
    else:
        console.print(matrix(verified.report.solutions))
    for solution in verified.report.solutions:
        _print_unmet(console, solution)
    if validation is not None:
        _print_checks(console, verified, validation)
        _print_timing(console, validation.timing)
    for warning in verified.warnings:
        console.print(f"  warning: {one_line(warning)}")
    for note in verified.notes:
        console.print(f"  note: {one_line(note)}")
    console.print()


def matrix(solutions: Sequence[SolutionReport]) -> Table:
    """A row per solution; a column for each verdict that any of their cases got, with the number of cases."""
    got = {case.verdict for solution in solutions for case in solution.result.cases}
    seen = [verdict for verdict in Verdict if verdict in got]
    counted = tuple(_SHORT[verdict] for verdict in seen)
    scored = ("score",) if any(solution.result.score for solution in solutions) else ()
    shown = table(
        *("solution", "language", "verdict", *scored, *counted, "slowest CPU", "peak memory", "as expected"),
        right=(*scored, *counted, "slowest CPU", "peak memory"),
    )
    for solution in solutions:
        result = solution.result
        counts = (result.count(verdict) for verdict in seen)
        shown.add_row(
            short_path(solution.submission.path),
            solution.submission.language.id,
            result.verdict.value,
            *((points(solution),) if scored else ()),
            *("" if count == 0 else str(count) for count in counts),
            milliseconds(solution.cpu_ms),
            mebibytes(solution.memory_bytes),
            Text("yes", style="green") if solution.holds else Text(expected(solution), style="bold red"),
        )
    return shown


def times(timing: Timing) -> Table:
    """A row per language."""
    numbers = ("limit", "slowest accepted", "fastest too slow", "factor it needs")
    shown = table("language", *numbers[:2], "which, on which case", *numbers[2:], right=numbers)
    for language in timing.languages:
        shown.add_row(
            language.language,
            milliseconds(language.limit_ms),
            milliseconds(language.slowest_accepted_ms),
            slowest(language),
            too_slow(language),
            factor(language),
        )
    return shown


def short_path(path: str) -> str:
    """A solution's path as people know it."""
    return path.removeprefix("submissions/")


def expected(solution: SolutionReport) -> str:
    """Whether a solution is as expected, for people."""
    return {True: "yes", False: "NO", None: "not judged"}[solution.met]


def points(solution: SolutionReport) -> str:
    """What it earned of the most there is; empty where nothing is to be earned."""
    score = solution.result.score
    return "" if score is None else f"{score.score:g}/{score.max_score:g}"


def slowest(language: LanguageTiming) -> str:
    """Which solution was the slowest of a language, and where; a dash where none was measured."""
    return "-" if language.slowest is None else f"{short_path(language.slowest[0])} on {language.slowest[1]}"


def too_slow(timing: LanguageTiming | Timing) -> str:
    """What the fastest of those that are too slow needs; of one that was stopped, what it needs at least."""
    at_least = "at least " if timing.fastest_tle_is_bound else ""
    return f"{at_least}{milliseconds(timing.fastest_tle_ms)}"


def factor(language: LanguageTiming) -> str:
    """How many times the problem's limit a language needs; a dash where nothing says so."""
    return "-" if language.suggested_multiplier is None else f"{language.suggested_multiplier:g}"


def limit_sentence(timing: Timing) -> str:
    """The limit that there is, and the one that there could be."""
    suggested = "none suggested" if timing.suggested_ms is None else f"suggested: {timing.suggested_ms} ms"
    remark = f" ({timing.remark})" if timing.remark else ""
    return f"time limit: {timing.current_ms} ms; {suggested}{remark}"


def first_failure(solution: SolutionReport) -> CaseResult | None:
    """The first case that was executed and not accepted."""
    fine = {Verdict.ACCEPTED, Verdict.SKIPPED}
    results = (solution.result, *solution.results)
    return next((case for result in results for case in result.cases if case.verdict not in fine), None)


def describe(case: CaseResult) -> str:
    """One case on one line, with what speaks for its verdict."""
    parts = [f"{case.name}: {case.message or case.verdict}"]
    if case.checker_message:
        parts.append(case.checker_message)
    if case.evidence:
        parts.append(f"measured {case.evidence.measured} {case.evidence.unit} ({case.evidence.fact})")
    if case.fault:
        parts.append(case.fault)
    return one_line("; ".join(parts))


def milliseconds(value: float | None) -> str:
    """For people; a dash where nothing was measured."""
    return "-" if value is None else f"{value:.0f} ms"


def mebibytes(value: int | None) -> str:
    """For people; a dash where nothing was measured."""
    return "-" if value is None else f"{value / MIB:.1f} MiB"


def _print_unmet(console: Console, solution: SolutionReport) -> None:
    path = solution.submission.path
    for sentence in solution.unmet:
        console.print(f"  {path}: {one_line(sentence)}")
    if solution.holds:
        return
    if solution.met is None:
        console.print(f"  {path}: could not be judged")
    if (culprit := first_failure(solution)) is not None:
        console.print(f"    {describe(culprit)}")
    elif solution.result.fault:
        console.print(f"    {one_line(solution.result.fault)}")


def _print_checks(console: Console, verified: Verified, validation: Validation) -> None:
    outputs, inputs = verified.refused_outputs, verified.refused_inputs
    lines = [f"expected output of {verified.test(check.index)}: {check.message}" for check in outputs]
    lines += [f"input of {verified.test(check.index)}: {check.validator}: {check.message}" for check in inputs]
    for line in lines[:MOST_CHECKS]:
        console.print(f"  {one_line(line)}")
    if len(lines) > MOST_CHECKS:
        console.print(f"  and {len(lines) - MOST_CHECKS} more checks do not hold")
    done = (
        (len(outputs), len(validation.checker_checks), "expected outputs"),
        (len(inputs), len(validation.input_checks), "inputs"),
    )
    parts = [f"{total - wrong} of {total} {what} are right" for wrong, total, what in done if total]
    if parts:
        console.print(f"  checks: {', '.join(parts)}")


def _print_timing(console: Console, timing: Timing) -> None:
    if timing.languages:
        console.print(times(timing))
    console.print(f"  {limit_sentence(timing)}")
