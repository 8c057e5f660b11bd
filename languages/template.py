"""Argument vector templates: lists of strings with placeholders in braces.

A *list* placeholder stands alone in its element and becomes any number of elements; a *scalar* may stand anywhere in
an element and becomes text. ``{{`` and ``}}`` are braces. No shell, no quoting: an element stays one argument whatever
is put into it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z_]*)\}|[{}]")


def names(element: str) -> tuple[str, ...]:
    """Placeholders in one element, in order. Raises ``ValueError`` for a brace that belongs to none."""
    found = []
    for token in _TOKEN.finditer(element):
        if token["name"] is not None:
            found.append(token["name"])
        elif len(token[0]) == 1:
            raise ValueError(f"has a lone {token[0]!r}; write {token[0] * 2!r} for a brace")
    return tuple(found)


def check(element: str, *, lists: Collection[str], scalars: Collection[str]) -> None:
    """Raise ``ValueError`` unless the element uses only these placeholders, and lists only as whole elements."""
    for name in names(element):
        if name in lists:
            if element != f"{{{name}}}":
                raise ValueError(f"{{{name}}} becomes a list and must be an element of its own")
        elif name not in scalars:
            known = ", ".join(f"{{{word}}}" for word in sorted((*lists, *scalars)))
            raise ValueError(f"unknown placeholder {{{name}}}; known here: {known or 'none'}")


def fill(text: str, scalars: Mapping[str, str]) -> str:
    """The text with its scalars filled in."""

    def value(token: re.Match[str]) -> str:
        return scalars[token["name"]] if token["name"] is not None else token[0][0]

    return _TOKEN.sub(value, text)


def expand(
    template: Sequence[str], *, lists: Mapping[str, Sequence[str]], scalars: Mapping[str, str]
) -> tuple[str, ...]:
    """The argument vector a template stands for. The template has passed :func:`check`."""
    vector: list[str] = []
    for element in template:
        whole = element[1:-1]
        if whole in lists and element == f"{{{whole}}}":
            vector.extend(lists[whole])
        else:
            vector.append(fill(element, scalars))
    return tuple(vector)
