"""Login sessions: begun, and ended."""

from __future__ import annotations

from sqlalchemy import update

from api.auth.models import LoginSession
from api.database import Work


async def end_sessions(work: Work, user_id: str, *, but: str | None = None) -> None:
    """End every login session of a user, but that one: its tokens, of either kind, are worth nothing any more."""
    statement = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(LoginSession.id != but)
    await work.session.execute(statement.values(revoked_at=work.now))
