"""The order in which things are tried, so that the first few of them stand for all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")


def spread(values: Sequence[Value]) -> list[Value]:
    """The same values, such that any number of the first ones lie evenly over all: halves, quarters, eighths."""
    bits = max(1, (len(values) - 1).bit_length())
    order = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [values[index] for index in order if index < len(values)]


def round_robin(groups: Iterable[Iterable[Value]]) -> Iterator[Value]:
    """One of each group in turn, as long as it has any."""
    waiting = [iter(group) for group in groups]
    while waiting:
        left: list[Iterator[Value]] = []
        for group in waiting:
            for value in group:
                yield value
                left.append(group)
                break
        waiting = left
