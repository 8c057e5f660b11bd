"""Patterns of names in packages: ``*`` and ``?`` stay within a name, ``{a,b}`` is either.

Patterns come from packages that may come from anybody, so matching takes time in proportion to the lengths of pattern
and path: all ways to read the pattern are followed at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_LONGEST: Final = 1000
_MANY: Final = "*"
_ONE: Final = "?"


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern matches the path or a directory above it.

    Raises ``ValueError`` for a pattern with a brace that stands without its partner, and for one that is too long.
    """
    states = _compiled(pattern)
    now = states.closed([0])
    for character in path:
        if character == "/" and states.end in now:
            return True
        now = states.closed(states.after(now, character))
        if not now:
            return False
    return states.end in now


@dataclass(slots=True)
class _States:
    """Places in a pattern. ``reads``: by place, what is read on the way to the next; ``free``: where one may go too."""

    reads: list[str | None] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The place after the whole pattern."""
        return len(self.reads) - 1

    def add(self, reads: str | None = None) -> int:
        """One more place."""
        self.reads.append(reads)
        self.free.append([])
        return len(self.reads) - 1

    def closed(self, places: Iterable[int]) -> set[int]:
        """The places with all that can be reached from them without reading."""
        found: set[int] = set()
        todo = list(places)
        while todo:
            place = todo.pop()
            if place not in found:
                found.add(place)
                todo += self.free[place]
        return found

    def after(self, places: Iterable[int], character: str) -> list[int]:
        """The places after reading a character."""
        found: list[int] = []
        for place in places:
            reads = self.reads[place]
            if reads == _MANY and character != "/":
                found.append(place)
            elif reads == character or (reads == _ONE and character != "/"):
                found.append(place + 1)
        return found


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _States:
    if len(pattern) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    states = _States()
    braces: list[tuple[int, list[int]]] = []  # where each begins, and where its alternatives so far end
    for character in pattern:
        if character == "{":
            braces.append((states.add(), []))
            states.free[-1].append(len(states.reads))
        elif character == "," and braces:
            begin, ends = braces[-1]
            ends.append(states.add())
            states.free[begin].append(len(states.reads))
        elif character == "}":
            if not braces:
                raise ValueError("a brace stands without its partner")
            _, ends = braces.pop()
            last = states.add()
            for end in (*ends, last):
                states.free[end].append(len(states.reads))
        else:
            place = states.add(character)
            if character == _MANY:
                states.free[place].append(place + 1)
    if braces:
        raise ValueError("a brace stands without its partner")
    states.add()
    return states
