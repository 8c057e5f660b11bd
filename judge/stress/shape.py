"""How long the lines and words of an input are, and which numbers say so."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from judge.stress.text import Lines, height, integer, integers

_FEW_WORDS: Final = 4
_SHORT_NUMBER: Final = 2


@dataclass(frozen=True, slots=True)
class Count:
    """A number that may count things after it: its row, its place in that, its value."""

    row: int
    place: int
    value: int


@dataclass(frozen=True, slots=True)
class Shape:
    """``widths``: rows by their number of words; ``lengths``: rows of one word by its length.

    ``rows``: the row of each line by its identity.
    """

    lines: Lines
    widths: Mapping[int, list[int]]
    lengths: Mapping[int, list[int]]
    rows: Mapping[int, int]

    @classmethod
    def of(cls, lines: Lines) -> Shape:
        """Measure the lines."""
        widths: defaultdict[int, list[int]] = defaultdict(list)
        lengths: defaultdict[int, list[int]] = defaultdict(list)
        for row, line in enumerate(lines[: height(lines)]):
            widths[len(line)].append(row)
            if len(line) == 1 and _is_text(line[0]):
                lengths[len(line[0])].append(row)
        return cls(lines, widths, lengths, {id(line): row for row, line in enumerate(lines)})

    def after(self, count: Count) -> int:
        """How many lines come after a number's own."""
        return height(self.lines) - count.row - 1

    def fits(self, count: Count) -> bool:
        """Whether something after a number has just its size: a line, a word, the rest of its own line, all lines."""
        return count.value > 0 and (self.after(count) == count.value or self._distance(count) is not None)

    def measures(self, count: Count) -> bool:
        """Whether a number says how long the rest of its own line is, or the next line, which is not like its own."""
        distance = self._distance(count)
        return distance == 0 or (distance == 1 and len(self.lines[count.row]) != count.value)

    def fits_like(self, count: Count, before: Shape, was: Count) -> bool:
        """Whether a number fits as closely as it did ``before``, or did not fit then."""
        distance, far = self._distance(count), before._distance(was)
        return far is None or (distance is not None and distance <= far)

    def _distance(self, count: Count) -> int | None:
        """How many lines on the first one is that has a number's size; 0: the rest of its own; ``None``: none has."""
        if self._fills(count):
            return 0
        if count.value < 2:
            return None
        tables = (self.widths, self.lengths)
        found = [
            rows[place]
            for table in tables
            if (rows := table.get(count.value, ())) and (place := bisect_right(rows, count.row)) < len(rows)
        ]
        return min(found) - count.row if found else None

    def _fills(self, count: Count) -> bool:
        """Whether the rest of its own line is as many words."""
        return count.value > 0 and len(self.lines[count.row]) == count.place + 1 + count.value

    def counts(self, *, free: bool) -> Iterator[Count]:
        """Numbers that may count what follows: those that fit, and small ones on short lines.

        Unless ``free``, none that stands in what an earlier one counts, but where each line there begins with a number
        that counts the rest of it.
        """
        claimed: dict[int, bool] = {}
        for count in self.numbers():
            near = any(
                rows[-1] > count.row
                for extra in (-1, 1)
                if count.value + extra > 1 and (rows := self.widths.get(count.value + extra))
            )
            fits = self.fits(count)
            if not fits and not (self._short(count) and (near or 1 <= count.value <= self.after(count))):
                continue
            if not free:
                if not claimed.get(count.row, True) or (count.row in claimed and count.place > 0):
                    continue
                if fits and count.row not in claimed:
                    claimed |= self._claims(count)
            yield count

    def _begins(self, row: int) -> bool:
        """Whether a line begins with a number that counts the rest of it."""
        return self._fills(Count(row, 0, integer(self.lines[row][0]) or 0))

    def _claims(self, count: Count) -> dict[int, bool]:
        """Rows of what a number counts, or may count, and whether each of them may begin with a count of its own."""
        all_lines = self.after(count) == count.value and self._distance(count) is None
        lines = range(count.row + 1, height(self.lines)) if all_lines else range(0)
        parts = (*self.rows_of_words(count, count.value), *self.rows_of_characters(count))
        return dict.fromkeys(lines, all(map(self._begins, lines))) | dict.fromkeys(parts, False)

    def ambiguous(self, count: Count) -> bool:
        """Whether another number on the same line is as large: which of the two counts what cannot be told."""
        same = (place for row, place, value in integers((self.lines[count.row],)) if value == count.value)
        return any(place != count.place for place in same)

    def keeps(self, count: Count, fewer: Lines, *, by_lines: bool) -> bool:
        """Whether numbers that count, and fitted, still fit after something was left out behind one of them.

        That one is less now. ``by_lines``: whole lines were left out.
        """
        after = Shape.of(fewer)
        moved = len(fewer[count.row]) != len(self.lines[count.row])
        for each in self.counts(free=False):
            if each == count or (moved and each.row == count.row and each.place > count.place):
                continue
            if each.row <= count.row:
                now = Count(each.row, each.place, integer(fewer[each.row][each.place]) or 0)
                if self.fits(each) and not after.fits(now):
                    return False
                alone = each.row < count.row and len(self.lines[each.row]) == 1
                divides = alone and each.value > 1 and self._divides(each) and self._distance(each) is None
                if divides and after.after(now) != self.after(each):
                    return False
                if not after.fits_like(now, self, each):
                    return False
            elif not self._still(each, after):
                return False
        less = Count(count.row, count.place, integer(fewer[count.row][count.place]) or 0)
        return self._agrees(count, after, less, by_lines=by_lines)

    def _agrees(self, count: Count, after: Shape, less: Count, *, by_lines: bool) -> bool:
        """Whether the number that is less now fits as well as it did."""
        lines, left = self.after(count), after.after(less)
        if less.value == 0:
            return True
        chance = lines == count.value == len(self.lines[count.row])  # its own line is of the same width
        if self._distance(count) is not None and not chance:
            return after.fits_like(less, self, count) or (less.value == 1 and after.has_one(less))
        if lines == count.value:
            return left == less.value
        if count.value > 1 and self._divides(count):
            return by_lines and left * count.value == lines * less.value
        return True

    def has_one(self, count: Count) -> bool:
        """Whether the line after a number's, or the rest of its own, is one word."""
        rest = len(self.lines[count.row]) - count.place - 1
        return rest == 1 or (rest == 0 and self.after(count) > 0 and len(self.lines[count.row + 1]) == 1)

    def _still(self, count: Count, after: Shape) -> bool:
        """Whether a number further back fits as it did, if it is still there."""
        there = after.rows.get(id(self.lines[count.row]))
        if there is not None:
            return after.fits_like(replace(count, row=there), self, count)
        if len(after.lines) != len(self.lines) or not self._fills(count):
            return True  # it is gone
        return after._fills(replace(count, value=integer(after.lines[count.row][count.place]) or 0))

    def tied(self) -> set[tuple[int, int]]:
        """Row and place of the numbers that fit, or divide the lines after them: they had better not change alone."""
        counts = self.counts(free=False)
        return {(count.row, count.place) for count in counts if self.fits(count) or self._divides(count)}

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

    def _divides(self, count: Count) -> bool:
        after = self.after(count)
        return count.value > 0 and after > 0 and after % count.value == 0 and self._short(count)

    def _short(self, count: Count) -> bool:
        return count.place == 0 or len(self.lines[count.row]) <= _FEW_WORDS


def _is_text(word: bytes) -> bool:
    """Whether the characters of a word may be counted: those of a number are not, but 101 may be a row of a map."""
    return integer(word) is None or (len(word) > _SHORT_NUMBER and not word.strip(b"01"))
