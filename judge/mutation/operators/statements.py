"""Statements that are left out."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from judge.mutation.edit import Edit, replace
from judge.mutation.syntax import Syntax, lasting, text_of


def statement_deletion(syntax: Syntax) -> Iterator[Edit]:
    """An assignment or a call that is not there. A name keeps its first value: without one every test fails."""
    grammar = syntax.grammar
    bound: dict[int, set[bytes]] = {}
    for node in syntax.nodes:
        first = _binds(node, syntax, bound)
        if node.type not in grammar.statements or first:
            continue
        if _does_something(node, syntax):
            yield replace(node, grammar.nothing, "in which this changes the answer")


def _binds(node: Node, syntax: Syntax, bound: dict[int, set[bytes]]) -> bool:
    """Whether a statement gives a name its first value, where that needs no declaration; keeps account of them."""
    grammar = syntax.grammar
    if grammar.id != "python" or node.type not in grammar.statements or not node.named_child_count:
        return False
    made = node.named_children[0]
    left = made.child_by_field_name("left") if made.type == "assignment" else None
    if left is None:
        return False
    function = syntax.above(node, grammar.functions)
    known = bound.setdefault(function.id if function is not None else 0, set())
    names = {text_of(name) for name in _names(left)}
    new = names - known
    known |= names
    return bool(new)


def _names(left: Node) -> list[Node]:
    if left.type == "identifier":
        return [left]
    if left.type in {"pattern_list", "tuple_pattern", "list_pattern"}:
        return [name for child in left.named_children for name in _names(child)]
    return []


def _does_something(statement: Node, syntax: Syntax) -> bool:
    grammar = syntax.grammar
    if statement.type in grammar.assignments | grammar.updates:
        return _free(statement, syntax)
    made = next((child for child in statement.named_children if not child.is_extra), None)
    while made is not None and made.type in {"await_expression", "await"}:
        made = made.named_children[0] if made.named_child_count else None
    if made is None:
        return False
    if made.type in grammar.calls:
        return not lasting(made)
    return made.type in grammar.assignments | grammar.updates and _free(statement, syntax)


def _free(statement: Node, syntax: Syntax) -> bool:
    """Whether a statement stands among others, and not as a part of one (the step of a loop)."""
    parent = syntax.parent(statement)
    return parent is None or not parent.type.startswith(("for_statement", "for_clause")) or _is_body(statement, parent)


def _is_body(statement: Node, loop: Node) -> bool:
    return loop.child_by_field_name("body") == statement
