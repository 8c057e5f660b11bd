"""Patterns of names in packages: ``*`` and ``?`` stay within a name, ``{a,b}`` is either."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_TRANSLATED: Final = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern matches the path or a directory above it.

    Raises ``ValueError`` for a pattern with a brace that stands without its partner.
    """
    return _compiled(pattern).match(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    expression, depth = [], 0
    for part in re.findall(r"[*?{},]|[^*?{},]+", pattern):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if depth < 0:
            break
        literal = part == "," and not depth
        expression.append(re.escape(part) if literal else _TRANSLATED.get(part, re.escape(part)))
    if depth:
        raise ValueError("a brace stands without its partner")
    return re.compile(rf"(?:{''.join(expression)})(?:/|$)")
