"""Cases that are forgotten: a branch of a condition, the body of one, a case of a switch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, Replacement, replace
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import BLOCKS, Syntax, inner_text, text_of, unwrapped

_ELSE: Final = frozenset({"else_clause", "elif_clause"})


def missing_case(syntax: Syntax) -> Iterator[Edit]:
    """A case that the program would do nothing about."""
    grammar = syntax.grammar
    for node in syntax.nodes:
        if node.type in grammar.ifs:
            yield from _without_body(node, syntax)
            if node.type != "elif_clause":  # whose else is the whole condition's
                yield from _without_branches(node, grammar)
        elif node.type in grammar.cases and _matters(node, grammar):
            yield replace(node, b"", "for this case", complaint="needs this case of the switch")


def _without_body(node: Node, syntax: Syntax) -> Iterator[Edit]:
    body = node.child_by_field_name("consequence")
    if body is None or not _does_something(body, syntax.grammar):
        return
    condition = node.child_by_field_name("condition")
    asked = unwrapped(condition) if condition is not None else node
    where = text_of(asked).decode("utf-8", "replace")
    yield replace(
        body,
        syntax.grammar.empty,
        "in which that happens and changes the answer",
        shown=body,
        complaint=f"needs what is done if `{' '.join(where.split())}`",
    )


def _without_branches(node: Node, grammar: Grammar) -> Iterator[Edit]:
    advice = "in which this branch is taken and changes the answer"
    for branch in node.children_by_field_name("alternative"):
        if branch.type == "elif_clause":
            yield replace(branch, b"", advice)
            continue
        inner = branch.named_children[-1] if branch.type == "else_clause" and branch.named_child_count else branch
        if inner.type in grammar.ifs:
            later = inner.child_by_field_name("alternative")
            if later is not None:
                # else if (a) X else Y: what follows takes the place of the middle
                yield replace(inner, text_of(_branch(later)), advice)
                continue
        elif not _does_something(inner, grammar):
            continue
        start = branch if branch.type == "else_clause" else _else_before(branch)
        yield Edit((Replacement(start.start_byte, branch.end_byte, b""),), (start.start_byte, branch.end_byte), advice)


def _branch(later: Node) -> Node:
    return later.named_children[-1] if later.type in _ELSE else later


def _else_before(branch: Node) -> Node:
    """The word ``else`` before a branch, where both stand in the condition itself."""
    found = branch
    while (before := found.prev_sibling) is not None and text_of(found) != b"else":
        found = before
    return found


def _does_something(body: Node, grammar: Grammar) -> bool:
    if body.type in BLOCKS:
        named = [child for child in body.named_children if not child.is_extra]
        return bool(named) and not (len(named) == 1 and text_of(named[0]) == grammar.nothing)
    return text_of(body) != grammar.nothing


def _matters(case: Node, grammar: Grammar) -> bool:
    """Whether a case can be left out (what is left must be all there is for Rust) and makes a difference."""
    if case.type == "match_arm" and inner_text(case).strip() == b"_":
        return False
    body = case.child_by_field_name("consequence")
    return body is None or _does_something(body, grammar)
