"""Tags in programs that say what must come of them.

``@EXPECTED_RESULTS@: WRONG-ANSWER, RUN-ERROR`` takes the place of the directory's promise: at least one test must end
in one of these, the others in one of them or well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from judge.errors import PackageError
from judge.packages.expectation import COMPILED, CRASHED, Expectation
from judge.packages.promises import VERDICTS
from judge.verdict import Verdict

_TAG: Final = re.compile(rb"@EXPECTED_RESULTS@:[ \t]*([A-Za-z_, \t-]*)")
_ACCEPTED: Final = frozenset({Verdict.ACCEPTED})
_SLOW: Final = frozenset({Verdict.TIME_LIMIT_EXCEEDED})
_RESULTS: Final = {
    "CORRECT": _ACCEPTED,
    "ACCEPTED": _ACCEPTED,
    "WRONG-ANSWER": VERDICTS["WA"],
    "NO-OUTPUT": VERDICTS["WA"],
    "PRESENTATION-ERROR": VERDICTS["WA"],
    "TIMELIMIT": _SLOW,
    "TIME-LIMIT-EXCEEDED": _SLOW,
    "RUN-ERROR": CRASHED,
    "RUN-TIME-ERROR": CRASHED,
    "MEMORY-LIMIT": CRASHED,
    "OUTPUT-LIMIT": frozenset({Verdict.OUTPUT_LIMIT_EXCEEDED}),
    "COMPILER-ERROR": frozenset({Verdict.COMPILE_ERROR}),
    "CHECK-MANUALLY": COMPILED,
}


def tagged(shown: str, sources: Iterable[bytes]) -> Expectation | None:
    """What a tag in a program's files promises; ``None`` without one.

    Raises :class:`PackageError` for an unknown result, and for tags that contradict each other.
    """
    found = {b", ".join(re.split(rb"[\s,]+", match[1].strip())) for code in sources for match in _TAG.finditer(code)}
    if not found:
        return None
    if len(found) > 1:
        raise PackageError(shown, "@EXPECTED_RESULTS@", "stands there more than once, each time otherwise")
    verdicts: set[Verdict] = set()
    for word in found.pop().decode().split(", "):
        result = word.upper().replace("_", "-")
        if result not in _RESULTS:
            raise PackageError(shown, "@EXPECTED_RESULTS@", f"unknown result {word!r}; known: {', '.join(_RESULTS)}")
        verdicts |= _RESULTS[result]
    also = frozenset() if verdicts == {Verdict.COMPILE_ERROR} else _ACCEPTED
    return Expectation(frozenset(verdicts) | also, frozenset(verdicts))
