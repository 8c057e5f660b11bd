"""The cookie that browsers keep their refresh token in, and whose pages may have it used."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.errors import ForbiddenError
from api.settings import ServiceSettings

NAME: Final = "refreshToken"
_PATH: Final = "/api/v1/auth"
_DAY_S: Final = 86_400


def set_cookie(response: Response, settings: ServiceSettings, token: str) -> None:
    """Have the browser keep a refresh token."""
    _write(response, settings, token, lifetime_s=settings.refresh_token_days * _DAY_S)


def clear_cookie(response: Response, settings: ServiceSettings) -> None:
    """Have the browser forget it."""
    _write(response, settings, "", lifetime_s=0)


def refuse_foreign_origin(request: Request, settings: ServiceSettings) -> None:
    """Raises :class:`ForbiddenError` when the page that asks is neither ours nor one of those that may.

    Browsers send the cookie along whoever asks; that no page of somebody else gets that far is said here.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return
    known = {settings.origin, *settings.cors_origins}
    if settings.public_url is None:  # nobody said under which names the service is reached
        known.add(f"{request.url.scheme}://{request.headers.get('Host', '')}")
    if origin.lower() not in {each.lower() for each in known}:
        raise ForbiddenError("This origin may not use the cookie")


def _write(response: Response, settings: ServiceSettings, value: str, *, lifetime_s: int) -> None:
    response.set_cookie(
        NAME,
        value,
        max_age=lifetime_s,
        path=_PATH,
        httponly=True,
        secure=settings.production,
        samesite="strict" if settings.production else "lax",
    )
