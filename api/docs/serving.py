"""Where the document and its page are served."""

from __future__ import annotations

import asyncio
import base64
import functools
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
    """Serve the document at ``base/openapi.json`` and the page at ``base/docs``, each made when first asked for.

    Making them takes so long that everybody else would have to wait, were it not done in a thread.
    """

    @functools.cache
    def document_text() -> bytes:
        return json.dumps(openapi(app), ensure_ascii=False, separators=(",", ":")).encode()

    @functools.cache
    def page_text() -> bytes:
        return render(openapi(app), document_url=f"{base}/openapi.json").encode()

    async def document(request: Request) -> Response:
        return _unless_known(request, await asyncio.to_thread(document_text), media_type="application/json")

    async def page(request: Request) -> Response:
        response = _unless_known(request, await asyncio.to_thread(page_text), media_type="text/html")
        response.headers.update(_SECURITY)
        return response

    app.add_route(f"{base}/openapi.json", document, include_in_schema=False)
    app.add_route(f"{base}/docs", page, include_in_schema=False)


def _unless_known(request: Request, content: bytes, *, media_type: str) -> Response:
    """The content, or that it is what the browser has kept."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**_KEPT, "ETag": tag}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


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
