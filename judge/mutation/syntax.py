"""A program's text with its syntax tree, and the questions that are asked of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import tree_sitter
from tree_sitter import Node

from judge.mutation.grammar import Grammar, grammar_of, parser_language

# Calls that read or set up: with other numbers in them a program fails whatever is tested, or does the same as before.
_SETUP: Final = frozenset(
    {"scanf", "fscanf", "getline", "getchar", "gets", "fgets", "readline", "readLine", "read_line", "input", "nextInt"}
    | {"nextLong", "readFileSync", "readlines", "Scan", "Scanln", "Scanf", "Fscan", "Fscanln", "Fscanf"}
    | {"NewReader", "NewWriter", "NewReaderSize", "NewWriterSize", "NewScanner", "Buffer", "with_capacity"}
    | {"setrecursionlimit", "stack_size", "sync_with_stdio", "tie", "setprecision", "setvbuf", "freopen", "reserve"}
    | {"require", "exit", "_exit", "ensureCapacity", "srand", "setEncoding", "createInterface"}
)
# Without these, too, every test fails or none notices.
_LASTING: Final = _SETUP | {
    *("print", "println", "printf", "fprintf", "puts", "putchar", "putc", "fputs", "write", "writeln", "log"),
    *("Println", "Printf", "Print", "Fprint", "Fprintln", "Fprintf", "Flush", "flush", "WriteString", "WriteByte"),
    *("Split", "close", "Close", "read", "on", "lock", "main", "solve", "run"),
}
_NAME: Final = re.compile(rb"([A-Za-z_]\w*)\W*\Z")
_ARGUMENTS: Final = re.compile(rb"<[^<>]*>\Z")


@dataclass(frozen=True, slots=True)
class Syntax:
    """``nodes``: all that may be changed, in the order of the text, without what is closed or was not understood."""

    text: bytes
    grammar: Grammar
    nodes: tuple[Node, ...]

    @classmethod
    def parse(cls, text: bytes, language: str) -> Syntax:
        """Parse a program in a language of :data:`judge.mutation.grammar.MUTABLE`; what makes no sense is left out."""
        grammar = grammar_of(language)
        root = tree_sitter.Parser(parser_language(language)).parse(text).root_node
        return cls(text, grammar, tuple(_open_nodes(root, grammar)))

    def of(self, types: frozenset[str]) -> Iterator[Node]:
        """The nodes of some types."""
        return (node for node in self.nodes if node.type in types)


def _open_nodes(root: Node, grammar: Grammar) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing or _closed(node, grammar):
            continue
        yield node
        waiting.extend(reversed(node.children))


def _closed(node: Node, grammar: Grammar) -> bool:
    kind = node.type
    if kind in grammar.closed:
        return True
    if kind in grammar.calls:
        return call_name(node) in _SETUP
    if kind == "return_statement":  # the exit status
        return inner_text(node) == b"0" and _function_name(node, grammar) == b"main"
    return kind == "comparison_operator" and b"__name__" in inner_text(node)


def _function_name(node: Node, grammar: Grammar) -> bytes:
    function = above(node, grammar.functions)
    if function is None:
        return b""
    named = function.child_by_field_name("name") or function.child_by_field_name("declarator")
    while named is not None and (inner := named.child_by_field_name("declarator")) is not None:
        named = inner
    return text_of(named)


def text_of(node: Node | None) -> bytes:
    """A node's text; nothing for no node."""
    return (node.text or b"") if node is not None else b""


def inner_text(node: Node) -> bytes:
    """The text of a node's only, or of its first, part that has a name; ``b"x"`` for ``return x;``."""
    return text_of(node.named_children[0] if node.named_child_count else None)


def above(node: Node, types: frozenset[str]) -> Node | None:
    """The nearest node around this one of some types."""
    found = node.parent
    while found is not None and found.type not in types:
        found = found.parent
    return found


def call_name(call: Node) -> str:
    """The last name of what is called: ``sort`` for ``std::sort(…)`` and ``v.sort()``; empty where there is none."""
    named = call.child_by_field_name("name") or call.child_by_field_name("function")
    if named is None:
        named = call.child_by_field_name("constructor") or call.child_by_field_name("type")
    found = _NAME.search(_ARGUMENTS.sub(b"", text_of(named)))
    return found[1].decode() if found else ""


def lasting(call: Node) -> bool:
    """Whether a call is for reading, writing or setting up, so that nobody can do without it."""
    return call_name(call) in _LASTING


def arguments(call: Node, grammar: Grammar) -> list[Node]:
    """What a call is given."""
    listed = call.child_by_field_name("arguments")
    return [node for node in listed.named_children if node.type not in grammar.closed] if listed is not None else []


def unwrapped(node: Node) -> Node:
    """An expression without the parentheses around it, or what a clause of a condition asks."""
    while node.type in {"parenthesized_expression", "condition_clause"}:
        inner = node.child_by_field_name("value")
        if inner is None:
            named = [child for child in node.named_children if not child.is_extra]
            if len(named) != 1:
                return node
            (inner,) = named
        node = inner
    return node


def operators(node: Node, grammar: Grammar) -> Iterator[Node]:
    """The operators between the operands of an expression with two (or, in a chain of comparisons, more) of them."""
    if node.type in grammar.binary:
        yield from node.children_by_field_name("operator")
        yield from node.children_by_field_name("operators")
