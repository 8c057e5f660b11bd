"""What a reference solution must lead to, and whether it did. Pure.

A program that does not compile counts as having that verdict on every test. Tests that were not executed say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from judge.result import JudgeResult
from judge.verdict import Verdict

# The format counts memory and output limits as run-time errors.
CRASHED: Final = frozenset({Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.OUTPUT_LIMIT_EXCEEDED})
_ACCEPTED: Final = frozenset({Verdict.ACCEPTED})
_WRONG: Final = frozenset({Verdict.WRONG_ANSWER})
_SLOW: Final = frozenset({Verdict.TIME_LIMIT_EXCEEDED})
_COMPILED: Final = _ACCEPTED | _WRONG | _SLOW | CRASHED


@dataclass(frozen=True, slots=True)
class Expectation:
    """Every test must end in one of ``permitted``, and at least one test in one of ``required``.

    ``score``    the least and the most that it may earn, where tests earn points; ``None``: anything
    ``groups``   what holds for the tests of a group too: the beginning of their names, up to a slash -> expectation
    ``message``  text that some test's checker must have said, whatever the letters' case; ``None``: anything
    """

    permitted: frozenset[Verdict]
    required: frozenset[Verdict]
    score: tuple[float, float] | None = None
    groups: Mapping[str, Expectation] = field(default_factory=dict)
    message: str | None = None

    def unmet(self, result: JudgeResult) -> tuple[str, ...]:
        """What does not hold, one sentence each; empty when all does."""
        seen: dict[Verdict, str] = {}
        if result.verdict in {Verdict.COMPILE_ERROR, Verdict.INTERNAL_ERROR, Verdict.CANCELLED}:
            seen[result.verdict] = ""
        else:
            for case in result.cases:
                if case.verdict is not Verdict.SKIPPED:
                    seen.setdefault(case.verdict, f" on {case.name}")
        wrong = [
            f"{verdict.value}{where} is not permitted (permitted: {_words(self.permitted)})"
            for verdict, where in seen.items()
            if verdict not in self.permitted
        ]
        if not self.required & seen.keys():
            wrong.append(f"no test ended in {_words(self.required)}")
        return tuple(wrong)


# Directories of submissions/. The last ones are no part of the format, but need no explanation where they are used.
_DIRECTORIES: Final = {
    "accepted": Expectation(_ACCEPTED, _ACCEPTED),
    "rejected": Expectation(_COMPILED, _COMPILED - _ACCEPTED),
    "wrong_answer": Expectation(_ACCEPTED | _WRONG, _WRONG),
    "time_limit_exceeded": Expectation(_ACCEPTED | _SLOW, _SLOW),
    "run_time_error": Expectation(_ACCEPTED | CRASHED, CRASHED),
    "brute_force": Expectation(_ACCEPTED | _SLOW | CRASHED, _SLOW | CRASHED),
    "partially_accepted": Expectation(_COMPILED, _COMPILED),
    "partial": Expectation(_COMPILED, _COMPILED),
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
    "run_time_error": Expectation(_COMPILED, CRASHED),
}


def expectation(directory: str, *, legacy: bool) -> Expectation | None:
    """What the directory's name promises of the solutions in it; ``None`` for a name that promises nothing."""
    return (_LEGACY.get(directory) if legacy else None) or _DIRECTORIES.get(directory)


def _words(verdicts: frozenset[Verdict]) -> str:
    return ", ".join(verdict.value for verdict in Verdict if verdict in verdicts)
