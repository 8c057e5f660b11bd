"""Patterns of names."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.packages.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("accepted", "accepted"),
        ("accepted", "accepted/a.py"),
        ("accepted/*", "accepted/a.py"),
        ("accepted/*", "accepted/a/main.py"),
        ("*/a.py", "accepted/a.py"),
        ("secret/*-easy", "secret/1-easy"),
        ("secret/?", "secret/1"),
        ("secret/{a,b}/1", "secret/b/1"),
        ("{sample,secret}", "secret/a/1"),
        ("secret/{a{1,2},b*}", "secret/a2"),
        ("secret/{a{1,2},b*}", "secret/bcd"),
        ("a,b", "a,b"),
        ("{,a}b", "b"),
        ("a*b*c", "aXbXbXc"),
    ],
)
def test_a_pattern_matches_a_path_or_what_is_below(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("accepted", "accepted2"),
        ("accepted/*", "accepted"),
        ("*.py", "accepted/a.py"),
        ("secret/?", "secret/10"),
        ("secret?1", "secret/1"),
        ("secret/{a,b}", "secret/ab"),
        ("a.c", "abc"),
        ("[ab]", "a"),
        ("", "a"),
    ],
)
def test_a_pattern_matches_nothing_else(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@pytest.mark.parametrize("pattern", ["{a", "a}", "{a}}", "{{a}", "x" * 1001])
def test_what_is_no_pattern_is_said(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"brace|longer"):
        matches(pattern, "a")


def test_patterns_made_to_take_for_ever_do_not() -> None:
    assert not matches("*a" * 400 + "b", "a" * 5000)
    assert not matches("{a,aa}" * 150 + "b", "a" * 5000)


@given(pattern=st.text("ab*?.", max_size=6), path=st.text("ab.", max_size=8))
def test_within_a_name_it_is_what_shells_do(pattern: str, path: str) -> None:
    expected = re.match(fnmatch.translate(pattern), path) is not None
    assert matches(pattern, path) is expected
