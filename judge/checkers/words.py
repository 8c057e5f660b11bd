"""Showing pieces of output to people: short, on one line, nothing invisible."""

from __future__ import annotations

from typing import Final

_MOST: Final = 48
_BEFORE: Final = 16


def quote(data: bytes) -> str:
    """The data in quotation marks; what cannot be printed is escaped, what is too much is left out."""
    text = data[: 4 * _MOST].decode("utf-8", "backslashreplace")
    shown = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text[:_MOST])
    more = "…" if len(text) > _MOST or len(data) > 4 * _MOST else ""
    return f'"{shown}"{more}'


def quote_line(head: bytes, rest: bytes) -> str:
    """A line around the place between ``head`` and ``rest``; ``rest`` may hold more than the line."""
    start = max(0, len(head) - _BEFORE)
    while start and head[start] & 0xC0 == 0x80:  # never begin inside a UTF-8 character
        start -= 1
    line, newline, _ = rest.partition(b"\n")
    shown = quote(head[start:] + line + newline)
    return f"…{shown}" if start else shown


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
