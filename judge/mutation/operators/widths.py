"""Numbers that do not fit: a type of half the width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from judge.mutation.edit import Edit, Replacement, replace
from judge.mutation.grammar import Grammar
from judge.mutation.syntax import Syntax, text_of

_ADVICE: Final = "with numbers so large that they do not fit into half the width"
_DIGITS: Final = "in which more digits count than half the width holds"
_C_TYPES: Final = {
    b"long long": b"int",
    b"long long int": b"int",
    b"signed long long": b"int",
    b"long": b"int",
    b"long int": b"int",
    b"unsigned long long": b"unsigned",
    b"unsigned long long int": b"unsigned",
    b"unsigned long": b"unsigned",
    b"int64_t": b"int32_t",
    b"uint64_t": b"uint32_t",
    b"size_t": b"unsigned",
    b"std::size_t": b"unsigned",
    b"ssize_t": b"int",
    b"ptrdiff_t": b"int",
    b"__int128": b"long long",
    b"__int128_t": b"long long",
    b"double": b"float",
    b"long double": b"double",
}
_C_NODES: Final = frozenset({"sized_type_specifier", "primitive_type", "type_identifier", "qualified_identifier"})
_WHOLE: Final = {
    "go": {b"int64": b"int32", b"uint64": b"uint32"},
    "rust": {b"i64": b"i32", b"u64": b"u32", b"i128": b"i64", b"u128": b"u64"},
}
_LITERAL: Final = re.compile(rb"[0-9_]+")


def overflow_width(syntax: Syntax) -> Iterator[Edit]:
    """A narrower type: at one place, or everywhere in the file where types have to agree."""
    match syntax.grammar.id:
        case "c" | "cpp":
            yield from _c(syntax)
        case "java":
            yield from _java(syntax)
        case "go" | "rust":
            yield from _everywhere(syntax)


def _c(syntax: Syntax) -> Iterator[Edit]:
    for node in syntax.nodes:
        if node.type in _C_NODES or node.type == "preproc_arg":
            narrow = _C_TYPES.get(b" ".join(text_of(node).split()))
            parent = syntax.parent(node)
            if narrow is None or (parent is not None and parent.type == "qualified_identifier"):
                continue
            shown = syntax.above(node, frozenset({"declaration", "parameter_declaration", "cast_expression"}))
            advice = _DIGITS if narrow in {b"float", b"double"} else _ADVICE
            yield replace(node, narrow, advice, shown=shown if shown is not None and _short(shown) else None)


def _short(node: Node) -> bool:
    return node.end_byte - node.start_byte <= 60


def _java(syntax: Syntax) -> Iterator[Edit]:
    wide = _long_names(syntax)
    for node in syntax.nodes:
        match node.type:
            case "variable_declarator":
                yield from _java_variable(node, syntax)
            case "assignment_expression":
                if text_of(node.child_by_field_name("operator")) == b"=":
                    left = node.child_by_field_name("left")
                    value = node.child_by_field_name("right") if _base(left) in wide else None
                    yield from _cast(value, node, syntax.grammar)
            case "return_statement":
                method = syntax.above(node, syntax.grammar.functions)
                returned = text_of(method.child_by_field_name("type")) if method is not None else b""
                yield from _cast(node.named_child(0) if returned == b"long" else None, node, syntax.grammar)
            case "cast_expression" | "decimal_integer_literal":
                yield from _java_word(node, syntax)


def _java_word(node: Node, syntax: Syntax) -> Iterator[Edit]:
    if node.type == "cast_expression":
        narrowed = node.child_by_field_name("type")
        if narrowed is not None and text_of(narrowed) == b"long":
            yield replace(narrowed, b"int", _ADVICE, shown=node)
        return
    text = text_of(node)
    if text[-1:] in b"lL" and int(text[:-1].replace(b"_", b"")) < 1 << 31:
        yield replace(node, text[:-1], _ADVICE, shown=syntax.parent(node))


def _java_variable(node: Node, syntax: Syntax) -> Iterator[Edit]:
    value, declared = node.child_by_field_name("value"), _declared(node, syntax)
    if declared is None or text_of(declared) != b"long":
        return
    if value is None or value.type in syntax.grammar.integers:
        puts = [Replacement(declared.start_byte, declared.end_byte, b"int")]
        if value is not None and text_of(value)[-1:] in b"lL":
            puts.append(Replacement(value.end_byte - 1, value.end_byte, b""))
        shown = syntax.parent(node) or node
        yield Edit(tuple(puts), (shown.start_byte, shown.end_byte), _ADVICE)
    else:
        yield from _cast(value, node, syntax.grammar)


def _cast(value: Node | None, shown: Node, grammar: Grammar) -> Iterator[Edit]:
    """The value cut off to half its width, where it is worked out."""
    if value is not None and value.type not in grammar.integers:
        put = Replacement(value.start_byte, value.end_byte, b"(int) (" + text_of(value) + b")")
        yield Edit((put,), (shown.start_byte, shown.end_byte), _ADVICE)


def _declared(declarator: Node, syntax: Syntax) -> Node | None:
    declaration = syntax.parent(declarator)
    return declaration.child_by_field_name("type") if declaration is not None else None


def _long_names(syntax: Syntax) -> set[bytes]:
    """Variables, fields and arrays of ``long``, by their names alone."""
    found: set[bytes] = set()
    for node in syntax.nodes:
        if (node.type == "variable_declarator" and text_of(_declared(node, syntax)).startswith(b"long")) or (
            node.type == "formal_parameter" and text_of(node.child_by_field_name("type")).startswith(b"long")
        ):
            found.add(text_of(node.child_by_field_name("name")))
    return found


def _base(left: Node | None) -> bytes:
    """The variable that is assigned to, or in: ``dp`` for ``dp[i][j]`` and ``this.dp``."""
    while left is not None and left.type == "array_access":
        left = left.child_by_field_name("array")
    return text_of((left.child_by_field_name("field") or left) if left is not None else None)


def _everywhere(syntax: Syntax) -> Iterator[Edit]:
    table = _WHOLE[syntax.grammar.id]
    for wide, narrow in table.items():
        places = [node for node in syntax.nodes if _names_type(node, wide, syntax.grammar)]
        if places:
            first = places[0]
            yield Edit(
                tuple(
                    Replacement(node.start_byte, node.end_byte, text_of(node).replace(wide, narrow)) for node in places
                ),
                (first.start_byte, first.end_byte),
                _ADVICE,
                complaint=f"tells `{wide.decode()}` from `{narrow.decode()}` in the whole program, first",
            )


def _names_type(node: Node, wide: bytes, grammar: Grammar) -> bool:
    if node.child_count:
        return False
    if node.type in grammar.integers:
        return _LITERAL.sub(b"", text_of(node), count=1) == wide
    return text_of(node) == wide
