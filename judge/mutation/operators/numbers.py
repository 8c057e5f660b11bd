"""Mistakes in numbers: one too many or too few, and the wrong constant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, Replacement, replace
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import Syntax, arguments, call_name, inner_text, operators, steps_loop, text_of, unwrapped

_INTEGER: Final = re.compile(rb"(0|[1-9][0-9_']*)((?![eExXbBoO])[A-Za-z_][A-Za-z0-9_]*)?")
_POWER: Final = re.compile(rb"([0-9]+(?:\.[0-9]*)?)e\+?([0-9]+)", re.IGNORECASE)
_SHOWN_BYTES: Final = 40
_LARGE: Final = 1000
_HUGE_POWER: Final = 6
_HUGE_SHIFT: Final = 20
_BOOLEANS: Final = {b"True": b"False", b"False": b"True", b"true": b"false", b"false": b"true"}
_BOOLEAN_TYPES: Final = frozenset({"true", "false", "boolean_literal"})
_NEGATIVE: Final = frozenset({"unary_operator", "unary_expression"})
_SIZES: Final = frozenset(
    {"array_declarator", "dimensions_expr", "template_argument_list", "new_declarator"} | {"array_creation_expression"}
)
_SIZED_CALLS: Final = frozenset({"make", "resize", "assign", "malloc", "calloc", "vector", "repeat"})
_ORDERS: Final = frozenset({b"<", b"<=", b">", b">="})
_ATOMS: Final = frozenset({"identifier", "field_expression", "attribute", "member_expression", "selector_expression"})

_EDGE = "where one more or one less changes the answer, as the smallest or the largest input may"


def off_by_one(syntax: Syntax) -> Iterator[Edit]:
    """A whole number, or the bound of a loop, that is one too large or too small."""
    for node in syntax.nodes:
        if (literal := _integer(node, syntax.grammar)) is not None:
            value, suffix = literal
            if _boundless(node, value, syntax):
                continue
            # More room than is needed, and a large number that is larger still, are no mistakes.
            if value < _LARGE and not _sizes(node, syntax):
                yield _number(node, syntax, (value + 1, suffix), _EDGE)
            if value > 0 and not (value == 1 and steps_loop(node, syntax)):
                yield _number(node, syntax, (value - 1, suffix), _EDGE)
        elif node.type in syntax.grammar.fors:
            yield from _bounds(node, syntax.grammar)


def constant(syntax: Syntax) -> Iterator[Edit]:
    """A number in place of another one, a truth turned round, a lost sign, a remainder that is not taken."""
    grammar = syntax.grammar
    for node in syntax.nodes:
        if (literal := _integer(node, grammar)) is not None:
            value, suffix = literal
            if value >= _LARGE:
                yield _number(node, syntax, (value // _LARGE, suffix), "with numbers as large as they may be")
            elif value > 1:
                yield _number(node, syntax, (1 if value > 2 else 0, suffix), "in which this number matters")
        elif (power := _power(node, grammar)) is not None:
            yield replace(node, power, "with numbers as large as they may be")
        elif node.type in _BOOLEAN_TYPES and node.is_named and not _is_condition(node, syntax):
            yield replace(node, _BOOLEANS[text_of(node)], "in which this decides the answer")
        elif node.type in _NEGATIVE and text_of(node.children[0]) == b"-" and node.named_child_count:
            yield replace(node, inner_text(node), "in which the sign matters")
        elif node.type in grammar.binary and (left := _remainder(node, grammar)) is not None:
            yield replace(node, text_of(left), "in which the left side is not less than the right one")


def _integer(node: Node, grammar: Grammar) -> tuple[int, bytes] | None:
    """A literal's value, and what follows its digits; ``None`` for what is no plain decimal number."""
    if node.type not in grammar.integers and node.type != "preproc_arg":
        return None
    found = _INTEGER.fullmatch(text_of(node))
    return (int(re.sub(rb"[_']", b"", found[1])), found[2] or b"") if found else None


def _power(node: Node, grammar: Grammar) -> bytes | None:
    """``1e6`` for ``1e9``; ``None`` for what is no such number, or a small one."""
    if node.type not in grammar.integers | {"preproc_arg", "float", "float_literal", "decimal_floating_point_literal"}:
        return None
    found = _POWER.fullmatch(text_of(node))
    if found is None or int(found[2]) < _HUGE_POWER:
        return None
    return found[1] + b"e%d" % (int(found[2]) - 3)


def _number(node: Node, syntax: Syntax, literal: tuple[int, bytes], advice: str) -> Edit:
    shown = parent = syntax.parent(node)
    if parent is not None and parent.type in {"argument_list", "arguments"}:
        shown = syntax.parent(parent)
    if shown is None or len(text_of(shown)) > _SHOWN_BYTES:
        shown = node
    return replace(node, b"%d%s" % literal, advice, shown=shown)


def _boundless(node: Node, value: int, syntax: Syntax) -> bool:
    """Whether a number stands for more than there can be, where one more or less is as good: 1000000, or 1 << 30."""
    if value >= _LARGE and set(str(value)[1:]) == {"0"}:
        return True
    parent = syntax.parent(node)
    shifts = parent is not None and any(text_of(sign) == b"<<" for sign in operators(parent, syntax.grammar))
    return shifts and value >= _HUGE_SHIFT


def _sizes(node: Node, syntax: Syntax) -> bool:
    """Whether a number says how much room is made, where more of it does no harm."""
    inner, parent = node, syntax.parent(node)
    while parent is not None and (parent.type in syntax.grammar.binary or parent.type == "parenthesized_expression"):
        if any(child.type in {"list", "array"} for child in parent.named_children):
            return True  # [0] * (n + 1)
        inner, parent = parent, syntax.parent(parent)
    if parent is None:
        return False
    length = parent.type == "pair" and inner_text(parent) == b"length"  # Array.from({length: n + 1})
    if parent.type in _SIZES or length:
        return True
    if parent.type in {"argument_list", "arguments"} and (call := syntax.parent(parent)) is not None:
        if call.type == "init_declarator":  # vector<int> v(n + 1)
            return inner == parent.named_children[0]
        name = call_name(call)
        return (name in _SIZED_CALLS or name.endswith("Array")) and parent.named_children[0] in {
            inner,
            *_first_type(parent),
        }
    return False


def _first_type(listed: Node) -> list[Node]:
    """The type that comes before the sizes in Go's ``make([]int, n)``."""
    return [child for child in listed.named_children[:1] if child.type.endswith("_type")]


def _is_condition(node: Node, syntax: Syntax) -> bool:
    parent = syntax.parent(node)
    while parent is not None and parent.type in {"parenthesized_expression", "condition_clause"}:
        parent = syntax.parent(parent)
    return parent is not None and parent.type in syntax.grammar.loops


def _remainder(node: Node, grammar: Grammar) -> Node | None:
    left = node.child_by_field_name("left")
    if left is None or unwrapped(left).type in grammar.texts:
        return None
    return left if any(text_of(operator) == b"%" for operator in operators(node, grammar)) else None


def _bounds(loop: Node, grammar: Grammar) -> Iterator[Edit]:
    """The places where a counting loop begins and ends, as far as they are no literals."""
    if grammar.id == "python":
        ranged = loop.child_by_field_name("right")
        if ranged is not None and ranged.type in grammar.calls and call_name(ranged) == "range":
            for place in arguments(ranged, grammar)[:2]:
                yield from _shifted(place, grammar, (b"- 1", b"+ 1"))
        return
    if grammar.id == "rust":
        ranged = loop.child_by_field_name("value")
        if ranged is not None and ranged.type == "range_expression":
            yield from _rust_range(ranged, grammar)
        return
    clause = next((child for child in loop.named_children if child.type == "for_clause"), loop)
    condition = clause.child_by_field_name("condition")
    if condition is None or condition.type not in grammar.binary:
        return
    right = condition.child_by_field_name("right")
    for operator in operators(condition, grammar):
        sign = text_of(operator)
        if sign in _ORDERS and right is not None:
            # The other direction is what comparing in another way gives.
            yield from _shifted(right, grammar, (b"- 1" if sign in {b"<", b">="} else b"+ 1",), shown=condition)


def _rust_range(ranged: Node, grammar: Grammar) -> Iterator[Edit]:
    mark = next(child for child in ranged.children if text_of(child) in {b"..", b"..="})
    closed = text_of(mark) == b"..="
    yield replace(mark, b".." if closed else b"..=", _EDGE, shown=ranged)
    for place in ranged.named_children:
        if place.start_byte < mark.start_byte:
            yield from _shifted(place, grammar, (b"- 1", b"+ 1"), shown=ranged)
        else:  # the other direction is what the other mark gives
            yield from _shifted(place, grammar, (b"+ 1" if closed else b"- 1",), shown=ranged)


def _shifted(place: Node, grammar: Grammar, shifts: tuple[bytes, ...], *, shown: Node | None = None) -> Iterator[Edit]:
    if _integer(place, grammar) is not None:
        return
    text = text_of(place)
    base = text if place.type in _ATOMS | grammar.calls else b"(" + text + b")"
    seen = shown or place
    for shift in shifts:
        put = Replacement(place.start_byte, place.end_byte, base + b" " + shift)
        yield Edit((put,), (seen.start_byte, seen.end_byte), _EDGE)
