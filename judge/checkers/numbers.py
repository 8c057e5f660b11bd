"""Numbers in outputs: which tokens are numbers, and whether two of them are close enough. Exact at the limits.

A decimal number is: a sign or none; digits with or without a point, at least one digit; an exponent or none. Most
pairs are settled in double precision with room for its rounding; what that cannot settle is calculated in decimals
with all digits, so that an error of exactly the tolerance is always accepted and the next larger one never.
"""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MOST_BYTES: Final = 1000
"""A longer token is text."""

_NUMBER: Final = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LETTERS: Final = b"0123456789+-.eE"
_ROUNDING: Final = 2.0**-51
_DECIMALS: Final = decimal.Context(
    prec=2 * MOST_BYTES + 100, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[], clamp=0
)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be off: at most ``absolute``, or at most ``relative`` times the size of the expected."""

    absolute: float
    relative: float

    def first_mismatch(self, expected: Sequence[bytes], actual: Sequence[bytes]) -> int | None:
        """Index of the first pair that does not match; both have the same length. Text must be equal."""
        if expected == actual:
            return None
        pairs = [index for index, (mine, other) in enumerate(zip(expected, actual, strict=True)) if mine != other]
        mine = [expected[index] for index in pairs]
        other = [actual[index] for index in pairs]
        doubtful: Sequence[int] = range(len(pairs))
        if (ours := _values(mine)) is not None and (theirs := _values(other)) is not None:
            doubtful = self._doubtful(ours, theirs)
        return next((pairs[place] for place in doubtful if not self.accepts(mine[place], other[place])), None)

    def accepts(self, expected: bytes, actual: bytes) -> bool:
        """Whether the tokens match, decided with all digits."""
        if expected == actual:
            return True
        error = difference(expected, actual)
        if error is None:
            return False
        size = _DECIMALS.abs(_decimal(expected))
        room = _DECIMALS.multiply(Decimal(repr(self.relative)), size)
        return error <= Decimal(repr(self.absolute)) or error <= room

    def _doubtful(self, expected: Sequence[float], actual: Sequence[float]) -> list[int]:
        """The pairs that double precision cannot accept for certain."""
        absolute = self.absolute * (1 - _ROUNDING)
        relative = self.relative * (1 - 2 * _ROUNDING)
        infinity = math.inf
        return [
            index
            for index, (mine, other) in enumerate(zip(expected, actual, strict=True))
            if not (
                abs(mine - other) + (abs(mine) + abs(other)) * _ROUNDING
                <= max(absolute, relative * abs(mine))
                < infinity
            )
        ]


def difference(expected: bytes, actual: bytes) -> Decimal | None:
    """How far apart two tokens are, or ``None`` unless both are numbers (and not beyond every exponent)."""
    if not (is_number(expected) and is_number(actual)):
        return None
    error = _DECIMALS.abs(_DECIMALS.subtract(_decimal(expected), _decimal(actual)))
    return error if error.is_finite() else None


def is_number(token: bytes) -> bool:
    """Whether the token is a decimal number."""
    return len(token) <= MOST_BYTES and _NUMBER.fullmatch(token) is not None


def _decimal(token: bytes) -> Decimal:
    return _DECIMALS.create_decimal(token.decode("ascii"))


def _values(tokens: Sequence[bytes]) -> list[float] | None:
    """The tokens in double precision, or ``None`` unless all of them are numbers."""
    if b"".join(tokens).translate(None, _LETTERS) or max(map(len, tokens)) > MOST_BYTES:
        return None
    try:
        # Of words in these letters only, float() takes just the decimal numbers.
        return list(map(float, tokens))
    except ValueError:
        return None
