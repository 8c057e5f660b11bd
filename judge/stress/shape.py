"""How long the lines and words of an input are, and which numbers say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from judge.stress.text import Lines, height, integers

_FEW_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Count:
    """A number that may count things after it: its row, its place in that, its value."""

    row: int
    place: int
    value: int


@dataclass(frozen=True, slots=True)
class Shape:
    """``widths``: rows by their number of words; ``lengths``: rows of one word by its length."""

    lines: Lines
    widths: Mapping[int, list[int]]
    lengths: Mapping[int, list[int]]

    @classmethod
    def of(cls, lines: Lines) -> Shape:
        """Measure the lines."""
        widths: defaultdict[int, list[int]] = defaultdict(list)
        lengths: defaultdict[int, list[int]] = defaultdict(list)
        for row, line in enumerate(lines[: height(lines)]):
            widths[len(line)].append(row)
            if len(line) == 1:
                lengths[len(line[0])].append(row)
        return cls(lines, widths, lengths)

    def after(self, count: Count) -> int:
        """How many lines come after a number's own."""
        return height(self.lines) - count.row - 1

    def fits(self, count: Count) -> bool:
        """Whether something after a number has just its size."""
        if count.value < 1 or len(self.lines[count.row]) == count.place + 1 + count.value:
            return count.value >= 1
        after = self.after(count)
        if self._short(count) and after and after % count.value == 0:
            return True
        return count.value > 1 and any(
            rows[-1] > count.row for table in (self.widths, self.lengths) if (rows := table.get(count.value))
        )

    def counts(self) -> Iterator[Count]:
        """Numbers that may count what follows: those that fit, and small ones on short lines."""
        for count in self.numbers():
            near = any(
                rows[-1] > count.row
                for extra in (-1, 1)
                if count.value + extra > 1 and (rows := self.widths.get(count.value + extra))
            )
            if self.fits(count) or (self._short(count) and (near or 1 <= count.value <= self.after(count))):
                yield count

    def tied(self) -> set[tuple[int, int]]:
        """Row and place of the numbers that fit: they had better not change alone."""
        return {(count.row, count.place) for count in self.numbers() if self.fits(count)}

    def numbers(self) -> Iterator[Count]:
        """All whole numbers."""
        return (Count(*found) for found in integers(self.lines))

    def rows_of_words(self, count: Count, words: int) -> list[int]:
        """Rows after a number's own that have so many words, two or more."""
        return [row for row in self.widths.get(words, ()) if row > count.row] if words > 1 else []

    def rows_of_characters(self, count: Count) -> list[int]:
        """Rows after a number's own that are one word of its length, two or more."""
        return [row for row in self.lengths.get(count.value, ()) if row > count.row] if count.value > 1 else []

    def square(self, count: Count) -> list[int]:
        """Rows of the first block of so many lines of so many words each; empty where there is none."""
        rows = self.rows_of_words(count, count.value)
        for index in range(len(rows) - count.value + 1):
            last = index + count.value - 1
            if rows[last] - rows[index] == last - index:
                return rows[index : last + 1]
        return []

    def _short(self, count: Count) -> bool:
        return count.place == 0 or len(self.lines[count.row]) <= _FEW_WORDS
