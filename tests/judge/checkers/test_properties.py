"""The streaming checkers against their rules in one line, whatever the blocks are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judge import Checker, Exact, Float, Tokens, Trimmed, UnorderedLines, check
from judge.checkers import streams, tokens

NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")

outputs = st.one_of(
    st.text(alphabet="aA1 \n\r\t.", max_size=40).map(str.encode),
    st.lists(
        st.sampled_from([b"1", b"1.0", b"2", b"1.5", b"10e-1", b"x", b"X", b" ", b"  ", b"\n", b"\r\n"]), max_size=12
    ).map(b"".join),
)
related = st.one_of(
    st.tuples(outputs, outputs),
    outputs.map(lambda text: (text, text.replace(b" ", b"\n"))),
    outputs.map(lambda text: (text, text.replace(b"\n", b" \n") + b"\n")),
    outputs.map(lambda text: (text, text.swapcase())),
)


@pytest.fixture(scope="module", params=[1, 2, 3, 7, streams.BLOCK_BYTES], autouse=True)
def block_bytes(request: pytest.FixtureRequest) -> Iterator[int]:
    """Blocks so small that every boundary is met."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (streams, tokens):
            patch.setattr(module, "BLOCK_BYTES", request.param)
        yield request.param


def trimmed(content: bytes) -> list[bytes]:
    lines = [line.rstrip() for line in content.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def matches(expected: bytes, actual: bytes, checker: Float) -> bool:
    if expected == actual:
        return True
    if not (NUMBER.fullmatch(expected) and NUMBER.fullmatch(actual)):
        return False
    error = abs(Fraction(expected.decode()) - Fraction(actual.decode()))
    size = abs(Fraction(expected.decode()))
    return (
        error <= Fraction(repr(checker.absolute_tolerance))
        or error <= Fraction(repr(checker.relative_tolerance)) * size
    )


def float_rule(checker: Float) -> Callable[[bytes, bytes], bool]:
    def rule(expected: bytes, actual: bytes) -> bool:
        ours, theirs = expected.split(), actual.split()
        return len(ours) == len(theirs) and all(matches(*pair, checker) for pair in zip(ours, theirs, strict=True))

    return rule


def counted(content: bytes, *, blank: bool, sort: bool) -> Counter[bytes]:
    lines = [b" ".join(sorted(line.split())) if sort else line for line in trimmed(content)]
    return Counter(line for line in lines if line or blank)


HALF: Final = Float(0.5, 0)
TENTH: Final = Float(0, 0.1)
RULES: Final[list[tuple[Checker, Callable[[bytes, bytes], bool]]]] = [
    (Exact(), lambda a, b: a == b),
    (Trimmed(), lambda a, b: trimmed(a) == trimmed(b)),
    (Tokens(), lambda a, b: a.split() == b.split()),
    (Tokens(case_sensitive=False), lambda a, b: a.lower().split() == b.lower().split()),
    (Tokens(space_sensitive=True), lambda a, b: a == b),
    (Tokens(case_sensitive=False, space_sensitive=True), lambda a, b: a.lower() == b.lower()),
    (HALF, float_rule(HALF)),
    (TENTH, float_rule(TENTH)),
    (Float(0, 0), float_rule(Float(0, 0))),
    (UnorderedLines(), lambda a, b: counted(a, blank=False, sort=False) == counted(b, blank=False, sort=False)),
    (
        UnorderedLines(ignore_blank_lines=False),
        lambda a, b: counted(a, blank=True, sort=False) == counted(b, blank=True, sort=False),
    ),
    (
        UnorderedLines(unordered_tokens=True),
        lambda a, b: counted(a, blank=False, sort=True) == counted(b, blank=False, sort=True),
    ),
]


@pytest.mark.parametrize(("checker", "rule"), RULES)
@settings(max_examples=40)
@given(pair=related)
def test_the_checker_is_its_rule(
    checker: Checker, rule: Callable[[bytes, bytes], bool], pair: tuple[bytes, bytes]
) -> None:
    expected, actual = pair
    assume(not re.search(rb"[eE][+-]?\d{5}", expected + b" " + actual))  # the rule's arithmetic keeps every digit
    result = check(checker, expected, actual)
    assert result.accepted is rule(expected, actual)
    assert bool(result.message) is not result.accepted


@pytest.mark.parametrize("checker", [checker for checker, _ in RULES])
@settings(max_examples=40)
@given(pair=related, cuts=st.lists(st.integers(0, 40), max_size=4), before=outputs)
def test_the_answer_does_not_depend_on_how_the_streams_are_cut(
    checker: Checker, pair: tuple[bytes, bytes], cuts: list[int], before: bytes
) -> None:
    expected, actual = (before + content for content in pair)
    whole = check(checker, expected, actual)
    assert check(checker, iter(cut(expected, cuts)), iter(cut(actual, cuts[::-1]))) == whole


def cut(content: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cuts), len(content)]
    return [content[start:end] for start, end in pairwise(places)]
