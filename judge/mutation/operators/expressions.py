"""Mistakes in expressions: comparisons, arithmetic, logic, and one function in place of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, replace
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import Syntax, call_name, operators, steps_loop, text_of, unwrapped

_EQUAL: Final = "where the two sides are equal"
_DECIDES: Final = "in which this comparison decides the answer"
_COMPARISONS: Final = {
    b"<": ((b"<=", _EQUAL), (b">", "where the left side is greater")),
    b"<=": ((b"<", _EQUAL), (b">=", "where the left side is less")),
    b">": ((b">=", _EQUAL), (b"<", "where the left side is less")),
    b">=": ((b">", _EQUAL), (b"<=", "where the left side is greater")),
    b"==": ((b"!=", _DECIDES),),
    b"!=": ((b"==", _DECIDES),),
    b"===": ((b"!==", _DECIDES),),
    b"!==": ((b"===", _DECIDES),),
}
_PYTHON_COMPARISONS: Final = {
    b"in": ((b"not in", "where it is among them"),),
    b"not in": ((b"in", "where it is among them"),),
    b"is": ((b"is not", "where it is the same"),),
    b"is not": ((b"is", "where it is the same"),),
}
_NEGATABLE: Final = frozenset({b"==", b"!=", b"===", b"!==", *_PYTHON_COMPARISONS})

_ARITHMETIC: Final = {
    b"+": b"-",
    b"-": b"+",
    b"*": b"+",
    b"/": b"*",
    b"//": b"*",
    b"%": b"/",
    b"**": b"*",
    b"+=": b"-=",
    b"-=": b"+=",
    b"*=": b"+=",
    b"/=": b"*=",
    b"//=": b"*=",
    b"++": b"--",
    b"--": b"++",
}
_LOGICAL: Final = {b"and": b"or", b"or": b"and", b"&&": b"||", b"||": b"&&"}
_NOT: Final = frozenset({"not_operator", "unary_expression"})

_SWAPS: Final = {
    one: other
    for pair in (
        ("min", "max"),
        ("Min", "Max"),
        ("fmin", "fmax"),
        ("min_element", "max_element"),
        ("lower_bound", "upper_bound"),
        ("bisect_left", "bisect_right"),
        ("floor", "ceil"),
        ("Floor", "Ceil"),
        ("floorKey", "lowerKey"),
        ("ceilingKey", "higherKey"),
        ("indexOf", "lastIndexOf"),
        ("find", "rfind"),
        ("any", "all"),
        ("some", "every"),
    )
    for one, other in (pair, pair[::-1])
}


def comparison(syntax: Syntax) -> Iterator[Edit]:
    """A comparison that takes in, or leaves out, its border; or that asks for the opposite."""
    grammar = syntax.grammar
    known = _COMPARISONS | _PYTHON_COMPARISONS if grammar.id == "python" else _COMPARISONS
    for node in syntax.of(grammar.binary):
        for operator in operators(node, grammar):
            for other, advice in known.get(text_of(operator), ())[: 1 if _bounds_loop(node, syntax) else None]:
                yield replace(operator, other, advice, shown=node)


def arithmetic(syntax: Syntax) -> Iterator[Edit]:
    """Another operation on the same numbers."""
    grammar = syntax.grammar
    advice = "in which the two lead to different answers"
    for node in syntax.of(grammar.binary | grammar.assignments | grammar.updates):
        if node.type in grammar.updates:
            found = [child for child in node.children if not child.is_named]
        else:
            found = node.children_by_field_name("operator")
        if steps_loop(node, syntax) or any(_joins(child, grammar) for child in node.named_children):
            continue
        for operator in found:
            if (other := _ARITHMETIC.get(text_of(operator))) is not None:
                whole = b"//" if grammar.id == "python" and other == b"/" else other
                yield replace(operator, whole, advice, shown=node)


def logical(syntax: Syntax) -> Iterator[Edit]:
    """Conditions joined in another way, a condition left out, a condition turned round."""
    grammar = syntax.grammar
    for node in syntax.nodes:
        if node.type in grammar.binary:
            yield from _joined(node, grammar)
        elif node.type in _NOT and (operand := _negated(node)) is not None:
            yield replace(node, text_of(operand), "where this decides the answer")
        elif node.type in grammar.ifs | grammar.ternaries:
            yield from _turned(node, grammar)


def function_swap(syntax: Syntax) -> Iterator[Edit]:
    """The function that is taken for another one: the least for the greatest, the first place for the last."""
    for node in syntax.of(syntax.grammar.calls):
        name = call_name(node)
        if name not in _SWAPS:
            continue
        named = node.child_by_field_name("name") or node.child_by_field_name("function")
        while named is not None and named.named_child_count:
            named = named.child_by_field_name("name") or named.named_children[-1]
        if named is not None and text_of(named) == name.encode():
            yield replace(named, _SWAPS[name].encode(), "in which the two lead to different answers", shown=node)


def _bounds_loop(node: Node, syntax: Syntax) -> bool:
    parent = syntax.parent(node)
    while parent is not None and parent.type in {"parenthesized_expression", "for_clause"}:
        parent = syntax.parent(parent)
    return parent is not None and parent.type in syntax.grammar.fors


def _joins(node: Node, grammar: Grammar) -> bool:
    """Whether ``+`` joins texts (or lists) here: nothing else can be done with them."""
    node = unwrapped(node)
    if node.type in grammar.texts:
        return True
    return node.type in grammar.binary and any(_joins(child, grammar) for child in node.named_children)


def _joined(node: Node, grammar: Grammar) -> Iterator[Edit]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    for operator in operators(node, grammar):
        other = _LOGICAL.get(text_of(operator))
        if other is None or left is None or right is None:
            continue
        yield replace(operator, other, "where only one of the two holds", shown=node)
        yield replace(node, text_of(left), f"where `{text_of(right).decode('utf-8', 'replace')}` decides")
        yield replace(node, text_of(right), f"where `{text_of(left).decode('utf-8', 'replace')}` decides")


def _negated(node: Node) -> Node | None:
    """What a negation negates; ``None`` for what is none."""
    if node.child_count != 2 or text_of(node.children[0]) not in {b"!", b"not"}:
        return None
    return node.named_children[0] if node.named_child_count == 1 else None


def _turned(node: Node, grammar: Grammar) -> Iterator[Edit]:
    condition = node.child_by_field_name("condition")
    if condition is None and grammar.id == "python" and node.type in grammar.ternaries:
        condition = node.named_children[1]
    if condition is None:
        return
    asked = unwrapped(condition)
    signs = {text_of(operator) for operator in operators(asked, grammar)}
    if signs & _NEGATABLE or (asked.type in _NOT and _negated(asked) is not None):
        return  # the same as another mistake of ours
    if asked.type in {"declaration", "let_condition", "let_chain", "condition_clause"} or asked.is_error:
        return
    yield replace(
        asked,
        grammar.negation + b"(" + text_of(asked) + b")",
        "where the condition decides the answer",
    )
