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
from judge.stress.text import Line, Lines, height, integer, integers, with_word

Remove = Callable[[Lines, int, int], Lines | None]
"""Lines without so many items of a block from ``start`` on; ``None`` where it has no such items."""

_LINES: Final = "lines"
_NEAR: Final = (-1, 1)
_OF_BLOCK: Final = "first of a block of"
_SQUARE: Final = "rows and columns"
_MOST_COUNTS: Final = 24
_MOST_LINES_FOR_RANGES: Final = 24


def with_counts(search: Search, *, free: bool) -> None:
    """Leave out what numbers count, and count less.

    ``free``: whatever still fails will do. Otherwise other numbers must still fit to what they may count, and no count
    becomes 0 where there was none.
    """
    for number in range(_MOST_COUNTS):
        counts = list(islice(Shape.of(search.lines).counts(free=free), number + 1))
        if len(counts) <= number:
            return
        _Fewer(search, counts[number], free=free).leave_out()


def blocks(shape: Shape, count: Count) -> dict[str, Remove]:
    """Ways to leave out what a number counts, by a name for each; fewer remain when there is less to leave out."""
    ways: dict[str, Remove] = {}
    if count.value < 1:
        return ways
    if len(shape.lines[count.row]) == count.place + 1 + count.value:
        ways["rest of the line"] = _words([count.row], count.place + 1)
    if count.value > 1 and (square := shape.square(count)):
        ways[_SQUARE] = _rows_and_columns(square)
    for extra in (0, *_NEAR):
        ways |= _first_and_all(f"columns {extra}", shape.rows_of_words(count, count.value + extra), _words)
    ways |= _first_and_all("characters", shape.rows_of_characters(count), _characters)
    after = shape.after(count)
    if after > count.value and after % count.value == 0:
        ways["lines together"] = _lines(count.row + 1, after // count.value)
    if count.value <= after:
        ways[_LINES] = _lines(count.row + 1, 1)
    return ways


def _first_and_all(name: str, rows: list[int], make: Callable[[list[int]], Remove]) -> dict[str, Remove]:
    """A way for all of the rows, and one for the first alone where there are more."""
    ways = {name: make(rows)} if rows else {}
    if len(rows) > 1:
        block = rows[1] == rows[0] + 1
        ways[f"{_OF_BLOCK if block else 'first of'} {name}"] = make(rows[:1])
    return ways


class _Fewer:
    """Leaves out what one number counts."""

    def __init__(self, search: Search, count: Count, *, free: bool) -> None:
        self._search = search
        self._count = count
        self._free = free
        self._least = 0 if free or any(not value for _, _, value in integers(search.lines)) else 1

    def leave_out(self) -> None:
        """Every way, in ever shorter runs; of a square, where nobody says what is an input, only rows with columns."""
        if not self._free and self._count.value > 1 and self._shape.square(self._count):
            # Two lines of two words may as well be two points.
            if self._count.value > 2:
                self._least = max(self._least, 2)
                self._runs(_SQUARE)
            return
        measures = not self._free and self._shape.measures(self._count)
        for kind in self._kinds():
            if not (measures and kind.startswith(_LINES)):
                self._runs(kind)
        if not measures:
            self._ranges()

    @property
    def _shape(self) -> Shape:
        return Shape.of(self._search.lines)

    @property
    def _now(self) -> Count:
        """The number as it is by now."""
        row, place = self._count.row, self._count.place
        return Count(row, place, integer(self._search.lines[row][place]) or 0)

    def _runs(self, kind: str) -> None:
        """Leave out runs of one kind of block, ever shorter ones."""
        size = max(1, self._count.value // 2)
        while size:
            start = 0
            while (remove := blocks(self._shape, self._now).get(kind)) is not None:
                fewer = remove(self._search.lines, start, size)
                if fewer is None:
                    break
                if not self._accepts(fewer, size, by_lines=kind.startswith(_LINES)):
                    start += size
            size //= 2

    def _ranges(self) -> None:
        """Leave out one item of any number of lines, where there are few lines."""
        start = self._count.row + 1
        while start < height(self._search.lines) <= _MOST_LINES_FOR_RANGES:
            lines = self._search.lines
            ends = range(height(lines), start, -1)
            if not any(self._accepts((*lines[:start], *lines[end:]), 1, by_lines=True) for end in ends):
                start += 1

    def _accepts(self, fewer: Lines, size: int, *, by_lines: bool) -> bool:
        count = self._now
        if count.value - size < self._least or (not self._free and self._shape.ambiguous(count)):
            return False
        fewer = with_word(fewer, count.row, count.place, word=b"%d" % (count.value - size))
        return (self._free or self._shape.keeps(count, fewer, by_lines=by_lines)) and self._search.accepts(fewer)

    def _kinds(self) -> list[str]:
        """Ways that may be tried. Where nobody says what is an input, lines that stand together keep their width.

        Near misses are then tried only of what does not fit.
        """
        kinds = list(blocks(self._shape, self._count))
        if self._free:
            return kinds
        kinds = [kind for kind in kinds if not kind.startswith(_OF_BLOCK)]
        if not self._shape.fits(self._count):
            return kinds
        return [kind for kind in kinds if not kind.endswith(tuple(map(str, _NEAR)))]


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
