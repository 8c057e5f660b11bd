"""Leaving out pieces of an input: lines, words, characters, in ever shorter runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from judge.stress.search import Search
from judge.stress.text import Line, Lines, integer, with_word

Item = TypeVar("Item")

_LONG_NUMBER: Final = 18


def without_lines(search: Search) -> None:
    """Leave out lines."""
    leave_out(search.lines, search.accepts)


def without_words(search: Search) -> None:
    """Leave out words of a line."""
    row = 0
    while row < len(search.lines):
        before, after = search.lines[:row], search.lines[row + 1 :]

        def accepts(line: Line, before: Lines = before, after: Lines = after) -> bool:
            return search.accepts((*before, line, *after))

        leave_out(search.lines[row], accepts)
        row += 1


def without_characters(search: Search) -> None:
    """Leave out characters of words that are no numbers (or numbers that no program reads as one)."""
    for row, place in places(search):
        word = search.lines[row][place]
        if integer(word) is not None and len(word) <= _LONG_NUMBER:
            continue

        def accepts(letters: tuple[int, ...], row: int = row, place: int = place) -> bool:
            return search.accepts(with_word(search.lines, row, place, word=bytes(letters)))

        leave_out(tuple(word), accepts)


def places(search: Search) -> Iterator[tuple[int, int]]:
    """Row and place of every word, as far as there are still so many."""
    for row in range(len(search.lines)):
        for place in range(len(search.lines[row]) if row < len(search.lines) else 0):
            if row < len(search.lines) and place < len(search.lines[row]):
                yield row, place


def leave_out(items: tuple[Item, ...], accepts: Callable[[tuple[Item, ...]], bool]) -> None:
    """Leave out runs of items as long as the rest is accepted: halves, then quarters, down to single ones."""
    size = max(1, len(items) // 2)
    while size:
        start = 0
        while start < len(items):
            rest = (*items[:start], *items[start + size :])
            if accepts(rest):
                items = rest
            else:
                start += size
        size //= 2
