"""What the results of reference solutions say about a problem, beside whether expectations hold. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from judge.packages.submissions import TimeRole
from judge.result import CaseResult
from judge.validation.authored import Authored, may_fail
from judge.validation.finding import Finding, FindingKind, some
from judge.validation.report import UNJUDGED, SolutionReport
from judge.validation.suggestion import ROOM
from judge.verdict import Verdict

_CHECKED: Final = frozenset({Verdict.ACCEPTED, Verdict.WRONG_ANSWER})


def solution_findings(
    authored: Authored, reports: Sequence[SolutionReport], *, accepted_exists: bool, uninstalled: Collection[str]
) -> tuple[Finding, ...]:
    """Findings about the solutions, and about tests by what solutions did on them."""
    return (
        *_missing(authored, accepted_exists=accepted_exists),
        *_uninstalled(reports, uninstalled),
        *(finding for report in reports for finding in _changing(report)),
        *(finding for report in reports for finding in _borderline(report)),
        *_tight(reports),
        *_unfailed(authored, reports),
    )


def _missing(authored: Authored, *, accepted_exists: bool) -> Iterator[Finding]:
    if not accepted_exists:
        yield Finding(FindingKind.NO_ACCEPTED_SOLUTION, "there is no accepted solution: nothing shows how to solve it")
    if not any(map(may_fail, authored.solutions)):
        sentence = "there is no wrong solution: nothing shows that the tests find mistakes"
        yield Finding(FindingKind.NO_WRONG_SOLUTION, sentence)
    if not authored.input_validators:
        sentence = "there is no input validator: nothing checks that the inputs are as the statement says"
        yield Finding(FindingKind.NO_INPUT_VALIDATOR, sentence)


def _uninstalled(reports: Sequence[SolutionReport], uninstalled: Collection[str]) -> Iterator[Finding]:
    for language in sorted(uninstalled):
        paths = [report.submission.path for report in reports if report.submission.language.id == language]
        if paths:
            sentence = f"{language} is not installed here, so {some(paths)} could not be judged"
            yield Finding(FindingKind.UNINSTALLED_LANGUAGE, sentence, solutions=tuple(paths))


def _changing(report: SolutionReport) -> Iterator[Finding]:
    """Tests on which a solution did not do the same each time."""
    path = report.submission.path
    verdicts: list[CaseResult] = []
    outputs: list[CaseResult] = []
    for cases in zip(*(result.cases for result in report.results), strict=True):
        executed = [case for case in cases if case.verdict not in {*UNJUDGED, Verdict.SKIPPED}]
        if len({case.verdict for case in executed}) > 1:
            verdicts.append(cases[0])
        # What was killed wrote as much as it came to.
        elif len({_output(case) for case in executed if case.verdict in _CHECKED}) > 1:
            outputs.append(cases[0])
    for changed, what in ((verdicts, "ended differently"), (outputs, "wrote something else")):
        if changed:
            sentence = f"{path} {what} when it was judged again, on {some([case.name for case in changed])}"
            tests = tuple(case.index for case in changed)
            yield Finding(FindingKind.NONDETERMINISM, sentence, tests=tests, solutions=(path,))


def _output(case: CaseResult) -> tuple[bytes, int]:
    return case.stdout, case.stdout_bytes


def _borderline(report: SolutionReport) -> Iterator[Finding]:
    """Tests whose verdict rests on the better of two runs. What was stopped twice is no such case."""
    close = {
        case.index: case.name
        for result in report.results
        for case in result.cases
        if case.runs > 1 and case.verdict is not Verdict.TIME_LIMIT_EXCEEDED
    }
    if close:
        path = report.submission.path
        sentence = f"{path} came so close to its time limit that it was run again, on {some(list(close.values()))}"
        yield Finding(FindingKind.BORDERLINE, sentence, tests=tuple(close), solutions=(path,))


def _tight(reports: Sequence[SolutionReport]) -> Iterator[Finding]:
    """Languages whose solutions that must be fast enough have less than twice the time that they need."""
    found: dict[str, list[tuple[float, float, float, CaseResult, str]]] = {}
    for report in reports:
        if report.submission.time_role is not TimeRole.LOWER:
            continue
        for case in (case for result in report.results for case in result.cases):
            if case.verdict is not Verdict.ACCEPTED or case.cpu_ms is None or case.limits is None:
                continue
            share = case.cpu_ms / case.limits.cpu_ms
            if share * ROOM > 1:
                row = share, case.cpu_ms, case.limits.cpu_ms, case, report.submission.path
                found.setdefault(report.submission.language.id, []).append(row)
    for language, rows in sorted(found.items()):
        _, cpu_ms, limit_ms, case, path = max(rows, key=lambda row: row[0])
        sentence = (
            f"the time limit is tight for {language}: {path} took {cpu_ms:.0f} ms on {case.name}, "
            f"and twice that is more than {limit_ms:.0f} ms"
        )
        tests = tuple(sorted({row[3].index for row in rows}))
        paths = tuple(dict.fromkeys(row[4] for row in rows))
        yield Finding(FindingKind.TIGHT_LIMIT, sentence, tests=tests, solutions=paths)


def _unfailed(authored: Authored, reports: Sequence[SolutionReport]) -> Iterator[Finding]:
    """Tests that every wrong solution passes, where all of them were judged."""
    judged = {report.submission.path: report for report in reports if report.met is not None}
    wrong = [solution.path for solution in authored.solutions if may_fail(solution)]
    if not wrong or not judged.keys() >= set(wrong):
        return
    results = [result for path in wrong for result in judged[path].results]
    unfailed: dict[bool, list[int]] = {False: [], True: []}
    for index, test in enumerate(authored.problem.cases):
        executed = [result.cases[index] for result in results if result.cases[index].passed is not None]
        if executed and all(case.passed and case.fraction in {None, 1.0} for case in executed):
            unfailed[test.sample].append(index)
    for sample, kind in ((False, FindingKind.UNFAILED_TEST), (True, FindingKind.UNFAILED_SAMPLE)):
        if tests := unfailed[sample]:
            names = some([authored.problem.cases[index].name for index in tests])
            yield Finding(kind, f"no wrong solution fails {names}", tests=tuple(tests))
