"""Slices and parts of texts that begin or end one place off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, Replacement
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import Syntax, arguments, call_name, text_of

_PARTS: Final = frozenset({"substr", "substring", "slice", "subarray", "copyOfRange", "subList", "splice", "islice"})
_ADVICE: Final = "in which the first or the last place of the part matters"
_LITERALS: Final = frozenset(
    {"integer", "number", "number_literal", "decimal_integer_literal", "int_literal", "integer_literal"}
)
_ATOMS: Final = frozenset({"identifier", "call", "call_expression", "method_invocation"})


def slice_boundary(syntax: Syntax) -> Iterator[Edit]:
    """A part that begins one place later, or ends one place earlier."""
    grammar = syntax.grammar
    for node in syntax.nodes:
        if node.type in {"slice", "slice_expression"}:
            yield from _slice(node, grammar)
        elif node.type in grammar.calls and call_name(node) in _PARTS:
            for place, shift in zip(arguments(node, grammar)[-2:], (b" + 1", b" - 1"), strict=False):
                yield from _shifted(place, shift, shown=node)
        elif node.type == "range_expression":
            parent = syntax.parent(node)
            if parent is not None and parent.type == "index_expression":
                yield from _slice(node, grammar)


def _slice(node: Node, grammar: Grammar) -> Iterator[Edit]:
    children = list(node.children)
    if node.type == "slice_expression":
        children = children[[text_of(child) for child in children].index(b"[") + 1 : -1]
    marks = [index for index, child in enumerate(children) if text_of(child) in {b":", b"..", b"..="}]
    if not marks or (len(marks) > 1 and text_of(children[-1]).startswith(b"-")):
        return  # backwards, beginnings are ends
    before = [child for child in children[: marks[0]] if child.is_named]
    after = [child for child in children[marks[0] + 1 : marks[1] if len(marks) > 1 else None] if child.is_named]
    mark = children[marks[0]]
    if before:
        yield from _shifted(before[0], b" + 1", shown=node)
    elif grammar.id != "rust" or after:
        yield _put(mark.start_byte, b"1", node)
    if after:
        yield from _shifted(after[0], b" - 1", shown=node)
    elif grammar.id == "python" and len(marks) == 1:  # with a step the last place is often passed over
        yield _put(mark.end_byte, b"-1", node)


def _shifted(place: Node, shift: bytes, *, shown: Node) -> Iterator[Edit]:
    if place.type in _LITERALS:
        return  # which are numbers like others
    text = text_of(place)
    base = text if place.type in _ATOMS else b"(" + text + b")"
    yield Edit(
        (Replacement(place.start_byte, place.end_byte, base + shift),), (shown.start_byte, shown.end_byte), _ADVICE
    )


def _put(at: int, text: bytes, shown: Node) -> Edit:
    return Edit((Replacement(at, at, text),), (shown.start_byte, shown.end_byte), _ADVICE)
