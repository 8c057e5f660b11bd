"""What every operation goes through, in the order of API.md 1.8, before and after its own code.

A route is declared as in FastAPI, on a router made by :func:`router`, with :func:`operation` below it for what is ours:
who may call, which errors it may answer, whether it takes an idempotency key. Its code asks for ``CallerDep``,
``WorkDep`` (the one transaction of the request) and ``ServicesDep``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar, cast

import structlog
from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope
from typing_extensions import override

from api.bodies import parsed
from api.caller import Caller, authenticate, client_address, counted_as
from api.database import Work, is_id
from api.errors import (
    ApiError,
    ForbiddenError,
    IdempotencyConflictError,
    InternalError,
    PayloadTooLargeError,
    RateLimitError,
    TokenExpiredError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedMediaTypeError,
    UserBannedError,
    ValidationFailedError,
)
from api.forms import Form, FormShape, received
from api.idempotency import HEADER, REPLAYED, Once
from api.ratelimit import Rule
from api.schemas import ErrorResponse
from api.services import Services

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ERROR: Final = f"#/components/schemas/{ErrorResponse.__name__}"  # which ``openapi.py`` sees to
BASE: Final = "/api/v1"
"""What all paths of the control plane begin with."""

_MIB: Final = 1 << 20
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_EXAMPLE_MOMENT: Final = "2026-03-03T12:00:00.000Z"


class Transaction(Enum):
    """What an operation's :class:`Work` may do; ``NONE``: it opens its own."""

    BY_METHOD = "by method"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Operation:
    """What is ours about a route.

    ``errors``       those of its own; the cross-cutting ones are added
    ``public``       callers need no token
    ``limited``      the global rate limit counts it
    ``idempotent``   takes an idempotency key
    ``multipart``    reads its body itself (a file), which is not JSON
    ``form``         its body is a form with a file, which is read before anything else is done
    """

    errors: tuple[type[ApiError], ...] = ()
    public: bool = False
    limited: bool = True
    idempotent: bool = False
    multipart: bool = False
    form: FormShape | None = None
    transaction: Transaction = Transaction.BY_METHOD

    def all_errors(self, *, shaped: bool) -> tuple[type[ApiError], ...]:
        """Every error it may answer; ``shaped``: it has a body, a query or a header to be wrong about."""
        found: list[type[ApiError]] = [*self.errors, InternalError, UnavailableError]
        if not self.public:
            found += [UnauthorizedError, TokenExpiredError, UserBannedError, ForbiddenError]
        if self.limited:
            found.append(RateLimitError)
        if shaped or self.idempotent:
            found.append(ValidationFailedError)
        if self.idempotent:
            found.append(IdempotencyConflictError)
        return tuple(dict.fromkeys(found))


def operation(
    *,
    errors: tuple[type[ApiError], ...] = (),
    public: bool = False,
    limited: bool = True,
    idempotent: bool = False,
    multipart: bool = False,
    form: FormShape | None = None,
    transaction: Transaction = Transaction.BY_METHOD,
) -> Callable[[Endpoint], Endpoint]:
    """Say what is ours about a route; stands directly above its function."""
    made = Operation(errors, public, limited, idempotent, multipart, form, transaction)

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["operation"] = made
        return endpoint

    return declare


class Route(APIRoute):
    """A route of ours; see the module."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **keywords: Any) -> None:  # noqa: ANN401 - the framework's
        self.operation: Operation = endpoint.__dict__.get("operation", Operation())
        self.yields_to: tuple[re.Pattern[str], ...] = ()
        super().__init__(path, endpoint, **keywords)
        errors = self.operation.all_errors(
            shaped=self.body_field is not None or self.operation.form is not None or _is_shaped(self.dependant)
        )
        if self.body_field is not None or self.operation.form is not None:
            errors = (*errors, PayloadTooLargeError, UnsupportedMediaTypeError)
        self.responses = {**documented(errors), **self.responses}

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See ASGI; a path that another route has more literally is not ours, whatever the method."""
        match, child_scope = super().matches(scope)
        if match is not Match.NONE and any(path.match(scope["path"]) for path in self.yields_to):
            return Match.NONE, {}
        return match, child_scope

    @override
    def get_route_handler(self) -> Handler:
        """The function that answers a request."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await self._handle(handler, request)

        return handle

    async def _handle(self, handler: Handler, request: Request) -> Response:
        services: Services = request.app.state.services
        names = _named(request)
        structlog.contextvars.bind_contextvars(**names)
        caller = None
        if not self.operation.public:
            caller = await authenticate(request, services.tokens, services.database)
            services.activity.seen(caller.user_id)
            request.state.caller = caller
            request.state.user_id = caller.user_id
            structlog.contextvars.bind_contextvars(userId=caller.user_id)
        if self.operation.limited:
            await _limit(services, request, caller)
            if caller is not None and "roomId" in names:  # a sign of life, even if it is refused before it gets there
                services.activity.seen(caller.user_id, names["roomId"])
        if self.operation.form is not None and caller is not None:
            keep = caller.may(self.operation.form.capability)
            shape = self.operation.form
            most_bytes = shape.most_bytes(services.settings)
            async with received(request, shape, folder=services.workspace, most_bytes=most_bytes, keep=keep) as form:
                request.state.form = form
                return await self._answer(handler, request, services, caller=caller, body=form.digest)
        body = await self._read_body(request, services.settings.body_mib * _MIB)
        return await self._answer(handler, request, services, caller=caller, body=body)

    async def _answer(
        self, handler: Handler, request: Request, services: Services, *, caller: Caller | None, body: bytes
    ) -> Response:
        """Carry it out, or repeat the answer of when the same request was."""
        key = request.headers.get(HEADER)
        if caller is None or key is None or not self.operation.idempotent:
            return await self._carry_out(handler, request, services, None)
        once = Once.of(caller.user_id, method=request.method, path=request.scope["path"], key=key, body=body)
        if replay := await once.begin(services.database, kept=services.settings.idempotency_keys_kept):
            return Response(
                replay.body, status_code=replay.status, media_type="application/json", headers={REPLAYED: "true"}
            )
        try:
            return await self._carry_out(handler, request, services, once)
        except BaseException:
            await once.release(services.database)
            raise

    async def _carry_out(self, handler: Handler, request: Request, services: Services, once: Once | None) -> Response:
        """Within one transaction, which is committed before anybody sees the answer."""
        if self.operation.transaction is Transaction.NONE:
            response = await handler(request)
            if once is not None:
                async with services.database.write() as work:
                    await once.conclude(work, status=response.status_code, body=bytes(response.body))
            return response
        database = services.database
        async with database.read() if request.method in _READS else database.write() as work:
            request.state.work = work
            response = await handler(request)
            if once is not None:
                await once.conclude(work, status=response.status_code, body=bytes(response.body))
        return response

    async def _read_body(self, request: Request, most_bytes: int) -> bytes:
        """Read it here, where there is a limit; the handler finds it read.

        Raises :class:`PayloadTooLargeError` and :class:`UnsupportedMediaTypeError`.
        """
        if self.operation.multipart:
            return b""
        announced = request.headers.get("Content-Length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > most_bytes:
            raise PayloadTooLargeError
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > most_bytes:
                raise PayloadTooLargeError
            chunks.append(chunk)
        body = b"".join(chunks)
        request._body = body  # noqa: SLF001 - where starlette keeps it, and has nothing else to set it with
        media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if body and self.body_field is not None:
            if media != "application/json":
                raise UnsupportedMediaTypeError
            request._json = parsed(body)  # noqa: SLF001 - the same
        return body


def _named(request: Request) -> dict[str, str]:
    """What the path names, for the log; what is no id is the caller's text, and not for it."""
    room = "id" if "/rooms/" in request.scope["path"] else "roomId"
    names = {"roomId": room, "jobId": "jobId", "submissionId": "submissionId", "batchId": "batchId"}
    found = {name: request.path_params.get(parameter, "") for name, parameter in names.items()}
    return {name: value for name, value in found.items() if is_id(value)}


def _is_shaped(dependant: Dependant) -> bool:
    """Whether there is a query or a header to be wrong about."""
    shaped = bool(dependant.query_params or dependant.header_params)
    return shaped or any(_is_shaped(each) for each in dependant.dependencies)


async def _limit(services: Services, request: Request, caller: Caller | None) -> None:
    rule = Rule("requests", services.settings.requests_per_minute)
    key = caller.user_id if caller else counted_as(client_address(request))
    window = await services.limiter.check(rule, key)
    request.state.rate_headers = window.headers


def router(*, prefix: str = "", tags: list[str | Enum], base: str = BASE) -> APIRouter:
    """A router whose routes are ours, below ``base``.

    An app takes its routes as they are: what FastAPI makes of a router that is included, it makes anew for every app.
    """
    return APIRouter(prefix=base + prefix, tags=tags, route_class=Route)


def let_literals_win(routes: Sequence[BaseRoute]) -> None:
    """Have none of these routes take as a parameter what another of them has as a literal segment.

    The framework asks for path and method at once: ``DELETE /problems/tags`` would go to ``/problems/{id}``, as nothing
    else there is for DELETE.
    """
    ours = [route for route in routes if isinstance(route, Route)]
    for route in ours:
        route.yields_to = tuple(other.path_regex for other in ours if _is_more_literal(other.path, route.path))


@cache
def _is_more_literal(path: str, other: str) -> bool:
    """Whether both may be of one request, and the first segment that is literal in one alone is so in ``path``."""
    pairs = list(zip(path.split("/"), other.split("/"), strict=False))
    if path.count("/") != other.count("/") or any(one != two and "{" not in one + two for one, two in pairs):
        return False
    return next(("{" in two for one, two in pairs if ("{" in one) != ("{" in two)), False)


def documented(errors: tuple[type[ApiError], ...]) -> dict[int | str, dict[str, Any]]:
    """Errors as OpenAPI responses: one for each status, with an example for each code."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for status in sorted({error.status for error in errors}):
        here = sorted({error.code: error for error in errors if error.status == status}.items())
        examples = {code: {"summary": error.text, "value": _example(error)} for code, error in here}
        by_status[status] = {
            "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code, _ in here),
            "content": {"application/json": {"schema": {"$ref": _ERROR}, "examples": examples}},
        }
    return by_status


def _example(error: type[ApiError]) -> dict[str, object]:
    made = {"statusCode": error.status, "code": error.code, "message": error.text, "timestamp": _EXAMPLE_MOMENT}
    sample = vars(error).get("sample")
    return made if sample is None else {**made, "details": dict(sample)}


# Not one of these waits for anything, but what is no coroutine the framework runs in a thread.
async def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


async def _work(request: Request) -> Work:
    return cast("Work", request.state.work)


async def _form(request: Request) -> Form:
    return cast("Form", request.state.form)


async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


CallerDep = Annotated[Caller, Depends(_caller)]
"""Who is calling."""

WorkDep = Annotated[Work, Depends(_work)]
"""The request's one transaction."""

FormDep = Annotated[Form, Depends(_form)]
"""The form that was sent, of operations that take one."""

ServicesDep = Annotated[Services, Depends(_services)]
"""What the process is made of."""
