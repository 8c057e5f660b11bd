"""A bar chart as SVG: one bar a name, a line where the target is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

_ROW: Final = 26
_LEFT: Final = 150
_WIDTH: Final = 720
_TOP: Final = 44


def bars(title: str, values: Sequence[tuple[str, float, float]]) -> str:
    """``values``: name, value, and the target it should not exceed (marked by a line in its row)."""
    largest = max(max(value, target) for _, value, target in values)
    scale = (_WIDTH - _LEFT - 60) / largest
    height = _TOP + _ROW * len(values) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="26" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for row, (name, value, target) in enumerate(values):
        y = _TOP + _ROW * row
        colour = "#2a7f62" if value <= target else "#b5543a"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" font-size="13" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y + 3}" width="{value * scale:.1f}" height="16" fill="{colour}"/>',
            f'<text x="{_LEFT + value * scale + 6:.1f}" y="{y + 15}" font-size="12">{value:.2f}</text>',
            (
                f'<line x1="{_LEFT + target * scale:.1f}" x2="{_LEFT + target * scale:.1f}" y1="{y}" y2="{y + 22}" '
                'stroke="black" stroke-width="2"/>'
            ),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
