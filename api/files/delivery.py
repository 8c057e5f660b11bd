"""How files of people are handed to browsers: shown where that is safe, saved otherwise, never run."""

from __future__ import annotations

from typing import Final

_SHOWN: Final = frozenset(
    {
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
_KEPT_TYPES: Final = frozenset({"application/json", "application/pdf", "image/svg+xml", "text/plain"})
_UNKNOWN: Final = "application/octet-stream"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_YEAR_S: Final = 31_536_000
_SHORT_S: Final = 300


def delivery_headers(content_type: str, *, lasting: bool) -> tuple[str, dict[str, str]]:
    """The type to name, and the headers to add, for a file that was sent as ``content_type``.

    A picture element shows an SVG whatever its disposition, and runs nothing in it; as a page of its own, where it
    could run scripts, it is saved instead. ``lasting``: the address gives the same for as long as it gives anything.
    """
    kind = content_type.partition(";")[0].strip().lower()
    shown = kind in _SHOWN
    cache = f"public, max-age={_YEAR_S}, immutable" if lasting else f"private, max-age={_SHORT_S}"
    headers = {
        "Cache-Control": cache,
        "Content-Disposition": "inline" if shown else "attachment",
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return (kind if shown or kind in _KEPT_TYPES else _UNKNOWN), headers
