"""HTML, escaped: the few elements that the page is made of, and the little Markdown that descriptions have."""

from __future__ import annotations

import html
import re
from typing import Final

_CODE: Final = re.compile(r"`{1,2}([^`]+)`{1,2}")
_BOLD: Final = re.compile(r"\*\*([^*]+)\*\*")
_ROLE: Final = re.compile(r":\w+:`~?([^`]+)`")


def escape(value: object) -> str:
    """Text that means nothing to a browser."""
    return html.escape(str(value), quote=True)


def code(value: object) -> str:
    """Text as code."""
    return f"<code>{escape(value)}</code>"


def line(text: str) -> str:
    """One line of Markdown: code and strong emphasis."""
    text = _ROLE.sub(r"`\1`", text)
    return _BOLD.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text)))


def prose(text: str) -> str:
    """Paragraphs and lists of Markdown."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.strip().splitlines()
        if all(each.lstrip().startswith("- ") for each in lines):
            parts.append("<ul>" + "".join(f"<li>{line(each.lstrip()[2:])}</li>" for each in lines) + "</ul>")
        elif lines:
            parts.append(f"<p>{line(' '.join(each.strip() for each in lines))}</p>")
    return "".join(parts)


def slug(text: str) -> str:
    """Text as part of an ``id``."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)
