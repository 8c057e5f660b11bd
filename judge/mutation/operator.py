"""The kinds of small mistake that mutants are made of."""

from __future__ import annotations

from enum import StrEnum


class Operator(StrEnum):
    """What was changed (the names are stable: reports are compared by them)."""

    OFF_BY_ONE = "off_by_one"
    COMPARISON = "comparison"
    ARITHMETIC = "arithmetic"
    CONSTANT = "constant"
    LOGICAL = "logical"
    MISSING_CASE = "missing_case"
    OVERFLOW_WIDTH = "overflow_width"
    EARLY_RETURN = "early_return"
    STATEMENT_DELETION = "statement_deletion"
    SLICE_BOUNDARY = "slice_boundary"
    FUNCTION_SWAP = "function_swap"
