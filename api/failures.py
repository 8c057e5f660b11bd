"""From an exception to the answer about it: the only place that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from api.clock import SystemClock
from api.database import why_away
from api.errors import (
    ApiError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
    PayloadTooLargeError,
    TooManyError,
    UnavailableError,
    ValidationFailedError,
)
from api.schemas import ErrorResponse
from api.services import Services

_log = structlog.get_logger("api")
_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    error.status: error for error in (ValidationFailedError, NotFoundError, MethodNotAllowedError, PayloadTooLargeError)
}
_PLACES: Final = frozenset({"body", "query", "header", "path", "cookie", ""})
_KEY: Final = "[key]"  # pydantic's word for the name of an entry, which the path ends with already
_MOST_DETAILS: Final = 50
_RETRY_S: Final = 2
_LONGEST_PATH: Final = 200


def install(app: FastAPI) -> None:
    """Answer for every exception of this app."""
    app.add_exception_handler(ApiError, _expected)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _frameworks)
    app.add_exception_handler(Exception, unexpected)


def render(error: ApiError) -> Response:
    """The answer that tells of ``error``."""
    body = ErrorResponse(
        status_code=error.status,
        code=error.code,
        message=error.message,
        timestamp=SystemClock().now(),
        details=dict(error.details) if error.details is not None else None,
    ).model_dump(mode="json", exclude={"details"} if error.details is None else None)
    headers = {**error.headers, "WWW-Authenticate": "Bearer"} if error.status == 401 else error.headers
    return JSONResponse(body, status_code=error.status, headers=headers)


def invalid(problems: Sequence[Any]) -> ValidationFailedError:
    """What pydantic found, as dotted paths to reasons."""
    details: dict[str, str] = {}
    for problem in problems[:_MOST_DETAILS]:
        place, *path = [str(part) for part in problem["loc"] if part != _KEY] or [""]
        if place not in _PLACES:
            path = [place, *path]
        if problem["type"] == "json_invalid":
            path = []
        details.setdefault(".".join(path)[:_LONGEST_PATH] or "body", _reason(problem))
    first = next(iter(details.items()), ("body", "is not valid"))
    return ValidationFailedError(f"{first[0]}: {first[1]}", details=details)


def _reason(problem: Any) -> str:  # noqa: ANN401, PLR0911 - a dictionary of pydantic's; a table
    kind, context = problem["type"], problem.get("ctx") or {}
    match kind:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a known field"
        case "json_invalid":
            return "is no JSON"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "string_too_short" | "too_short":
            return f"must have at least {_counted(context['min_length'], problem)}"
        case "string_too_long" | "too_long":
            return f"must have at most {_counted(context['max_length'], problem)}"
        case "value_error":
            return str(context.get("error", problem["msg"]))
        case _:
            message = str(problem["msg"])
            return message[:1].lower() + message[1:]


def _counted(amount: int, problem: Any) -> str:  # noqa: ANN401 - the same
    """So many of what it has: pydantic speaks of items where it has looked at a text before it counted."""
    thing = "character" if isinstance(problem["input"], str) else "item"
    return f"{amount} {thing}" if amount == 1 else f"{amount} {thing}s"


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for these
    if isinstance(error, TooManyError):
        services: Services = request.app.state.services
        scope = str((error.details or {}).get("scope", "unknown"))
        services.metrics.rate_limited.labels(scope).inc()
    return render(error)


async def _misshapen(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these
    return render(invalid(error.errors()))


async def _frameworks(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these
    kind = _BY_STATUS.get(error.status_code, InternalError)
    headers = dict(error.headers or {})
    if kind is MethodNotAllowedError:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return render(kind(headers=headers))


def _methods(request: Request) -> set[str]:
    """The methods of this path: those of one route are all that the framework knows of."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


async def unexpected(request: Request, error: Exception) -> Response:
    """The answer about a failure of ours, which the log has in full; a database that is away comes back."""
    # The path as it was sent may hold the token of an upload: the route tells as much.
    route = getattr(request.scope.get("route"), "path", None)
    if (reason := why_away(error)) is not None:
        _log.warning("the database is away", route=route, reason=reason)
        return render(UnavailableError(headers={"Retry-After": str(_RETRY_S)}))
    _log.error("request failed", route=route, exc_info=error)
    return render(InternalError())
