"""``tokens`` and ``float``. One block of each stream is held, or the longest token where that is longer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from judge.checkers.numbers import Tolerance, difference
from judge.checkers.rules import ACCEPTED, CheckResult, Float, Tokens, refused
from judge.checkers.streams import BLOCK_BYTES, WHITESPACE, Content, Divergence, Place, Reader, diverge, last_whitespace
from judge.checkers.words import quote

_RUN: Final = re.compile(rb"\s+|\S+")
_TOKEN: Final = re.compile(rb"\S+")

Mismatch = Callable[[Sequence[bytes], Sequence[bytes]], int | None]
"""Index of the first pair of pieces that do not match, of two sequences of the same length."""


def check_tokens(checker: Tokens | Float, expected: Content, actual: Content) -> CheckResult:
    """The same tokens in the same order; numbers within the tolerance where there is one."""
    raw = diverge(expected, actual)
    if raw is None:
        return ACCEPTED
    head = raw.token_head or (raw.space_head if checker.space_sensitive else b"")
    ours, theirs = (
        _Pieces(
            chain((head,), rest),
            spaced=checker.space_sensitive,
            fold=not checker.case_sensitive,
            place=_place(raw, head),
        )
        for rest in (raw.expected, raw.actual)
    )
    mismatch: Mismatch = _first_difference
    if isinstance(checker, Float):
        mismatch = Tolerance(checker.absolute_tolerance, checker.relative_tolerance).first_mismatch
    return ACCEPTED if _match(ours, theirs, mismatch) else _refuse(ours, theirs)


def same_tokens(expected: Iterable[bytes], actual: Iterable[bytes]) -> bool:
    """Whether two streams differ in nothing but whitespace."""
    return _match(_Pieces(expected), _Pieces(actual), _first_difference)


class _Pieces:
    """A stream cut into tokens, or (``spaced``) into tokens and the runs of whitespace between them.

    ``words``  the next pieces, with letters folded if ``fold``; empty only at the end of the stream
    """

    def __init__(
        self, blocks: Iterable[bytes], *, spaced: bool = False, fold: bool = False, place: Place | None = None
    ) -> None:
        self._blocks = Reader(blocks)
        self._spaced = spaced
        self._fold = fold
        self._place = place or Place()
        self._raw = b""  # what the pieces at hand were cut from
        self._carry = b""  # the piece after them, which may go on in the next block
        self._used = 0
        self.words: list[bytes] = []
        self._load()

    def drop(self, number: int) -> None:
        """Go on past so many of ``words``."""
        self._used += number
        if number < len(self.words):
            self.words = self.words[number:]
        else:
            self._load()

    def _load(self) -> None:
        self.words = []
        while not self.words:
            self._place.advance(self._raw)
            # As much again as is held already: a long token then takes time in proportion to its length.
            wanted = max(BLOCK_BYTES, len(self._carry))
            block = self._blocks.read(wanted)
            data, self._used = self._carry + block, 0
            end = len(data) if len(block) < wanted else self._cut(data)
            self._raw, self._carry = data[:end], data[end:]
            folded = self._raw.lower() if self._fold else self._raw
            self.words = _RUN.findall(folded) if self._spaced else folded.split()
            if len(block) < wanted:
                return

    def _cut(self, data: bytes) -> int:
        """Where the last piece begins, which may not be whole yet."""
        if self._spaced and data[-1] in WHITESPACE:
            return len(data.rstrip())
        return last_whitespace(data) + 1

    def locate(self) -> tuple[Place, bytes]:
        """The place of the next piece and the piece as it was written."""
        found = next(islice((_RUN if self._spaced else _TOKEN).finditer(self._raw), self._used, None), None)
        start = found.start() if found else len(self._raw)
        self._place.advance(self._raw[:start])
        self._raw = self._raw[start:]
        self._used = 0
        return self._place, found[0] if found else b""

    def rest(self) -> Iterator[bytes]:
        """What follows from the place located on."""
        return chain((self._raw, self._carry), self._blocks)


def _place(raw: Divergence, head: bytes) -> Place:
    """Where the pieces begin that still have to be compared."""
    inside = bool(head) and head[-1] not in WHITESPACE
    return Place(raw.line - head.count(b"\n"), raw.tokens - inside)


def _match(expected: _Pieces, actual: _Pieces, mismatch: Mismatch) -> bool:
    """Whether the streams match to the end; if not, both stand at the first pieces that do not."""
    while expected.words and actual.words:
        number = min(len(expected.words), len(actual.words))
        index = mismatch(expected.words[:number], actual.words[:number])
        passed = number if index is None else index
        if passed:
            expected.drop(passed)
            actual.drop(passed)
        if index is not None:
            return False
    return not expected.words and not actual.words


def _first_difference(expected: Sequence[bytes], actual: Sequence[bytes]) -> int | None:
    if expected == actual:
        return None
    return next(index for index, (mine, other) in enumerate(zip(expected, actual, strict=True)) if mine != other)


def _refuse(ours: _Pieces, theirs: _Pieces) -> CheckResult:
    _, expected = ours.locate()
    place, actual = theirs.locate()
    if not actual:
        return refused(
            f"line {place.line}: the output ends where {quote(expected)} was expected{_spaces(ours, theirs)}"
        )
    where = f"line {place.line}, token {place.tokens + 1}"
    if actual[0] in WHITESPACE:
        where = f"line {place.line}"
    if not expected:
        return refused(f"{where}: nothing more was expected, got {quote(actual)}{_spaces(ours, theirs)}")
    note = _spaces(ours, theirs)
    if error := difference(expected, actual):
        note = f" (off by {error:.3g})"
    elif expected.lower() == actual.lower() and expected != actual:
        note = " (only upper and lower case differ)"
    return refused(f"{where}: expected {quote(expected)}, got {quote(actual)}{note}")


def _spaces(ours: _Pieces, theirs: _Pieces) -> str:
    return " (only whitespace differs)" if same_tokens(ours.rest(), theirs.rest()) else ""
