"""What the OpenAPI document says that an operation may answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx

from api.app import create_app
from api.openapi import openapi
from api.settings import ServiceSettings

ANYWHERE: Final = frozenset({"NOT_FOUND", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE"})
"""What has to do with no operation: a path that is none, and a body that nobody asked for."""


@functools.cache
def _paths() -> tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]:
    """Paths with their operations, literal ones first."""
    paths = openapi(create_app(ServiceSettings()))["paths"]
    ordered = sorted(paths, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), paths[path]) for path in ordered)


def is_declared(response: httpx.Response, code: str) -> bool:
    """Whether the operation that answered says that it may answer so."""
    path, method = response.request.url.path, response.request.method.lower()
    if method == "options":  # a preflight is none
        return True
    found = next((operations for pattern, operations in _paths() if pattern.fullmatch(path)), {})
    answers = found.get(method, {}).get("responses", {}).get(str(response.status_code), {})
    return code in ANYWHERE or code in answers.get("content", {}).get("application/json", {}).get("examples", {})
