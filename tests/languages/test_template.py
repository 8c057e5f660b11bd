from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from languages import template

LISTS = frozenset({"args", "flags"})
SCALARS = frozenset({"source", "memory_mib"})


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("{nonsense}", "unknown placeholder {nonsense}; known here: {args}, {flags}, {memory_mib}, {source}"),
        ("{}", "unknown placeholder {}"),
        ("-x{args}", "must be an element of its own"),
        ("{args}{args}", "must be an element of its own"),
        ("{{args} }", "has a lone '}'"),
        ("{source", "has a lone '{'"),
        ("source}", "has a lone '}'"),
        ("{Source}", "has a lone '{'"),
        ("{ source }", "has a lone '{'"),
    ],
)
def test_a_bad_element_is_refused(element: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the sentence is compared below
        template.check(element, lists=LISTS, scalars=SCALARS)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "element", ["", "plain", "{source}", "a{source}b{memory_mib}", "{args}", "{{}}", "{{{source}}}"]
)
def test_a_good_element_passes(element: str) -> None:
    template.check(element, lists=LISTS, scalars=SCALARS)


def test_lists_spread_and_scalars_fill() -> None:
    vector = template.expand(
        ["tool", "{flags}", "-m{memory_mib}", "{{{source}}}", "{args}", "{{}}"],
        lists={"flags": [], "args": ["a b", "{source}", ""]},
        scalars={"source": "main.c", "memory_mib": "64"},
    )
    assert vector == ("tool", "-m64", "{main.c}", "a b", "{source}", "", "{}")


@given(st.lists(st.text()), st.text())
def test_what_is_put_in_stays_as_it_is(args: list[str], source: str) -> None:
    vector = template.expand(["run", "{source}", "{args}"], lists={"args": args}, scalars={"source": source})
    assert vector == ("run", source, *args)
