"""What the syntax trees of the languages call the things that mistakes are made in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import tree_sitter
import tree_sitter_c
import tree_sitter_cpp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_rust
import tree_sitter_typescript

_BINARY: Final = frozenset({"binary_expression"})


@dataclass(frozen=True, slots=True)
class Grammar:
    """Node types of one language, by what they are; which fields they have is alike enough to be asked for by name.

    ``closed``       nothing inside is ever changed: imports, attributes, types where they hold no code
    ``integers``     whole numbers; ``binary``: two operands and operators; ``calls``: calls
    ``texts``        what ``+`` joins and does not add
    ``ifs``, ``ternaries``   conditions that choose; ``fors``: loops that end by themselves; ``whiles``: other loops
    ``loop_bodies``, ``cases``, ``switches``  blocks, branches of a switch, switches
    ``assignments``, ``updates``  of variables; ``statements``: what may be deleted, if it holds one or a call
    ``functions``    where names are bound anew
    ``nothing``      a statement that does nothing; ``empty``: a branch that does nothing
    ``negation``     goes before an expression in parentheses; ``leave``: ends a loop, as a statement among others
    """

    id: str
    closed: frozenset[str]
    integers: frozenset[str]
    texts: frozenset[str]
    ifs: frozenset[str]
    fors: frozenset[str]
    whiles: frozenset[str]
    assignments: frozenset[str]
    statements: frozenset[str]
    functions: frozenset[str]
    calls: frozenset[str] = frozenset({"call_expression"})
    binary: frozenset[str] = _BINARY
    ternaries: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset({"update_expression"})
    cases: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    nothing: bytes = b";"
    empty: bytes = b"{}"
    negation: bytes = b"!"
    leave: bytes = b"break; "

    @property
    def loops(self) -> frozenset[str]:
        """Loops of every kind."""
        return self.fors | self.whiles


_C: Final = Grammar(
    id="c",
    closed=frozenset(
        {"comment", "preproc_include", "preproc_if", "preproc_ifdef", "preproc_call", "preproc_function_def"}
        | {"attribute_declaration", "attribute_specifier", "static_assert_declaration", "using_declaration"}
        | {"enumerator_list", "bitfield_clause", "gnu_asm_expression", "sizeof_expression"}
    ),
    integers=frozenset({"number_literal"}),
    texts=frozenset({"string_literal", "raw_string_literal", "concatenated_string"}),
    ifs=frozenset({"if_statement"}),
    ternaries=frozenset({"conditional_expression"}),
    fors=frozenset({"for_statement", "for_range_loop"}),
    whiles=frozenset({"while_statement", "do_statement"}),
    assignments=frozenset({"assignment_expression"}),
    statements=frozenset({"expression_statement"}),
    functions=frozenset({"function_definition", "lambda_expression"}),
    cases=frozenset({"case_statement"}),
    switches=frozenset({"switch_statement"}),
)
_SCRIPT: Final = Grammar(
    id="javascript",
    closed=frozenset(
        {"comment", "import_statement", "regex", "decorator", "type_annotation", "type_arguments", "type_parameters"}
        | {
            "type_alias_declaration",
            "interface_declaration",
            "enum_declaration",
            "ambient_declaration",
            "hash_bang_line",
        }
    ),
    integers=frozenset({"number"}),
    texts=frozenset({"string", "template_string", "array"}),
    ifs=frozenset({"if_statement"}),
    ternaries=frozenset({"ternary_expression"}),
    fors=frozenset({"for_statement", "for_in_statement"}),
    whiles=frozenset({"while_statement", "do_statement"}),
    assignments=frozenset({"assignment_expression", "augmented_assignment_expression"}),
    statements=frozenset({"expression_statement"}),
    functions=frozenset(
        {"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function"}
    ),
    cases=frozenset({"switch_case", "switch_default"}),
    switches=frozenset({"switch_statement"}),
)

_GRAMMARS: Final = {
    grammar.id: grammar
    for grammar in (
        Grammar(
            id="python",
            closed=frozenset(
                {"comment", "import_statement", "import_from_statement", "future_import_statement", "decorator", "type"}
            ),
            integers=frozenset({"integer"}),
            binary=frozenset({"binary_operator", "boolean_operator", "comparison_operator"}),
            calls=frozenset({"call"}),
            texts=frozenset({"string", "concatenated_string", "list", "tuple", "list_comprehension"}),
            ifs=frozenset({"if_statement", "elif_clause"}),
            ternaries=frozenset({"conditional_expression"}),
            fors=frozenset({"for_statement"}),
            whiles=frozenset({"while_statement"}),
            assignments=frozenset({"assignment", "augmented_assignment"}),
            updates=frozenset(),
            statements=frozenset({"expression_statement"}),
            functions=frozenset({"function_definition", "lambda", "class_definition"}),
            cases=frozenset({"case_clause"}),
            nothing=b"pass",
            empty=b"pass",
            negation=b"not ",
        ),
        _C,
        replace(_C, id="cpp"),
        Grammar(
            id="java",
            closed=frozenset(
                {"line_comment", "block_comment", "import_declaration", "package_declaration", "annotation"}
                | {"marker_annotation", "type_arguments", "type_parameters"}
            ),
            integers=frozenset({"decimal_integer_literal"}),
            calls=frozenset({"method_invocation"}),
            texts=frozenset({"string_literal"}),
            ifs=frozenset({"if_statement"}),
            ternaries=frozenset({"ternary_expression"}),
            fors=frozenset({"for_statement", "enhanced_for_statement"}),
            whiles=frozenset({"while_statement", "do_statement"}),
            assignments=frozenset({"assignment_expression"}),
            statements=frozenset({"expression_statement"}),
            functions=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
            cases=frozenset({"switch_block_statement_group", "switch_rule"}),
            switches=frozenset({"switch_expression"}),
        ),
        _SCRIPT,
        replace(_SCRIPT, id="typescript"),
        Grammar(
            id="go",
            closed=frozenset({"comment", "import_declaration", "package_clause"}),
            integers=frozenset({"int_literal"}),
            texts=frozenset({"interpreted_string_literal", "raw_string_literal"}),
            ifs=frozenset({"if_statement"}),
            fors=frozenset({"for_statement"}),
            whiles=frozenset(),
            assignments=frozenset({"assignment_statement"}),
            updates=frozenset({"inc_statement", "dec_statement"}),
            statements=frozenset({"assignment_statement", "expression_statement", "inc_statement", "dec_statement"}),
            functions=frozenset({"function_declaration", "method_declaration", "func_literal"}),
            cases=frozenset({"expression_case", "default_case"}),
            switches=frozenset({"expression_switch_statement", "type_switch_statement", "select_statement"}),
            nothing=b"",
            leave=b"\nbreak\n",
        ),
        Grammar(
            id="rust",
            closed=frozenset(
                {"line_comment", "block_comment", "use_declaration", "extern_crate_declaration", "attribute_item"}
                | {"inner_attribute_item", "macro_definition", "macro_invocation", "type_arguments"}
            ),
            integers=frozenset({"integer_literal"}),
            texts=frozenset({"string_literal", "raw_string_literal"}),
            ifs=frozenset({"if_expression"}),
            fors=frozenset({"for_expression"}),
            whiles=frozenset({"while_expression", "loop_expression"}),
            assignments=frozenset({"assignment_expression", "compound_assignment_expr"}),
            updates=frozenset(),
            statements=frozenset({"expression_statement"}),
            functions=frozenset({"function_item", "closure_expression"}),
            cases=frozenset({"match_arm"}),
            nothing=b"",
            leave=b"; break; ",
        ),
    )
}
MUTABLE: Final = frozenset(_GRAMMARS)
"""Ids of the languages whose programs can be mutated."""


def grammar_of(language: str) -> Grammar:
    """The grammar of a language, by its id, one of :data:`MUTABLE`."""
    return _GRAMMARS[language]


@cache
def parser_language(language: str) -> tree_sitter.Language:
    """The tables of the parser of a language, by its id, one of :data:`MUTABLE`."""
    pointers = {
        "python": tree_sitter_python.language,
        "c": tree_sitter_c.language,
        "cpp": tree_sitter_cpp.language,
        "java": tree_sitter_java.language,
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "go": tree_sitter_go.language,
        "rust": tree_sitter_rust.language,
    }
    return tree_sitter.Language(pointers[language]())
