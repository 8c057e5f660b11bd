"""Loops that are left too early, or not early enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, Replacement, replace
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import BLOCKS, Syntax, text_of

_LEAVES: Final = ("break", "continue", "return", "throw", "raise", "goto")
_EXITS: Final = frozenset({"break_statement", "continue_statement", "break_expression", "continue_expression"})
_OTHER: Final = {b"break": b"continue", b"continue": b"break"}


def early_return(syntax: Syntax) -> Iterator[Edit]:
    """A loop that ends after its first round; leaving a loop where only its round ends, and the other way round."""
    grammar = syntax.grammar
    for node in syntax.nodes:
        if node.type in grammar.loops:
            yield from _one_round(node, syntax)
        elif node.type in _EXITS:
            yield from _other_exit(node, syntax)


def _one_round(loop: Node, syntax: Syntax) -> Iterator[Edit]:
    body = loop.child_by_field_name("body")
    if body is None or _leaves(body):
        return
    yield Edit(
        _left(body, syntax),
        (loop.start_byte, body.end_byte),
        "that needs a second one",
        "needs a second round of the loop",
    )


def _left(body: Node, syntax: Syntax) -> tuple[Replacement, ...]:
    if syntax.grammar.id == "python":
        start = syntax.text.rfind(b"\n", 0, body.start_byte) + 1
        indent = syntax.text[start : body.start_byte]
        more = b"; break" if indent.strip() else b"\n" + indent + b"break"
        return (Replacement(body.end_byte, body.end_byte, more),)
    if body.type in BLOCKS:
        end = body.end_byte - 1
        return (Replacement(end, end, syntax.grammar.leave),)
    return (
        Replacement(body.start_byte, body.start_byte, b"{ "),
        Replacement(body.end_byte, body.end_byte, b" " + syntax.grammar.leave + b"}"),
    )


def _leaves(body: Node) -> bool:
    """Whether the last thing in a loop's body ends the round, or there is nothing in it."""
    last = body
    while last.type in BLOCKS or last.type in {"statement_list", "expression_statement"}:
        named = [child for child in last.named_children if not child.is_extra]
        if not named:
            return last.type in BLOCKS
        last = named[-1]
    return last.type.startswith(_LEAVES) or text_of(last) in {b"pass", b";"}


def _other_exit(node: Node, syntax: Syntax) -> Iterator[Edit]:
    grammar = syntax.grammar
    word = node.children[0]
    around = syntax.above(node, grammar.loops | grammar.switches)
    if around is None or around.type in grammar.switches or node.named_child_count:
        return  # the end of a case, or a jump to a label
    if text_of(word) == b"break" and not _ends_by_itself(around, grammar):
        return  # it would only go on for ever
    advice = "in which the loop would find more" if text_of(word) == b"break" else "in which more follows after this"
    yield replace(word, _OTHER[text_of(word)], advice)


def _ends_by_itself(loop: Node, grammar: Grammar) -> bool:
    if loop.type not in grammar.fors:
        return False
    if grammar.id == "go":
        return any(child.type in {"for_clause", "range_clause"} for child in loop.named_children)
    return loop.type != "for_statement" or grammar.id == "python" or loop.child_by_field_name("condition") is not None
