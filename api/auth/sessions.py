"""Login sessions: begun, and ended."""

from __future__ import annotations

from api.database import Work


async def end_sessions(work: Work, user_id: str, *, but: str | None = None) -> None:
    """End every login session of a user, but that one: its tokens, of either kind, are worth nothing any more."""
    raise NotImplementedError
