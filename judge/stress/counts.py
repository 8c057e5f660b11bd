"""Leaving out pieces together with the number that counts them, so that an input remains one.

``3`` before three lines, before a line of three words (or several such lines), before a word of three characters,
before three more words on its own line, or before three lines of three words each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from judge.stress.search import Search
from judge.stress.shape import Count, Shape
from judge.stress.text import Line, Lines, height, integer, with_word

Remove = Callable[[Lines, int, int], Lines | None]
"""Lines without so many items of a block from ``start`` on; ``None`` where it has no such items."""

_MOST_COUNTS: Final = 24
_MOST_LINES_FOR_RANGES: Final = 24


def with_counts(search: Search, *, least: int) -> None:
    """Leave out what numbers count, and count less, but not less than ``least``."""
    for number in range(_MOST_COUNTS):
        counts = list(islice(Shape.of(search.lines).counts(), number + 1))
        if len(counts) <= number:
            return
        count = counts[number]
        for kind in blocks(Shape.of(search.lines), count):
            _shorten(search, count, kind, least=least)
        _ranges(search, count, least=least)


def blocks(shape: Shape, count: Count) -> dict[str, Remove]:
    """Ways to leave out what a number counts, by a name for each; fewer remain when there is less to leave out."""
    ways: dict[str, Remove] = {}
    if count.value < 1:
        return ways
    if len(shape.lines[count.row]) == count.place + 1 + count.value:
        ways["rest of the line"] = _words([count.row], count.place + 1)
    if count.value > 1 and (square := shape.square(count)):
        ways["rows and columns"] = _rows_and_columns(square)
    for extra in (0, -1, 1):
        ways |= _first_and_all(f"columns {extra}", shape.rows_of_words(count, count.value + extra), _words)
    ways |= _first_and_all("characters", shape.rows_of_characters(count), _characters)
    after = shape.after(count)
    if after > count.value and after % count.value == 0:
        ways["lines together"] = _lines(count.row + 1, after // count.value)
    if count.value <= after:
        ways["lines"] = _lines(count.row + 1, 1)
    return ways


def _first_and_all(name: str, rows: list[int], make: Callable[[list[int]], Remove]) -> dict[str, Remove]:
    """A way for all of the rows, and one for the first alone where there are more."""
    ways = {name: make(rows)} if rows else {}
    return {**ways, f"first {name}": make(rows[:1])} if len(rows) > 1 else ways


def _shorten(search: Search, count: Count, kind: str, *, least: int) -> None:
    """Leave out runs of one kind of block, ever shorter ones."""
    size = max(1, count.value // 2)
    while size:
        start = 0
        while True:
            lines = search.lines
            value = integer(lines[count.row][count.place]) or 0
            remove = blocks(Shape.of(lines), Count(count.row, count.place, value)).get(kind)
            fewer = remove(lines, start, size) if remove is not None and value - size >= least else None
            if fewer is None:
                break
            if not search.accepts(with_word(fewer, count.row, count.place, word=b"%d" % (value - size))):
                start += size
        size //= 2


def _ranges(search: Search, count: Count, *, least: int) -> None:
    """Leave out one item of any number of lines, where there are few lines."""
    start = count.row + 1
    while start < height(search.lines) <= _MOST_LINES_FOR_RANGES:
        lines = search.lines
        value = integer(lines[count.row][count.place])
        if value is None or value - 1 < least:
            return
        fewer = with_word(lines, count.row, count.place, word=b"%d" % (value - 1))
        ends = range(height(lines), start, -1)
        if not any(search.accepts((*fewer[:start], *fewer[end:])) for end in ends):
            start += 1


def _lines(first: int, per_item: int) -> Remove:
    def remove(lines: Lines, start: int, size: int) -> Lines | None:
        begin = first + start * per_item
        end = begin + size * per_item
        return (*lines[:begin], *lines[end:]) if end <= height(lines) else None

    return remove


def _words(rows: Sequence[int], first: int = 0) -> Remove:
    def remove(lines: Lines, start: int, size: int) -> Lines | None:
        begin, end = first + start, first + start + size
        if end > len(lines[rows[0]]):
            return None
        return _changed(lines, rows, lambda line: (*line[:begin], *line[end:]))

    return remove


def _rows_and_columns(rows: Sequence[int]) -> Remove:
    def remove(lines: Lines, start: int, size: int) -> Lines | None:
        narrower = _words(rows)(lines, start, size)
        if narrower is None:
            return None
        begin = rows[0] + start
        return (*narrower[:begin], *narrower[begin + size :])

    return remove


def _characters(rows: Sequence[int]) -> Remove:
    def remove(lines: Lines, start: int, size: int) -> Lines | None:
        if start + size > len(lines[rows[0]][0]):
            return None
        return _changed(lines, rows, lambda line: (line[0][:start] + line[0][start + size :],))

    return remove


def _changed(lines: Lines, rows: Sequence[int], change: Callable[[Line], Line]) -> Lines:
    chosen = set(rows)
    return tuple(change(line) if row in chosen else line for row, line in enumerate(lines))
