"""A change to a text, before it is made."""

from __future__ import annotations

from collections.abc import Iterable
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
        return _replaced(text, self.replacements, (0, len(text)))

    def after(self, text: bytes) -> bytes:
        """The piece that a person is shown, with the mistake."""
        start, end = self.shown
        inside = [each for each in self.replacements if start <= each.start and each.end <= end]
        return _replaced(text, inside, self.shown)


def replace(node: Node, text: bytes, advice: str, *, shown: Node | None = None, complaint: str | None = None) -> Edit:
    """``text`` in place of a node; a person is shown ``shown``, by default the node itself."""
    seen = shown or node
    return Edit(
        (Replacement(node.start_byte, node.end_byte, text),), (seen.start_byte, seen.end_byte), advice, complaint
    )


def _replaced(text: bytes, replacements: Iterable[Replacement], within: tuple[int, int]) -> bytes:
    at, end = within
    pieces: list[bytes] = []
    for each in replacements:
        pieces += text[at : each.start], each.text
        at = each.end
    return b"".join((*pieces, text[at:end]))
