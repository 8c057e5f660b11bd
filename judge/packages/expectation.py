"""What a reference solution must lead to, and whether it did. Pure.

A program that does not compile counts as having that verdict on every test. Tests that were not executed say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from judge.packages.globs import matches
from judge.result import CaseResult, JudgeResult
from judge.verdict import Verdict

# The format counts memory and output limits as run-time errors.
CRASHED: Final = frozenset({Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.OUTPUT_LIMIT_EXCEEDED})
_ACCEPTED: Final = frozenset({Verdict.ACCEPTED})
_WRONG: Final = frozenset({Verdict.WRONG_ANSWER})
_SLOW: Final = frozenset({Verdict.TIME_LIMIT_EXCEEDED})
COMPILED: Final = _ACCEPTED | _WRONG | _SLOW | CRASHED
"""Every verdict that a program which compiles may get."""

_UNTESTED: Final = frozenset({Verdict.COMPILE_ERROR, Verdict.INTERNAL_ERROR, Verdict.CANCELLED})
_TOLERANCE: Final = 1e-6
_ALL_POINTS: Final = "secret"

Range = tuple[float, float]
"""The least and the most."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Every test must end in one of ``permitted``, and at least one test in one of ``required``.

    ``score``    the least and the most that it may earn, where tests earn points; ``None``: anything
    ``groups``   what holds for some tests too: pattern of their names, or of directories (:mod:`judge.packages.globs`)
                 that they lie in -> expectation; its score is that of the group of points, or of all for ``secret``
    ``message``  text that must be part of what the checker says on some test; ``None``: anything
    """

    permitted: frozenset[Verdict]
    required: frozenset[Verdict]
    score: Range | None = None
    groups: Mapping[str, Expectation] = field(default_factory=dict)
    message: str | None = None

    def unmet(self, result: JudgeResult) -> tuple[str, ...]:
        """What does not hold, one sentence each; empty when all does."""
        if result.verdict in _UNTESTED:
            return tuple(_verdicts(self, {result.verdict: ""}))
        wrong = [*_tests(self, result.cases), *_total(self.score, result)]
        for pattern, group in self.groups.items():
            cases = [case for case in result.cases if matches(pattern, case.name)]
            found = (*_tests(group, cases), *_points(group.score, pattern, result))
            wrong += (f"{pattern}: {sentence}" for sentence in found)
        return tuple(wrong)


# Directories of submissions/. The last ones are no part of the format, but need no explanation where they are used.
_DIRECTORIES: Final = {
    "accepted": Expectation(_ACCEPTED, _ACCEPTED),
    "rejected": Expectation(COMPILED, COMPILED - _ACCEPTED),
    "wrong_answer": Expectation(_ACCEPTED | _WRONG, _WRONG),
    "time_limit_exceeded": Expectation(_ACCEPTED | _SLOW, _SLOW),
    "run_time_error": Expectation(_ACCEPTED | CRASHED, CRASHED),
    "brute_force": Expectation(_ACCEPTED | _SLOW | CRASHED, _SLOW | CRASHED),
    "partially_accepted": Expectation(COMPILED, COMPILED),
    "partial": Expectation(COMPILED, COMPILED),
    "compile_error": Expectation(frozenset({Verdict.COMPILE_ERROR}), frozenset({Verdict.COMPILE_ERROR})),
    # Runtimes that manage memory refuse it by an exception of their own.
    "memory_limit_exceeded": Expectation(
        _ACCEPTED | {Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.RUNTIME_ERROR},
        frozenset({Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.RUNTIME_ERROR}),
    ),
    "output_limit_exceeded": Expectation(
        _ACCEPTED | {Verdict.OUTPUT_LIMIT_EXCEEDED}, frozenset({Verdict.OUTPUT_LIMIT_EXCEEDED})
    ),
}
# The legacy formats ask less: too slow somewhere, but never crashing; crashing somewhere, whatever else.
_LEGACY: Final = {
    "time_limit_exceeded": Expectation(_ACCEPTED | _WRONG | _SLOW, _SLOW),
    "run_time_error": Expectation(COMPILED, CRASHED),
}
DIRECTORIES: Final = tuple(_DIRECTORIES)
"""The names that promise something, those of the format first."""


def expectation(directory: str, *, legacy: bool) -> Expectation | None:
    """What the directory's name promises of the solutions in it; ``None`` for a name that promises nothing."""
    return (_LEGACY.get(directory) if legacy else None) or _DIRECTORIES.get(directory)


def _tests(expected: Expectation, cases: Sequence[CaseResult]) -> Iterator[str]:
    seen: dict[Verdict, str] = {}
    for case in cases:
        if case.verdict is not Verdict.SKIPPED:
            seen.setdefault(case.verdict, f" on {case.name}")
    yield from _verdicts(expected, seen)
    message = expected.message
    if message is not None and not any(message in (case.checker_message or "") for case in cases):
        yield f"on no test has the checker said {message!r}"


def _verdicts(expected: Expectation, seen: Mapping[Verdict, str]) -> Iterator[str]:
    for verdict, where in seen.items():
        if verdict not in expected.permitted:
            yield f"{verdict.value}{where} is not permitted (permitted: {_words(expected.permitted)})"
    if not expected.required & seen.keys() and not expected.required >= COMPILED:
        yield f"no test ended in {_words(expected.required)}"


def _total(wanted: Range | None, result: JudgeResult) -> Iterator[str]:
    if wanted is None:
        return
    if result.score is None:
        yield f"there is no score, expected: {_range(wanted)}"
    elif not _within(result.score.score, wanted):
        yield f"the score is {_number(result.score.score)}, expected: {_range(wanted)}"


def _points(wanted: Range | None, pattern: str, result: JudgeResult) -> Iterator[str]:
    """Of the groups that the pattern matches, one by one; ``secret`` is all that lies in that directory."""
    if wanted is None:
        return
    groups = [] if result.score is None else [each for each in result.score.groups if matches(pattern, each.name)]
    if pattern == _ALL_POINTS:
        earned = sum(group.score for group in groups)
        if not groups:
            yield from _total(wanted, result)
        elif not _within(earned, wanted):
            yield f"the score is {_number(earned)}, expected: {_range(wanted)}"
    elif not groups:
        yield "no group of that name earns points"
    else:
        for group in groups:
            if not _within(group.score, wanted):
                yield f"the score of {group.name} is {_number(group.score)}, expected: {_range(wanted)}"


def _within(score: float, wanted: Range) -> bool:
    return wanted[0] - _TOLERANCE <= score <= wanted[1] + _TOLERANCE


def _range(wanted: Range) -> str:
    least, most = wanted
    return _number(least) if least == most else f"{_number(least)} to {_number(most)}"


def _number(score: float) -> str:
    return f"{round(score, 6):.12g}"


def _words(verdicts: frozenset[Verdict]) -> str:
    return ", ".join(verdict.value for verdict in Verdict if verdict in verdicts)
