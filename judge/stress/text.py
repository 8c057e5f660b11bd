"""An input as lines of words, which joined again are the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Line = tuple[bytes, ...]
Lines = tuple[Line, ...]

_INTEGER: Final = re.compile(rb"-?(?:0|[1-9][0-9]{0,40})")


def lines_of(text: bytes) -> Lines:
    """Lines end at LF, words at each single space: some may be empty, as the last line is after a final LF."""
    return tuple(tuple(line.split(b" ")) for line in text.split(b"\n"))


def joined(lines: Lines) -> bytes:
    """The bytes of lines."""
    return b"\n".join(map(b" ".join, lines))


def height(lines: Lines) -> int:
    """How many lines there are, without the empty one after a final LF."""
    return len(lines) - (lines[-1:] == ((b"",),))


def integer(word: bytes) -> int | None:
    """The number that a word is, written as programs write it; ``None`` for any other word."""
    return int(word) if _INTEGER.fullmatch(word) else None


def integers(lines: Lines) -> Iterator[tuple[int, int, int]]:
    """Row, place in it, and value of every whole number."""
    for row, line in enumerate(lines):
        for place, word in enumerate(line):
            if (value := integer(word)) is not None:
                yield row, place, value


def with_word(lines: Lines, row: int, place: int, *, word: bytes) -> Lines:
    """The same with another word at one place."""
    line = lines[row]
    return (*lines[:row], (*line[:place], word, *line[place + 1 :]), *lines[row + 1 :])
