"""The matrix of a verified package: solution by verdict, with the slowest and the largest run of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.commands.terminal import table
from judge import CaseResult, Verdict
from runner import PackageReport, SolutionReport
from sandboxes import MIB

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


def print_report(console: Console, report: PackageReport) -> None:
    """The package's heading, its matrix, and a line for everything that is not as it should be."""
    package = report.package
    title = f"{package.id}: {package.metadata.name}"
    console.print(Text(f"{title} ({len(package.problem.cases)} cases)", style="bold"))
    for warning in package.warnings:
        console.print(f"  note: {warning}")
    if package.unsupported:
        console.print(f"  not judged, because it needs {', '.join(package.unsupported)}")
    elif not report.solutions:
        console.print("  there is no reference solution to verify")
    else:
        console.print(matrix(report.solutions))
    for solution in report.solutions:
        for sentence in solution.unmet:
            console.print(f"  {solution.submission.path}: {sentence}")
        if not solution.holds and (culprit := first_failure(solution)) is not None:
            console.print(f"    {describe(culprit)}")
        elif not solution.holds and solution.result.fault:
            console.print(f"    {solution.result.fault}")
    console.print()


def matrix(solutions: Sequence[SolutionReport]) -> Table:
    """A row per solution; a column for each verdict that any of their cases got, with the number of cases."""
    got = {case.verdict for solution in solutions for case in solution.result.cases}
    seen = [verdict for verdict in Verdict if verdict in got]
    counted = tuple(_SHORT[verdict] for verdict in seen)
    shown = table(
        *("solution", "language", "verdict", *counted, "slowest CPU", "peak memory", "as expected"),
        right=(*counted, "slowest CPU", "peak memory"),
    )
    for solution in solutions:
        result = solution.result
        counts = (result.count(verdict) for verdict in seen)
        shown.add_row(
            solution.submission.path.removeprefix("submissions/"),
            solution.submission.language.id,
            result.verdict.value,
            *("" if count == 0 else str(count) for count in counts),
            milliseconds(result.cpu_ms),
            mebibytes(result.memory_bytes),
            Text("yes", style="green") if solution.holds else Text("NO", style="bold red"),
        )
    return shown


def first_failure(solution: SolutionReport) -> CaseResult | None:
    """The first case that was executed and not accepted."""
    fine = {Verdict.ACCEPTED, Verdict.SKIPPED}
    return next((case for case in solution.result.cases if case.verdict not in fine), None)


def describe(case: CaseResult) -> str:
    """One case on one line, with what speaks for its verdict."""
    parts = [f"{case.name}: {case.message or case.verdict}"]
    if case.checker_message:
        parts.append(case.checker_message)
    if case.evidence:
        parts.append(f"measured {case.evidence.measured} {case.evidence.unit} ({case.evidence.fact})")
    if case.fault:
        parts.append(case.fault)
    return "; ".join(parts)


def milliseconds(value: float | None) -> str:
    """For people; a dash where nothing was measured."""
    return "-" if value is None else f"{value:.0f} ms"


def mebibytes(value: int | None) -> str:
    """For people; a dash where nothing was measured."""
    return "-" if value is None else f"{value / MIB:.1f} MiB"
