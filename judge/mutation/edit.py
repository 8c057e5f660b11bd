"""A change to a text, before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Replacement:
    """The bytes from ``start`` up to ``end`` give way to ``text``."""

    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Edit:
    """One mistake: replacements that do not overlap, in their order.

    ``shown``      start and end of the piece that a person is shown, which holds the first replacement
    ``advice``, ``complaint``  as in :class:`judge.mutation.mutant.Mutant`
    """

    replacements: tuple[Replacement, ...]
    shown: tuple[int, int]
    advice: str
    complaint: str | None = None

    def apply(self, text: bytes) -> bytes:
        """The text with the mistake."""
        return replaced(text, self.replacements)

    def after(self, text: bytes) -> bytes:
        """The piece that a person is shown, with the mistake."""
        start, end = self.shown
        inside = [each for each in self.replacements if start <= each.start and each.end <= end]
        return replaced(text, inside, within=self.shown)

    def canonical(self, text: bytes) -> tuple[Replacement, ...]:
        """The same for all edits of one place that lead to the same text; empty if they change nothing."""
        if len(self.replacements) != 1:
            return self.replacements
        (each,) = self.replacements
        same = _alike(text[each.start : each.end], each.text)
        start, new = each.start + same, each.text[same:]
        same = _alike(text[start : each.end][::-1], new[::-1])
        end, new = each.end - same, new[: len(new) - same]
        if start == end and not new:
            return ()
        while not new and start > 0 and text[start - 1] == text[end - 1]:  # the same letter, taken away further left
            start, end = start - 1, end - 1
        while start == end and start > 0 and text[start - 1] == new[-1]:  # or put in further left
            start, end, new = start - 1, end - 1, new[-1:] + new[:-1]
        return (Replacement(start, end, new),)


def replace(node: Node, text: bytes, advice: str, *, shown: Node | None = None, complaint: str | None = None) -> Edit:
    """``text`` in place of a node; a person is shown ``shown``, by default the node itself."""
    seen = shown or node
    return Edit(
        (Replacement(node.start_byte, node.end_byte, text),), (seen.start_byte, seen.end_byte), advice, complaint
    )


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def replaced(text: bytes, replacements: Sequence[Replacement], *, within: tuple[int, int] | None = None) -> bytes:
    """The text, or the piece ``within`` it, with the replacements made."""
    at, end = within or (0, len(text))
    pieces: list[bytes] = []
    for each in replacements:
        pieces += text[at : each.start], each.text
        at = each.end
    return b"".join((*pieces, text[at:end]))
