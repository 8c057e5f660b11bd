"""Making an input that shows something as small as it gets. Pure: what an input shows is a function handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from judge.stress.counts import with_counts
from judge.stress.pieces import without_characters, without_lines, without_words
from judge.stress.search import EnoughError, Search, StillFails
from judge.stress.values import plainer_texts, ranked_numbers, smaller_numbers


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What was found. ``tries``: inputs that were tried; ``complete``: nothing smaller was left to try."""

    input: bytes
    tries: int
    complete: bool


def shrink(
    found: bytes,
    still_fails: StillFails,
    *,
    free: bool,
    most: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Shrunk:
    """The smallest input that still fails, of those that are tried; always the same one for the same answers.

    ``free``: any piece may be left out and any number changed, because ``still_fails`` says no to what is no input.
    Otherwise pieces are left out only together with the number that counts them, and numbers that count anything do
    not change alone. ``most``: how often ``still_fails`` may be asked (``None``: as often as it takes); ``stopped``:
    whether to be content with what was found.
    """
    search = Search(found, still_fails, most=most, stopped=stopped)
    try:
        _tidy(search)
        before = None
        while before != search.best:
            before = search.best
            _round(search, free=free)
    except EnoughError:
        return Shrunk(search.best, search.tries, complete=False)
    return Shrunk(search.best, search.tries, complete=True)


def _tidy(search: Search) -> None:
    """One space between words, none at the ends of lines, and no empty line at the end, if that changes nothing."""
    lines = [b" ".join(line.split()) for line in search.best.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    search.accepts(b"\n".join((*lines, b"")) if lines else b"")


def _round(search: Search, *, free: bool) -> None:
    with_counts(search, free=free)
    if free:
        without_lines(search)
        without_words(search)
        without_characters(search)
    ranked_numbers(search, free=free)
    smaller_numbers(search, free=free)
    plainer_texts(search)
