"""Where the links of ``ObjectStore`` lead."""

from __future__ import annotations

from typing import Final

from fastapi.responses import FileResponse, RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from api.errors import NotFoundError, PayloadTooLargeError, UnsupportedMediaTypeError, ValidationFailedError
from api.files.delivery import delivery_headers
from api.grants import GrantError
from api.objects import ObjectStoreUnavailableError
from api.routing import ServicesDep, Transaction, operation, router

_REDIRECT_S: Final = 3600
_ANY: Final = {"schema": {"type": "string", "format": "binary"}}

files = router(tags=["files"])


@files.put(
    "/uploads/{token}",
    status_code=204,
    summary="Send a file",
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": _ANY}}},
)
@operation(
    errors=(
        GrantError,
        PayloadTooLargeError,
        UnsupportedMediaTypeError,
        ValidationFailedError,
        ObjectStoreUnavailableError,
    ),
    public=True,
    limited=False,
    multipart=True,
    transaction=Transaction.NONE,
)
async def send_file(token: str, request: Request, services: ServicesDep) -> None:
    """The address is an `uploadUrl`: it names the one object that may be sent, its type and its size."""
    grant = services.objects.grants.read_upload(token)
    kind = request.headers.get("Content-Type", "").strip()
    if kind.lower() != grant.content_type.lower():
        raise UnsupportedMediaTypeError(f"Send {grant.content_type}")
    announced = request.headers.get("Content-Length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > grant.most_bytes:
        raise PayloadTooLargeError
    await services.objects.receive(grant, request.stream())


@files.get(
    "/files/{token}",
    summary="Read a file",
    response_class=Response,
    responses={200: {"content": {"*/*": _ANY}}, 307: {"description": "It lies elsewhere"}},
)
@operation(
    errors=(GrantError, NotFoundError, ObjectStoreUnavailableError),
    public=True,
    limited=False,
    transaction=Transaction.NONE,
)
async def read_file(token: str, services: ServicesDep) -> Response:
    """The address is one that an answer gave. Files never run as part of this site: see its headers."""
    grant = services.objects.grants.read_download(token)
    if not services.objects.local:
        url = await services.objects.download_url(grant.key, lifetime_s=_REDIRECT_S)
        return RedirectResponse(url, headers={"Cache-Control": f"private, max-age={_REDIRECT_S // 2}"})
    found = await services.objects.local_file(grant.key)
    if found is None:
        raise NotFoundError
    path, kind = found
    kind, headers = delivery_headers(kind, lasting=grant.expires_at is None)
    return FileResponse(path, media_type=kind, headers=headers)
