"""Texts of packages as texts of problems."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Final

MOST_TAGS: Final = 10
CONSTRAINTS: Final = "\n\n## Constraints\n\n"
"""What stands between a problem's description and its constraints where a statement holds both."""

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def plain(text: str) -> str:
    """Text as every database takes it: what is no character, and NUL, becomes U+FFFD."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def tags_of(keywords: Iterable[str], *, most: int | None = MOST_TAGS) -> list[str]:
    """The tags that keywords make, each once, at most so many (``None``: all of them)."""
    slugs = (re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")[:50].strip("-") for word in keywords)
    return list(dict.fromkeys(slug for slug in slugs if slug))[:most]


def stated_digest(description: str, constraints: str | None) -> str:
    """Equal for equal texts."""
    return hashlib.sha256(json.dumps([description, constraints]).encode()).hexdigest()
