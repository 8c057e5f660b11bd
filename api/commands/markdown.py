"""A verification as Markdown, for a pull request or a job's summary: tables of solutions and of times, warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from api.commands.matrix import (
    MOST_CHECKS,
    describe,
    expected,
    factor,
    first_failure,
    limit_sentence,
    mebibytes,
    milliseconds,
    points,
    short_path,
    slowest,
    too_slow,
)
from api.commands.terminal import one_line
from api.commands.verified import Policy, Verified, summary
from judge.validation import SolutionReport, Timing

# What Markdown, or HTML in it, would read as its own; and what ends a cell or a line.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&@])")


def markdown(packages: Sequence[Verified], policy: Policy) -> str:
    """The document."""
    lines = ["# SynCode verify", "", f"{summary(packages)}." if packages else "Nothing changed."]
    for verified in packages:
        lines += ["", *_package(verified, policy)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _package(verified: Verified, policy: Policy) -> Iterator[str]:
    package, validation = verified.report.package, verified.validation
    mark = "✅" if policy.holds(verified) else "❌"
    yield f"## {mark} {escaped(package.id)}: {escaped(package.metadata.name)}"
    yield ""
    if package.unsupported:
        yield f"Not judged, because it needs {escaped(', '.join(package.unsupported))}."
    elif not verified.report.solutions:
        yield "There is no reference solution to verify."
    else:
        yield from _solutions(verified.report.solutions)
    unmet = [line for solution in verified.report.solutions for line in _unmet(solution)]
    yield from _list("Not as expected", unmet)
    refused = [f"expected output of {verified.test(each.index)}: {each.message}" for each in verified.refused_outputs]
    refused += [
        f"input of {verified.test(each.index)}: {each.validator}: {each.message}" for each in verified.refused_inputs
    ]
    if len(refused) > MOST_CHECKS:
        refused = [*refused[:MOST_CHECKS], f"and {len(refused) - MOST_CHECKS} more"]
    yield from _list("Checks that do not hold", refused)
    if validation is not None:
        yield from _times(validation.timing)
    yield from _list("Warnings", verified.warnings)
    yield from _list("Notes", verified.notes)


def _solutions(solutions: Sequence[SolutionReport]) -> Iterator[str]:
    scored = any(solution.result.score for solution in solutions)
    numbers = [*(["score"] if scored else []), "slowest CPU", "peak memory"]
    rows = [
        [
            escaped(short_path(solution.submission.path)),
            solution.submission.language.id,
            escaped(solution.result.verdict.value),
            *([points(solution)] if scored else []),
            milliseconds(solution.cpu_ms),
            mebibytes(solution.memory_bytes),
            "yes" if solution.holds else f"**{expected(solution)}**",
        ]
        for solution in solutions
    ]
    yield from _table(["solution", "language", "verdict", *numbers, "as expected"], rows, right=numbers)


def _times(timing: Timing) -> Iterator[str]:
    yield ""
    yield f"{_begun(escaped(limit_sentence(timing)))}."
    if timing.languages:
        yield ""
        numbers = ["limit", "slowest accepted", "fastest too slow", "factor it needs"]
        rows = [
            [
                language.language,
                escaped(slowest(language)),
                milliseconds(language.limit_ms),
                milliseconds(language.slowest_accepted_ms),
                too_slow(language),
                factor(language),
            ]
            for language in timing.languages
        ]
        yield from _table(["language", "which, on which case", *numbers], rows, right=numbers)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str]) -> Iterator[str]:
    """Rows below a head; the columns named in ``right`` hold numbers."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---:' if column in right else '---' for column in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _unmet(solution: SolutionReport) -> Iterator[str]:
    path = short_path(solution.submission.path)
    for sentence in solution.unmet:
        yield f"{path}: {sentence}"
    if solution.met is None:
        yield f"{path}: could not be judged"
    if not solution.holds and (culprit := first_failure(solution)) is not None:
        yield f"{path}: {describe(culprit)}"


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"**{title}**"
        yield ""
        for line in lines:
            yield f"- {escaped(line)}"


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
