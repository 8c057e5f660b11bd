"""Accounts: signing up, in and out, and passwords (API.md 6)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import BackgroundTasks, Cookie, Request, Response

from api.auth import accounts, recovery, rotation
from api.auth.accounts import Entrance
from api.auth.cookies import NAME, clear_cookie, refuse_foreign_origin, set_cookie
from api.auth.schemas import (
    Accepted,
    Login,
    PasswordChange,
    PasswordReset,
    RefreshTokenIn,
    Registration,
    ResetRequest,
    SignedIn,
    Tokens,
    TokenTransport,
)
from api.caller import client_address, counted_as
from api.errors import (
    EmailTakenError,
    ForbiddenError,
    InvalidCredentialsError,
    TokenExpiredError,
    TokenRevokedError,
    UnauthorizedError,
    UserBannedError,
    UsernameTakenError,
    ValidationFailedError,
)
from api.ratelimit import Rule
from api.routing import CallerDep, ServicesDep, Transaction, operation, router
from api.services import Services

auth = router(prefix="/auth", tags=["auth"])

RefreshCookie = Annotated[str | None, Cookie(alias=NAME, description="The refresh token, of who keeps it in a cookie")]


def _cookie_header(description: str) -> dict[str, Any]:
    return {"headers": {"Set-Cookie": {"description": description, "schema": {"type": "string"}}}}


_KEEPS: Final = _cookie_header(f"`{NAME}`, out of reach for scripts; not for who keeps the token without a cookie")
_FORGETS: Final = _cookie_header(f"Removes `{NAME}`")


@auth.post("/register", status_code=201, summary="Create a new account", responses={201: _KEEPS})
@operation(errors=(EmailTakenError, UsernameTakenError, ForbiddenError), public=True, transaction=Transaction.NONE)
async def register(body: Registration, request: Request, response: Response, services: ServicesDep) -> SignedIn:
    """Makes an account and signs in."""
    await _admit(request, services, body.token_transport)
    entrance = await accounts.register(services, body, ip_address=client_address(request))
    return _signed_in(services, response, entrance, body.token_transport)


@auth.post("/login", summary="Authenticate and get tokens", responses={200: _KEEPS})
@operation(errors=(InvalidCredentialsError, UserBannedError, ForbiddenError), public=True, transaction=Transaction.NONE)
async def login(body: Login, request: Request, response: Response, services: ServicesDep) -> SignedIn:
    """Begins a new login session; others stay."""
    await _admit(request, services, body.token_transport)
    entrance = await accounts.login(services, body, ip_address=client_address(request))
    return _signed_in(services, response, entrance, body.token_transport)


@auth.post("/refresh", summary="Refresh access token", responses={200: _KEEPS})
@operation(
    errors=(UnauthorizedError, TokenExpiredError, TokenRevokedError, UserBannedError, ForbiddenError),
    public=True,
    transaction=Transaction.NONE,
)
async def refresh(
    request: Request,
    response: Response,
    services: ServicesDep,
    *,
    body: RefreshTokenIn | None = None,
    cookie: RefreshCookie = None,
) -> Tokens:
    """A refresh token is good once: the answer (or the cookie) holds the next one."""
    refuse_foreign_origin(request, services.settings)
    given = body.refresh_token if body else ""
    token = given or cookie
    if not token:
        raise UnauthorizedError
    pair = await rotation.refresh(services, token)
    expires_in = _expires_in(services)
    if given:
        return Tokens(access_token=pair.access_token, expires_in=expires_in, refresh_token=pair.refresh_token)
    set_cookie(response, services.settings, pair.refresh_token)
    return Tokens(access_token=pair.access_token, expires_in=expires_in)


@auth.post("/logout", status_code=204, summary="Invalidate refresh token", responses={204: _FORGETS})
@operation(errors=(UnauthorizedError, ForbiddenError), public=True, transaction=Transaction.NONE)
async def logout(
    request: Request,
    response: Response,
    services: ServicesDep,
    *,
    body: RefreshTokenIn | None = None,
    cookie: RefreshCookie = None,
) -> None:
    """Ends the login session with all its tokens. A token that is expired or used up will do."""
    refuse_foreign_origin(request, services.settings)
    token = (body.refresh_token if body else "") or cookie
    if not token:
        raise UnauthorizedError
    await rotation.logout(services, token)
    clear_cookie(response, services.settings)


@auth.post("/password/change", status_code=204, summary="Change current user's password")
@operation(errors=(InvalidCredentialsError,), transaction=Transaction.NONE)
async def change_password(body: PasswordChange, caller: CallerDep, services: ServicesDep) -> None:
    """Ends all other login sessions."""
    if body.new_password == body.current_password:
        raise ValidationFailedError.of("newPassword", "must differ from the current password")
    await recovery.change_password(services, caller, current=body.current_password, new=body.new_password)


@auth.post("/password/forgot", status_code=202, summary="Request password reset email")
@operation(public=True, transaction=Transaction.NONE)
async def forgot_password(
    body: ResetRequest, request: Request, services: ServicesDep, tasks: BackgroundTasks
) -> Accepted:
    """The answer is the same, and as quick, whether or not there is such an account."""
    if await recovery.may_mail(services, body.email, client_address(request)):
        tasks.add_task(recovery.send_token, services, body.email)
    return Accepted(accepted=True)


@auth.post("/password/reset", status_code=204, summary="Reset password with token")
@operation(errors=(TokenExpiredError, TokenRevokedError), public=True, transaction=Transaction.NONE)
async def reset_password(body: PasswordReset, request: Request, services: ServicesDep) -> None:
    """Ends all login sessions."""
    await recovery.reset_password(services, body.token, new=body.new_password, ip_address=client_address(request))


async def _admit(request: Request, services: Services, transport: TokenTransport) -> None:
    """Signing up and in count together, and before anything is looked up: guessing is what this is against.

    No page of others may sign a browser in: as whom, its owner would not notice.
    """
    if transport is TokenTransport.COOKIE:
        refuse_foreign_origin(request, services.settings)
    rule = Rule("logins", services.settings.logins_per_minute)
    window = await services.limiter.check(rule, counted_as(client_address(request)))
    request.state.rate_headers = window.headers


def _signed_in(services: Services, response: Response, entrance: Entrance, transport: TokenTransport) -> SignedIn:
    pair = entrance.tokens
    in_body = transport is TokenTransport.BODY
    if not in_body:
        set_cookie(response, services.settings, pair.refresh_token)
    return SignedIn(
        access_token=pair.access_token,
        expires_in=_expires_in(services),
        refresh_token=pair.refresh_token if in_body else None,
        user=entrance.user,
    )


def _expires_in(services: Services) -> int:
    return int(services.tokens.access_lifetime.total_seconds())
