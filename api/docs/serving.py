"""Where the document and its page are served."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.docs.page import SCRIPT, STYLE, render
from api.openapi import openapi

_KEPT: Final = {"Cache-Control": "no-cache"}


def describe(app: FastAPI, *, base: str) -> None:
    """Serve the document at ``base/openapi.json`` and the page at ``base/docs``."""

    async def document(request: Request) -> Response:
        del request
        content = json.dumps(openapi(app), ensure_ascii=False, separators=(",", ":"))
        return Response(content, media_type="application/json", headers=_KEPT)

    async def page(request: Request) -> Response:
        del request
        content = render(openapi(app), document_url=f"{base}/openapi.json")
        return Response(content, media_type="text/html", headers=_KEPT | _SECURITY)

    app.add_route(f"{base}/openapi.json", document, include_in_schema=False)
    app.add_route(f"{base}/docs", page, include_in_schema=False)


def _hash(content: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"


_SECURITY: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
