"""Comparing two streams of bytes block by block: how far they are the same, and what follows where they part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

Content = bytes | Iterable[bytes]
"""What a checker reads: all at once, or in blocks of any size."""

BLOCK_BYTES: Final = 1 << 18
HEAD_BYTES: Final = 4096
"""How much of what is equal is remembered: enough for an excerpt, and more than a number may have digits."""

WHITESPACE: Final = b" \t\n\r\x0b\x0c"
_SPACES: Final = tuple(WHITESPACE[index : index + 1] for index in range(len(WHITESPACE)))


class Reader:
    """Gives blocks of the size asked for, whatever the blocks are that come in."""

    def __init__(self, content: Content) -> None:
        self._blocks = iter((content,)) if isinstance(content, bytes) else iter(content)
        self._block = b""
        self._next = 0

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""
        parts: list[bytes] = []
        while size:
            if self._next == len(self._block):
                block = next(self._blocks, None)
                if block is None:
                    break
                self._block, self._next = block, 0
                continue
            part = self._block[self._next : self._next + size]
            self._next += len(part)
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block


class Place:
    """Where in a stream one is: ``line`` from 1, ``tokens`` begun in that line so far."""

    def __init__(self, line: int = 1, tokens: int = 0) -> None:
        self.line = line
        self.tokens = tokens
        self._inside = False

    def advance(self, data: bytes) -> None:
        """Go on past ``data``."""
        if not data:
            return
        newlines = data.count(b"\n")
        if newlines:
            self.line += newlines
            self.tokens = 0
            self._inside = False
            data = data[data.rfind(b"\n") + 1 :]
            if not data:
                return
        self.tokens += len(data.split())
        if self._inside and data[0] not in WHITESPACE:
            self.tokens -= 1
        self._inside = data[-1] not in WHITESPACE


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first difference of two streams.

    ``line``      number of the line it is in, from 1
    ``tokens``    tokens begun in that line before it
    ``head``      the end of what is equal, at most :data:`HEAD_BYTES`
    ``expected``  what follows in the one stream, ``actual`` in the other; can be read once
    """

    line: int
    tokens: int
    head: bytes
    expected: Iterator[bytes]
    actual: Iterator[bytes]

    @property
    def line_head(self) -> bytes:
        """What is equal of the line with the difference."""
        return self.head[self.head.rfind(b"\n") + 1 :]

    @property
    def token_head(self) -> bytes:
        """What is equal of the token with the difference; empty between tokens."""
        return self.head[last_whitespace(self.head) + 1 :]

    @property
    def space_head(self) -> bytes:
        """What is equal of the run of whitespace with the difference; empty within a token."""
        return self.head[len(self.head.rstrip(WHITESPACE)) :]


def diverge(expected: Content, actual: Content) -> Divergence | None:
    """The first difference, or ``None`` if the streams are equal byte for byte."""
    if isinstance(expected, bytes) and isinstance(actual, bytes) and expected == actual:
        return None
    ours, theirs = Reader(expected), Reader(actual)
    place, head = Place(), b""
    while True:
        mine, other = ours.read(BLOCK_BYTES), theirs.read(BLOCK_BYTES)
        if mine == other and not mine:
            return None
        same = len(mine) if mine == other else common_prefix(mine, other)
        place.advance(mine[:same])
        head = mine[max(0, same - HEAD_BYTES) : same] if same >= HEAD_BYTES else (head + mine[:same])[-HEAD_BYTES:]
        if mine != other:
            rest = chain((mine[same:],), ours), chain((other[same:],), theirs)
            return Divergence(line=place.line, tokens=place.tokens, head=head, expected=rest[0], actual=rest[1])


def last_whitespace(data: bytes) -> int:
    """Index of the last whitespace, -1 if there is none."""
    return max(data.rfind(letter) for letter in _SPACES)


def common_prefix(one: bytes, other: bytes) -> int:
    """How many bytes from the start are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
