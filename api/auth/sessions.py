"""Login sessions: begun, gone on with, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, update

from api.auth.models import LoginSession, PasswordReset, RefreshToken
from api.auth.tokens import Tokens, token_hash
from api.database import Database, Work, new_id

_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client goes on with."""

    access_token: str
    refresh_token: str


async def begin_session(work: Work, tokens: Tokens, user_id: str, *, ip_address: str | None) -> TokenPair:
    """Sign somebody in."""
    session = LoginSession(
        id=new_id(),
        user_id=user_id,
        ip_address=ip_address,
        created_at=work.now,
        expires_at=work.now + tokens.refresh_lifetime,
    )
    work.session.add(session)
    await work.session.flush()
    return issue_tokens(work, tokens, session)


def issue_tokens(work: Work, tokens: Tokens, session: LoginSession) -> TokenPair:
    """A fresh pair for a session, which lives on by it."""
    token_id = new_id()
    pair = TokenPair(tokens.access(session.user_id, session.id), tokens.refresh(session.user_id, session.id, token_id))
    session.expires_at = work.now + tokens.refresh_lifetime
    work.session.add(
        RefreshToken(
            id=token_id,
            session_id=session.id,
            token_hash=token_hash(pair.refresh_token),
            created_at=work.now,
            expires_at=session.expires_at,
        )
    )
    return pair


async def end_sessions(work: Work, user_id: str, *, but: str | None = None) -> None:
    """End every login session of a user, but that one: its tokens, of either kind, are worth nothing any more."""
    statement = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(LoginSession.id != but)
    await work.session.execute(statement.values(revoked_at=work.now))


async def forget_old_sessions(database: Database) -> None:
    """Remove what has been of no use to anybody for a day: sessions nobody came back to, tokens past their end."""
    async with database.write() as work:
        before = work.now - _KEPT
        await work.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))
        await work.session.execute(delete(LoginSession).where(LoginSession.expires_at < before))
        await work.session.execute(delete(PasswordReset).where(PasswordReset.expires_at < before))
