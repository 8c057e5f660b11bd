"""A program's text with its syntax tree, and the questions that are asked of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
BLOCKS: Final = frozenset({"block", "compound_statement", "statement_block"})
"""Statements within braces, or within an indentation."""

_STEPS: Final = frozenset({"comma_expression", "sequence_expression", "for_clause", "expression_list"})
# Rust's way to go on with what a call gives.
_UNWRAPS: Final = frozenset({"unwrap", "expect"})
_SPREAD: Final = ("_splat", "spread_element")
_NAME: Final = re.compile(rb"([A-Za-z_]\w*)\W*\Z")
_ARGUMENTS: Final = re.compile(rb"<[^<>]*>\Z")


class Syntax:
    """``nodes``: all that may be changed, in the order of the text, without what is closed or was not understood."""

    def __init__(self, text: bytes, language: str) -> None:
        """Parse a program in a language of :data:`judge.mutation.grammar.MUTABLE`; what makes no sense is left out."""
        self.text = text
        self.grammar = grammar_of(language)
        # Asked for a node's parent, the library looks for it from the root.
        self._parents: dict[int, Node] = {}
        self._tree = tree_sitter.Parser(parser_language(language)).parse(text)
        self.nodes = tuple(self._open_nodes(self._tree.root_node))

    def of(self, types: frozenset[str]) -> Iterator[Node]:
        """The nodes of some types."""
        return (node for node in self.nodes if node.type in types)

    def parent(self, node: Node) -> Node | None:
        """The node around one of :attr:`nodes`; ``None`` for the whole program."""
        return self._parents.get(node.id)

    def above(self, node: Node, types: frozenset[str]) -> Node | None:
        """The nearest node around this one of some types."""
        found = self.parent(node)
        while found is not None and found.type not in types:
            found = self.parent(found)
        return found

    def _open_nodes(self, root: Node) -> Iterator[Node]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.is_error or node.is_missing or _closed(node, self):
                continue
            yield node
            children = node.children
            self._parents.update((child.id, node) for child in children)
            waiting.extend(reversed(children))


def _closed(node: Node, syntax: Syntax) -> bool:
    grammar = syntax.grammar
    kind = node.type
    if kind in grammar.closed:
        return True
    if kind in grammar.calls:
        return call_name(node) in _SETUP
    if kind == "return_statement":  # the exit status
        return inner_text(node) == b"0" and _function_name(node, syntax) == b"main"
    if kind in grammar.ifs:
        return _guards_reading(node, grammar)
    if kind == "keyword_argument":
        return inner_text(node) == b"flush"
    return kind == "comparison_operator" and b"__name__" in inner_text(node)


def _guards_reading(node: Node, grammar: Grammar) -> bool:
    """Whether a condition asks only whether reading went well, as it always does: ``if (scanf(…) != 1) return 1;``."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    if condition is None or body is None:
        return False
    asked = unwrapped(condition)
    reads = any(child.type in grammar.calls and call_name(child) in _SETUP for child in (asked, *asked.named_children))
    only = body.named_child(0) if body.named_child_count == 1 and body.type in BLOCKS else body
    return reads and only.type == "return_statement"


def _function_name(node: Node, syntax: Syntax) -> bytes:
    function = syntax.above(node, syntax.grammar.functions)
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


def call_name(call: Node) -> str:
    """The last name of what is called: ``sort`` for ``std::sort(…)`` and ``v.sort()``; empty where there is none."""
    named = call.child_by_field_name("name") or call.child_by_field_name("function")
    if named is None:
        named = call.child_by_field_name("constructor") or call.child_by_field_name("type")
    found = _NAME.search(_ARGUMENTS.sub(b"", text_of(named)))
    name = found[1].decode() if found else ""
    if name in _UNWRAPS and named is not None and (inner := named.child_by_field_name("value")) is not None:
        return call_name(inner)
    return name


def lasting(call: Node) -> bool:
    """Whether a call is for reading, writing or setting up, so that nobody can do without it."""
    return call_name(call) in _LASTING


def arguments(call: Node, grammar: Grammar) -> list[Node]:
    """What a call is given, one by one; nothing where some come out of a list."""
    listed = call.child_by_field_name("arguments")
    given = [node for node in listed.named_children if node.type not in grammar.closed] if listed is not None else []
    return [] if any(node.type.endswith(_SPREAD) for node in given) else given


def steps_loop(node: Node, syntax: Syntax) -> bool:
    """Whether this is (in) the step of a counting loop, which with another one would only never end."""
    grammar = syntax.grammar
    inner, parent = node, syntax.parent(node)
    while parent is not None and (parent.type in _STEPS or parent.type in grammar.assignments):
        inner, parent = parent, syntax.parent(parent)
    if parent is None or parent.type not in grammar.fors:
        return False
    clause = next((child for child in parent.named_children if child.type == "for_clause"), parent)
    steps = [*clause.children_by_field_name("update"), *clause.children_by_field_name("increment")]
    return inner in steps or (inner.type == "for_clause" and node in steps)


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
