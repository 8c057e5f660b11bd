"""The OpenAPI document, and the page people read it on."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_METHODS: Final = ("get", "put", "post", "patch", "delete")


def describe(app: FastAPI, *, base: str) -> None:
    """Serve the document at ``base/openapi.json``."""

    async def document(request: Request) -> Response:
        del request
        return JSONResponse(openapi(app))

    app.add_route(f"{base}/openapi.json", document, include_in_schema=False)


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document of ``app``, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes, description=app.description)
        made.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        for route in app.routes:
            _complete(made, route)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(made: dict[str, Any], route: Any) -> None:  # noqa: ANN401 - whatever an app may route to
    """Say of a route what FastAPI cannot know: who may call; and that wrong shapes are 400, never 422."""
    operation = getattr(route, "operation", None)
    item = made["paths"].get(getattr(route, "path", ""), {})
    if operation is None:
        return
    for method in _METHODS:
        if method in item and method.upper() in route.methods:
            if not operation.public:
                item[method]["security"] = [{"bearer": []}]
            ours = {error.status for error in operation.errors}
            if 422 not in ours:
                item[method]["responses"].pop("422", None)
