"""Making the values of an input simpler: numbers towards 0 or 1, texts towards their first letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from judge.stress.pieces import places
from judge.stress.search import Search
from judge.stress.shape import Shape
from judge.stress.text import Lines, integer, integers, with_word

_DECIMAL: Final = re.compile(rb"(-?[0-9]+)\.[0-9]+")
_MOST_VALUES: Final = 200


def ranked_numbers(search: Search, *, free: bool) -> None:
    """Put small numbers in place of large ones all at once, such that equal ones stay equal, larger ones larger."""
    numbers = _Numbers(search, free=free)
    found = sorted({value for row, place, value in integers(search.lines) if (row, place) not in numbers.kept})
    if len(found) > 1:
        for least in (0, 1) if free else (numbers.least,):
            ranks = {value: least + rank for rank, value in enumerate(found)}
            if numbers.accepts(ranks.__getitem__):
                return


def smaller_numbers(search: Search, *, free: bool) -> None:
    """Bring each number as near to the least one as it goes, and with it those that equal it where that helps."""
    numbers = _Numbers(search, free=free)
    same: set[int] = set()
    for row, place in places(search):
        word = search.lines[row][place]
        value = integer(word)
        if value is None:
            if decimal := _DECIMAL.fullmatch(word):
                numbers.put(row, place, decimal[1])
        elif (row, place) not in numbers.kept:
            if value not in same and len(same) < _MOST_VALUES:
                same.add(value)
                _lower(value, numbers.least, partial(numbers.move, (row, place)))
            if (row, place) not in numbers.kept:
                now = int(search.lines[row][place])
                _lower(now, numbers.least, partial(numbers.set, (row, place)))


class _Numbers:
    """The numbers of the best input.

    ``kept``: row and place of those that say how much of something there is; they are not to change alone.
    """

    def __init__(self, search: Search, *, free: bool) -> None:
        self._search = search
        # Where nobody says what an input may hold, a number below 1 is put only where there are such numbers.
        self.least = 0 if free or any(value < 1 for _, _, value in integers(search.lines)) else 1
        # By now: as values change, other numbers may come to look like counts.
        self.kept = set() if free else Shape.of(search.lines).tied()

    def put(self, row: int, place: int, word: bytes) -> bool:
        """Another word in one place."""
        return self._search.accepts(with_word(self._search.lines, row, place, word=word))

    def set(self, at: tuple[int, int], new: int) -> bool:
        """Another number in one place."""
        return self.put(*at, b"%d" % new)

    def move(self, at: tuple[int, int], new: int) -> bool:
        """Another number in place of the one there and all that equal it."""
        old = integer(self._search.lines[at[0]][at[1]])
        return self.accepts(lambda value: new if value == old else value)

    def accepts(self, change: Callable[[int], int]) -> bool:
        """Other numbers everywhere."""
        lines: Lines = tuple(
            tuple(
                word if value is None or (row, place) in self.kept else b"%d" % change(value)
                for place, word in enumerate(line)
                for value in (integer(word),)
            )
            for row, line in enumerate(self._search.lines)
        )
        return self._search.accepts(lines)


def plainer_texts(search: Search) -> None:
    """Put the first of all the letters that occur in place of each other letter."""
    letters = sorted({letter for line in search.lines for word in line if integer(word) is None for letter in word})
    if not letters:
        return
    for row, place in places(search):
        word = search.lines[row][place]
        if word and integer(word) is None:
            _plainer(search, row, place, letter=letters[0])


def _plainer(search: Search, row: int, place: int, *, letter: int) -> None:
    lines = search.lines
    word = lines[row][place]
    if search.accepts(with_word(lines, row, place, word=bytes([letter]) * len(word))):
        return
    for index in range(len(word)):
        lines = search.lines
        now = lines[row][place]
        search.accepts(with_word(lines, row, place, word=now[:index] + bytes([letter]) + now[index + 1 :]))


def _lower(value: int, least: int, accepts: Callable[[int], bool]) -> None:
    """Bring a number towards the least one: there at once, by its sign, then by ever smaller steps."""
    for goal in (least, 1):
        if value != goal and accepts(goal):
            return
    if value < 0 and accepts(-value):
        value = -value
    sign = 1 if value > 0 else -1
    distance = abs(value) - max(least, 0)
    step = distance // 2
    while step > 0:
        if abs(value) - step >= max(least, 0) and accepts(value - sign * step):
            value -= sign * step
        else:
            step //= 2
