from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from api.commands.matrix import describe, matrix, mebibytes, milliseconds, print_report
from judge import CaseResult, Verdict
from runner import PackageReport
from sandboxes import Evidence, LimitKind

Report = Callable[..., PackageReport]


def printed(report: PackageReport) -> str:
    console = Console(file=io.StringIO(), width=200, markup=False)
    print_report(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_row_per_solution_with_measures_and_whether_it_holds(report: Report) -> None:
    lines = printed(report(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)).splitlines()
    assert lines[0] == "double: Double (2 cases)"
    words = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert words["accepted/right.py"] == ["python", "accepted", "2", "12", "ms", "3.0", "MiB", "yes"]
    assert words["wrong_answer/wrong.py"] == ["python", "wrong_answer", "2", "12", "ms", "3.0", "MiB", "yes"]


def test_columns_are_the_verdicts_that_occur(report: Report) -> None:
    headers = [
        column.header for column in matrix(report(Verdict.ACCEPTED, Verdict.TIME_LIMIT_EXCEEDED).solutions).columns
    ]
    assert headers == ["solution", "language", "verdict", "AC", "TLE", "slowest CPU", "peak memory", "as expected"]


def test_what_does_not_hold_is_told_with_the_first_case_that_shows_it(report: Report) -> None:
    text = printed(report(Verdict.RUNTIME_ERROR, Verdict.WRONG_ANSWER, message="killed by SIGSEGV"))
    assert "NO" in text
    assert "submissions/accepted/right.py: runtime_error on sample/1 is not permitted" in text
    assert "sample/1: killed by SIGSEGV" in text


def test_a_package_that_cannot_be_judged_says_why(report: Report) -> None:
    whole = report(Verdict.ACCEPTED, Verdict.ACCEPTED)
    package = replace(whole.package, unsupported=("interactive",), warnings=("no time limit",))
    text = printed(PackageReport(package, ()))
    assert "not judged, because it needs interactive" in text
    assert "note: no time limit" in text


def test_a_package_without_solutions_says_so(package: Path, report: Report) -> None:
    for path in (package / "submissions").rglob("*.py"):
        path.unlink()
    assert "there is no reference solution to verify" in printed(report())


def test_a_case_is_described_with_its_evidence() -> None:
    evidence = Evidence(LimitKind.CPU_TIME, 1000, 1003, "ms", "cpu.stat: usage_usec")
    case = CaseResult(0, "secret/1", Verdict.TIME_LIMIT_EXCEEDED, "CPU time limit exceeded", evidence=evidence)
    assert describe(case) == "secret/1: CPU time limit exceeded; measured 1003 ms (cpu.stat: usage_usec)"


def test_what_was_not_measured_is_a_dash_and_never_nothing() -> None:
    assert (milliseconds(None), milliseconds(0.4), mebibytes(None), mebibytes(1 << 20)) == ("-", "0 ms", "-", "1.0 MiB")
