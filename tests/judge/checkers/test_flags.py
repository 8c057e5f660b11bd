"""The default validator's flags, and that the checker they make says what the validator would."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from judge import Checker, CheckerError, Exact, Float, Tokens, check, checker_from_flags

TABLE = Path(__file__).with_name("comparisons.toml")


def own_rows() -> list[tuple[str, str, str, bool]]:
    groups = tomllib.loads(TABLE.read_text("utf-8"))["group"]
    return [(group["flags"], answer, output, ok) for group in groups for answer, output, ok in group["rows"]]


def foreign_rows() -> list[tuple[str, str, str, bool]]:
    """A larger table (``flags answer output expected``), where there is one beside the packages to be judged."""
    named = os.environ.get("SYNCODE_CASES")
    table = Path(named) / "checkers.json" if named else None
    if table is None or not table.is_file():
        return []
    rows = json.loads(table.read_text("utf-8"))
    return [(row["flags"], row["answer"], row["output"], row["expected"] == "AC") for row in rows]


@pytest.mark.parametrize(("flags", "answer", "output", "accepted"), [*own_rows(), *foreign_rows()])
def test_the_checker_says_what_the_default_validator_says(
    flags: str, answer: str, output: str, *, accepted: bool
) -> None:
    result = check(checker_from_flags(flags.split()), answer.encode(), output.encode())
    assert result.accepted is accepted, result.message
    assert bool(result.message) is not accepted


class TestCheckerFromFlags:
    @pytest.mark.parametrize(
        ("flags", "checker"),
        [
            ("", Tokens(case_sensitive=False)),
            ("case_sensitive", Tokens()),
            ("space_change_sensitive", Tokens(case_sensitive=False, space_sensitive=True)),
            ("space_change_sensitive case_sensitive", Exact()),
            ("float_tolerance 1e-4", Float(1e-4, 1e-4, case_sensitive=False)),
            ("float_absolute_tolerance 0.5", Float(0.5, 0, case_sensitive=False)),
            ("float_relative_tolerance 0.5 case_sensitive", Float(0, 0.5)),
            ("float_tolerance 1 float_absolute_tolerance 2", Float(2, 1, case_sensitive=False)),
        ],
    )
    def test_flags_become_a_checker(self, flags: str, checker: Checker) -> None:
        assert checker_from_flags(flags.split()) == checker

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            ("ignore_case", ["ignore_case", "unknown", "case_sensitive"]),
            ("float_tolerance", ["float_tolerance", "needs a tolerance"]),
            ("float_tolerance x", ["float_tolerance", "'x'"]),
            ("float_tolerance -1", ["float_tolerance", "'-1'"]),
            ("float_tolerance nan", ["float_tolerance", "'nan'"]),
            ("float_relative_tolerance inf", ["float_relative_tolerance", "'inf'"]),
        ],
    )
    def test_wrong_flags_are_named(self, flags: str, words: list[str]) -> None:
        with pytest.raises(CheckerError) as caught:
            checker_from_flags(flags.split())
        assert all(word in str(caught.value) for word in words)

    @pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
    def test_a_float_checker_refuses_such_tolerances(self, tolerance: float) -> None:
        with pytest.raises(CheckerError, match="relative_tolerance"):
            Float(relative_tolerance=tolerance)
