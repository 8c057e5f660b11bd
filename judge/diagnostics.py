"""A compiler's text as data: what is wrong, and where. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST: Final = 100
"""No more diagnostics than these are kept: the first ones matter."""

_MESSAGE_CHARACTERS: Final = 1000
_LARGEST_NUMBER: Final = 9  # digits; no source has a line beyond that
_BOX: Final = re.compile(rb"(?<![\w./-])(?:/box|/app/src)/(?=[\w.])")


class Severity(StrEnum):
    """How bad it is (the wire's names)."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing a compiler had to say.

    ``file``    relative to the submitted files; ``None`` where the compiler named no place (the linker)
    ``line``, ``column``  from 1; ``None`` where it named none. Columns count as the compiler counts
    """

    file: str | None
    line: int | None
    column: int | None
    severity: Severity
    message: str


def relative_paths(text: bytes, files: Collection[str]) -> bytes:
    """Compiler output with paths as the submitter knows them: without ``/box/``, and without ``./`` before a file."""
    text = _BOX.sub(b"", text)
    if not files:
        return text
    names = b"|".join(re.escape(name.encode()) for name in sorted(files, key=len, reverse=True))
    return re.sub(rb"(?<![\w./-])\./(?=(?:" + names + rb")(?![\w/]))", b"", text)


def parse_diagnostics(
    patterns: Sequence[re.Pattern[str]], texts: Iterable[bytes], *, files: Collection[str]
) -> tuple[Diagnostic, ...]:
    """What the texts (of :func:`relative_paths`) say by a language's patterns; at most :data:`MOST`, no two the same.

    In the order in which they were printed. A place that is in none of ``files`` (a system header) is kept as printed.
    """
    found: dict[Diagnostic, None] = {}
    for text in texts:
        decoded = text.decode("utf-8", "replace")
        matches = [match for pattern in patterns for match in pattern.finditer(decoded)]
        for match in sorted(matches, key=re.Match.start):
            found.setdefault(_diagnostic(match, files), None)
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def _diagnostic(match: re.Match[str], files: Collection[str]) -> Diagnostic:
    groups = match.groupdict()
    indent = groups.get("indent")
    column = _number(groups.get("column"))
    if column is None and indent is not None:
        column = len(indent) + 1
    file = groups.get("file")
    if file is not None and file.startswith("./") and file[2:] in files:
        file = file[2:]
    return Diagnostic(
        file=file,
        line=_number(groups.get("line")),
        column=column,
        severity=_severity(groups.get("severity")),
        message=(groups.get("message") or match[0]).strip()[:_MESSAGE_CHARACTERS],
    )


def _number(digits: str | None) -> int | None:
    if digits is None or not digits.isdecimal() or len(digits) > _LARGEST_NUMBER:
        return None
    return int(digits) or None


def _severity(word: str | None) -> Severity:
    """The compiler's word for it; one that names none means that it stops the compilation."""
    lowered = (word or "error").lower()
    if "error" in lowered:
        return Severity.ERROR
    if lowered.startswith("warn"):
        return Severity.WARNING
    return Severity.INFO
