from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from api.commands.matrix import describe, matrix, mebibytes, milliseconds, print_report
from api.commands.verified import Verified
from judge import CaseResult, Verdict
from runner import PackageReport
from sandboxes import Evidence, LimitKind

Verify = Callable[..., Verified]


def printed(verified: Verified) -> str:
    console = Console(file=io.StringIO(), width=200, markup=False)
    print_report(console, verified)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_row_per_solution_with_measures_and_whether_it_holds(verified: Verify) -> None:
    lines = printed(verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)).splitlines()
    assert lines[0] == "double: Double (2 cases)"
    words = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert words["accepted/right.py"] == ["python", "accepted", "2", "12", "ms", "3.0", "MiB", "yes"]
    assert words["wrong_answer/wrong.py"] == ["python", "wrong_answer", "2", "12", "ms", "3.0", "MiB", "yes"]


def test_columns_are_the_verdicts_that_occur(verified: Verify) -> None:
    headers = [
        column.header
        for column in matrix(verified(Verdict.ACCEPTED, Verdict.TIME_LIMIT_EXCEEDED).report.solutions).columns
    ]
    assert headers == ["solution", "language", "verdict", "AC", "TLE", "slowest CPU", "peak memory", "as expected"]


def test_what_does_not_hold_is_told_with_the_first_case_that_shows_it(verified: Verify) -> None:
    text = printed(verified(Verdict.RUNTIME_ERROR, Verdict.WRONG_ANSWER, message="killed by SIGSEGV"))
    assert "NO" in text
    assert "submissions/accepted/right.py: runtime_error on sample/1 is not permitted" in text
    assert "sample/1: killed by SIGSEGV" in text


def test_a_package_that_cannot_be_judged_says_why(verified: Verify) -> None:
    whole = verified(Verdict.ACCEPTED, Verdict.ACCEPTED)
    package = replace(whole.report.package, unsupported=("many passes",), warnings=("no time limit",))
    text = printed(Verified(whole.place, PackageReport(package, None)))
    assert "not judged, because it needs many passes" in text
    assert "warning: no time limit" in text


def test_a_package_without_solutions_says_so(package: Path, verified: Verify) -> None:
    for path in (package / "submissions").rglob("*.py"):
        path.unlink()
    assert "there is no reference solution to verify" in printed(verified())


def test_a_case_is_described_with_its_evidence() -> None:
    evidence = Evidence(LimitKind.CPU_TIME, 1000, 1003, "ms", "cpu.stat: usage_usec")
    case = CaseResult(0, "secret/1", Verdict.TIME_LIMIT_EXCEEDED, "CPU time limit exceeded", evidence=evidence)
    assert describe(case) == "secret/1: CPU time limit exceeded; measured 1003 ms (cpu.stat: usage_usec)"


def test_what_was_not_measured_is_a_dash_and_never_nothing() -> None:
    assert (milliseconds(None), milliseconds(0.4), mebibytes(None), mebibytes(1 << 20)) == ("-", "0 ms", "-", "1.0 MiB")


def test_checks_that_do_not_hold_are_told_with_their_tests(verified: Verify) -> None:
    text = printed(verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, checks=[True, False], inputs=[False, True]))
    assert "expected output of secret/2: no" in text
    assert "input of sample/1: v.py: no" in text
    assert "checks: 1 of 2 expected outputs are right, 1 of 2 inputs are right" in text


def test_times_are_shown_by_language_with_what_follows_for_the_limit(verified: Verify) -> None:
    lines = printed(verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)).splitlines()
    (row,) = (line.split() for line in lines if line.startswith("python"))
    assert row == ["python", "1000", "ms", "12", "ms", "accepted/right.py", "on", "sample/1", "-", "1"]
    assert (
        "  time limit: 1000 ms; suggested: 1000 ms "
        "(no solution that must be too slow was measured, so nothing says what is too high)" in lines
    )


def test_warnings_and_notes_are_told_apart(verified: Verify) -> None:
    text = printed(verified(Verdict.ACCEPTED, Verdict.ACCEPTED))
    assert "warning: no wrong solution fails secret/2" in text
    assert "note: no wrong solution fails sample/1" in text


def test_what_a_packages_programs_say_stays_on_its_line(verified: Verify) -> None:
    message = "no\n::error::x\x1b[2J\u202e\r"
    text = printed(verified(Verdict.WRONG_ANSWER, Verdict.WRONG_ANSWER, message=message))
    assert "sample/1: no ::error::x\ufffd[2J\ufffd" in text
    assert not {"\x1b", "\r", "\u202e"} & set(text)
    assert not any(line.startswith("::") for line in text.splitlines())
