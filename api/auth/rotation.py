"""Going on with a login session, and ending it (API.md 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select, update

from api.auth.models import LoginSession, RefreshToken
from api.auth.sessions import TokenPair, end_sessions, issue_tokens
from api.auth.tokens import Claims, token_hash
from api.database import Work, is_id
from api.errors import ApiError, TokenExpiredError, TokenRevokedError, UserBannedError
from api.services import Services
from api.users.models import User

_log = structlog.get_logger("api")

_GRACE: Final = timedelta(seconds=10)
"""Two tabs that wake up at once both come with the same token; a thief comes later."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An error that is raised only once the transaction is committed: what it changed must stay."""

    error: type[ApiError]


async def refresh(services: Services, token: str) -> TokenPair:
    """A fresh pair of tokens for one that was not used yet.

    Raises :class:`api.errors.UnauthorizedError` for what is no refresh token, :class:`TokenExpiredError`,
    :class:`TokenRevokedError` and :class:`UserBannedError`. A used token that comes back late ends its session.
    """
    claims = services.tokens.read_refresh(token)
    async with services.database.write() as work:
        outcome = await _rotate(work, services, claims, token)
    if isinstance(outcome, _Refusal):
        raise outcome.error
    services.activity.seen(claims.user_id)
    return outcome


async def _rotate(work: Work, services: Services, claims: Claims, token: str) -> TokenPair | _Refusal:
    user = await work.session.get(User, claims.user_id) if is_id(claims.user_id) else None
    if user is None or user.deleted_at is not None:
        return _Refusal(TokenRevokedError)
    if user.banned_at is not None:
        await end_sessions(work, user.id)
        return _Refusal(UserBannedError)
    mine = (RefreshToken.token_hash == token_hash(token), LoginSession.user_id == user.id)
    statement = select(RefreshToken, LoginSession).join(LoginSession).where(*mine).with_for_update()
    found = (await work.session.execute(statement)).one_or_none()
    if found is None:
        return _Refusal(TokenRevokedError)
    row, session = found
    error = _used_up(work, row, session)
    if error is not None:
        return _Refusal(error)
    row.rotated_at = work.now
    return issue_tokens(work, services.tokens, session)


def _used_up(work: Work, row: RefreshToken, session: LoginSession) -> type[ApiError] | None:
    """What is wrong with a token; one that comes back late ends its session."""
    if session.revoked_at is not None:
        return TokenRevokedError
    if session.expires_at <= work.now:
        return TokenExpiredError
    if row.rotated_at is None:
        return None
    if work.now - row.rotated_at > _GRACE:
        session.revoked_at = work.now
        _log.warning("a used refresh token came back: its session is over", userId=session.user_id)
    return TokenRevokedError


async def logout(services: Services, token: str) -> None:
    """End the login session of a refresh token, whether or not that is good for anything else.

    Raises :class:`api.errors.UnauthorizedError` for what is no refresh token.
    """
    claims = services.tokens.read_refresh(token, expired=True)
    async with services.database.write() as work:
        mine = (
            LoginSession.id == claims.session_id,
            LoginSession.user_id == claims.user_id,
            LoginSession.revoked_at.is_(None),
        )
        await work.session.execute(update(LoginSession).where(*mine).values(revoked_at=work.now))
