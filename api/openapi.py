"""The OpenAPI document: what FastAPI knows of the routes, completed by what is ours about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic.alias_generators import to_camel
from starlette.routing import BaseRoute

from api.idempotency import HEADER, REPLAYED
from api.routing import Operation
from api.schemas import ErrorResponse

Schema = dict[str, Any]

_GENERIC: Final = re.compile(r"^([A-Za-z0-9]+)_(\w+)_$")
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_FRAMEWORKS: Final = ("HTTPValidationError", "ValidationError")
_RETRYABLE: Final = frozenset({"429", "503", "504"})
_LIMIT_HEADERS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

_ABOUT: Final = """\
Run code in a sandbox, alone or together: rooms in which people edit and run programs, problems with tests to submit
solutions to, and the judge behind both.

**Requests** are JSON in UTF-8 with camelCase keys and `Content-Type: application/json`. Nothing is coerced in bodies,
unknown fields are refused, unknown query parameters are ignored. In a `PATCH`, an absent field is left as it is, and
`null` clears it where the type allows that. Lists in queries are repeated or separated by commas.

**Signing in**: `POST /auth/login` gives an access token for `Authorization: Bearer …`, good for 15 minutes, and a
refresh token, as a cookie or (`tokenTransport: "body"`) in the answer. `POST /auth/refresh` exchanges it for new ones.

**Errors** have one shape, `ErrorResponse`. Branch on `code`; `message` is for people and may change. Wrong requests get
400 `VALIDATION_FAILED` with the reason for each field in `details`. A malformed id in a path is an unknown one: 404.
What has no code of its own and is away for a while (the database, the files) is 503 `SERVICE_UNAVAILABLE`.

**Order of checks**: who calls (401), bans (403), the general limit (429), the shape (400), whether the thing is there
(404), whether the caller is a member of the room (403), whether the room is over (409), whether the caller is active in
it (403), what the caller may do (403), the state otherwise (409), the limits of the operation (429). The first that
fails decides; so an account that may not change a thing is told 404 where there is none.

**Pages**: pass `pagination.nextCursor` of one page as `cursor` of the next, with the same filters and sort.

**Repeating a request safely**: operations that take `Idempotency-Key` (a UUID) carry out the same request once within
24 hours; the answer is repeated with `Idempotency-Replayed: true`.

**Limits** are moving windows, for each user or, without a token, for each address. `X-RateLimit-*` say where you stand,
`Retry-After` when to try again.

**Times** are UTC with milliseconds, durations milliseconds unless their name says otherwise, ids UUIDs in lowercase.
"""

_TAGS: Final = {
    "auth": "Accounts are made, signed in to, and given new passwords.",
    "users": "One's own account: profile, picture, quotas, statistics. What others may see of it.",
    "rooms": "Where people meet: made, joined, looked at, left.",
    "room control": "What leads a room through its session: phases, problem, lock, timer, roles.",
    "problems": "What can be solved: found and read by everybody, written by admins.",
    "authoring": "What makes problems right: reference solutions, validation, packages. For admins.",
    "bookmarks": "Problems to come back to.",
    "execution": "Programs run and judged in the sandbox: runs, submissions, batches, and their progress.",
    "webhooks": "Addresses of one's own that hear of what becomes of one's jobs.",
    "sessions": "What is kept of a room.",
    "files": "Where links to uploads and downloads lead.",
    "admin": "For admins: accounts, rooms, the audit log.",
    "health": "How the service is.",
    "operations": "For orchestrators and Prometheus, at the root of the server. Not to be reachable from the internet.",
}

_HEADERS: Final[dict[str, Schema]] = {
    "X-Request-Id": {
        "description": "Names the request in logs: the one sent, or a new one",
        "schema": {"type": "string", "maxLength": 128},
    },
    "X-RateLimit-Limit": {"description": "Requests allowed in the window", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "Requests left in it", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {"description": "Seconds until there are more", "schema": {"type": "integer"}},
    "Retry-After": {"description": "Seconds after which to try again", "schema": {"type": "integer"}},
    REPLAYED: {"description": "`true`: the answer to an earlier request with this key", "schema": {"type": "string"}},
}

_KEY_PARAMETER: Final[Schema] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key with the same body carries the request out once, for 24 hours",
    "schema": {"type": "string", "format": "uuid"},
    "example": "5f0c1d2e-8a4b-4c6d-9e7f-0a1b2c3d4e5f",
}


def openapi(app: FastAPI) -> Schema:
    """The document of ``app``, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _make(app)
    return app.openapi_schema


def _make(app: FastAPI) -> Schema:
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary="Sandboxed code execution, and rooms to do it together",
        description=_ABOUT,
        routes=app.routes,
    )
    components = made.setdefault("components", {})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token"}
    }
    components["headers"] = _HEADERS
    schemas = components.setdefault("schemas", {})
    schemas[ErrorResponse.__name__] = ErrorResponse.model_json_schema(mode="serialization")
    for name in _FRAMEWORKS:
        schemas.pop(name, None)
    used = _complete_all(made, app.routes)
    made["paths"] = {_camel(path): item for path, item in made["paths"].items()}
    made["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items() if name in used]
    _rename(made, schemas)
    for schema in schemas.values():
        _drop_titles(schema)
    return made


def _complete_all(made: Schema, routes: list[BaseRoute]) -> set[str]:
    """Complete every operation; the tags that are in use."""
    used: set[str] = set()
    names: set[str] = set()
    for context in iter_route_contexts(routes):
        for item in _items(made, context):
            name = str(context.name)
            if name in names:
                raise ValueError(f"two operations are named {name}")
            names.add(name)
            item["operationId"] = name
            item["tags"] = item.get("tags", ["other"])[-1:]  # a router's own, not that of the one around it
            used.update(item["tags"])
            _complete(item, getattr(context.original_route, "operation", Operation(public=True, limited=False)))
    return used


def _items(made: Schema, context: RouteContext) -> Iterator[Schema]:
    """What the document says of a route."""
    path = made["paths"].get(context.path_format, {})
    for method in context.methods or ():
        if method.lower() in path:
            yield path[method.lower()]


def _complete(item: Schema, operation: Operation) -> None:
    """Say of an operation what FastAPI cannot know, and take back what is not so: wrong shapes are 400, never 422."""
    responses: Schema = item["responses"]
    if _refers_to(responses.get("422", {}), "HTTPValidationError"):
        del responses["422"]
    if not operation.public:
        item["security"] = [{"bearer": []}]
    if operation.idempotent:
        item.setdefault("parameters", []).append(_KEY_PARAMETER)
    for parameter in item.get("parameters", ()):
        _drop_titles(parameter["schema"])
        if parameter["in"] == "path":
            parameter["name"] = to_camel(parameter["name"])
    for status, response in responses.items():
        headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _headers(status, operation)}
        response["headers"] = headers | response.get("headers", {})
        if response["description"] == "Successful Response":
            response["description"] = HTTPStatus(int(status)).phrase
    item["responses"] = dict(sorted(responses.items()))


def _headers(status: str, operation: Operation) -> Iterator[str]:
    """The headers that an answer with this status has."""
    yield "X-Request-Id"
    if operation.limited:
        yield from _LIMIT_HEADERS
    if status in _RETRYABLE:
        yield "Retry-After"
    if operation.idempotent and status < "300":
        yield REPLAYED


def _camel(path: str) -> str:
    return _PARAMETER.sub(lambda match: f"{{{to_camel(match[1])}}}", path)


def _refers_to(response: Schema, name: str) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return bool(schema.get("$ref", "").endswith(f"/{name}"))


def _rename(made: Schema, schemas: Schema) -> None:
    """``Page_Room_`` is the framework's name for pages of rooms; ours is ``PageOfRoom``."""
    names = {name: f"{match[1]}Of{match[2]}" for name in schemas if (match := _GENERIC.match(name))}
    for old, new in names.items():
        schemas[new] = schemas.pop(old)
    references = {f"#/components/schemas/{old}": f"#/components/schemas/{new}" for old, new in names.items()}
    _refer(made, references)
    for name in sorted(schemas):
        schemas[name] = schemas.pop(name)


def _refer(node: object, references: dict[str, str]) -> None:
    if isinstance(node, dict):
        if node.get("$ref") in references:
            node["$ref"] = references[node["$ref"]]
        for value in node.values():
            _refer(value, references)
    elif isinstance(node, list):
        for value in node:
            _refer(value, references)


def _drop_titles(schema: object) -> None:
    """Titles that pydantic made of names say nothing more than these."""
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("title"), str):
        del schema["title"]
    for keyword, value in schema.items():
        if keyword in {"properties", "$defs", "patternProperties"}:
            for each in value.values():
                _drop_titles(each)
        elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            for each in value:
                _drop_titles(each)
        elif keyword in {"items", "additionalProperties", "not", "contains", "propertyNames"}:
            _drop_titles(value)
