"""The mistakes, each a pure function from a program's syntax to edits, in the order of its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from judge.mutation.edit import Edit
from judge.mutation.operator import Operator
from judge.mutation.operators.branches import missing_case
from judge.mutation.operators.expressions import arithmetic, comparison, function_swap, logical
from judge.mutation.operators.loops import early_return
from judge.mutation.operators.numbers import constant, off_by_one
from judge.mutation.operators.slices import slice_boundary
from judge.mutation.operators.statements import statement_deletion
from judge.mutation.operators.widths import overflow_width
from judge.mutation.syntax import Syntax

__all__ = ["OPERATORS"]

OPERATORS: Final[Mapping[Operator, Callable[[Syntax], Iterator[Edit]]]] = MappingProxyType(
    {
        Operator.OFF_BY_ONE: off_by_one,
        Operator.COMPARISON: comparison,
        Operator.ARITHMETIC: arithmetic,
        Operator.CONSTANT: constant,
        Operator.LOGICAL: logical,
        Operator.MISSING_CASE: missing_case,
        Operator.OVERFLOW_WIDTH: overflow_width,
        Operator.EARLY_RETURN: early_return,
        Operator.STATEMENT_DELETION: statement_deletion,
        Operator.SLICE_BOUNDARY: slice_boundary,
        Operator.FUNCTION_SWAP: function_swap,
    }
)
