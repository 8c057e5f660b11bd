"""Setting another password: knowing the old one, or having a token from a mail."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, update

from api.audit import audit
from api.auth.models import PasswordReset
from api.auth.sessions import end_sessions
from api.auth.tokens import token_hash
from api.caller import Caller, counted_as
from api.database import Work, new_id
from api.errors import InvalidCredentialsError, TokenExpiredError, TokenRevokedError
from api.mail import Mail
from api.ratelimit import HOUR_S, Rule
from api.services import Services
from api.users.models import User
from api.users.repository import find_by_identifier, lock_caller

_TOKEN_BYTES: Final = 32
_TEXT: Final = """\
Hello {username},

somebody, probably you, asked for a new password at {origin}.
To set one, use this token within {minutes} minutes. It works once:

    {token}

If it was not you, ignore this mail: your password stays as it is.
"""


async def change_password(services: Services, caller: Caller, *, current: str, new: str) -> None:
    """Set another password and end all other sessions. Raises :class:`InvalidCredentialsError`."""
    async with services.database.read() as work:
        known = (await work.session.execute(select(User.password_hash).where(User.id == caller.user_id))).scalar_one()
    if not (await services.passwords.verify(current, known)).right:
        raise InvalidCredentialsError
    password_hash = await services.passwords.hash(new)
    async with services.database.write() as work:
        user = await lock_caller(work, caller.user_id)
        if user.password_hash != known:
            raise InvalidCredentialsError
        user.password_hash = password_hash
        await end_sessions(work, user.id, but=caller.session_id)
        await _void_tokens(work, user.id)
        audit(work, "auth.password.change", target_type="user", target_id=user.id, actor=caller)


async def may_mail(services: Services, email: str, ip_address: str | None) -> bool:
    """Whether a mail may still be asked for: for this address, and from there."""
    most = services.settings.password_mails_per_hour
    by_caller = Rule("password_mails", most, HOUR_S)
    by_address = Rule("password_mails_address", most, HOUR_S)
    if not (await services.limiter.hit(by_caller, counted_as(ip_address))).allowed:
        return False
    return (await services.limiter.hit(by_address, email)).allowed


async def send_token(services: Services, email: str) -> None:
    """Mail a token to whoever has this address; nothing happens if nobody has. Older tokens are void then."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    minutes = services.settings.reset_token_minutes
    async with services.database.write() as work:
        user = await find_by_identifier(work, email)
        if user is None:
            return
        await work.session.refresh(user, with_for_update=True)  # of two requests at once, one is the newer
        await _void_tokens(work, user.id)
        work.session.add(
            PasswordReset(
                id=new_id(),
                user_id=user.id,
                token_hash=token_hash(token),
                created_at=work.now,
                expires_at=work.now + timedelta(minutes=minutes),
            )
        )
    text = _TEXT.format(username=user.username, origin=services.settings.origin, minutes=minutes, token=token)
    await services.mailer.send(Mail(user.email, "Set a new password", text))


async def reset_password(services: Services, token: str, *, new: str, ip_address: str | None) -> None:
    """Set another password by a token from a mail, and end all sessions.

    Raises :class:`TokenRevokedError` for one that was used or replaced, or never was, and :class:`TokenExpiredError`.
    """
    async with services.database.read() as work:
        reset_id, user_id = await _usable(work, token)
    password_hash = await services.passwords.hash(new)
    async with services.database.write() as work:
        user = await work.session.get(User, user_id, with_for_update=True)
        claim = update(PasswordReset).where(PasswordReset.id == reset_id, PasswordReset.void_at.is_(None))
        claimed = cast("CursorResult[Any]", await work.session.execute(claim.values(void_at=work.now))).rowcount
        if user is None or user.deleted_at is not None or not claimed:
            raise TokenRevokedError
        user.password_hash = password_hash
        await end_sessions(work, user.id)
        await _void_tokens(work, user.id)
        audit(
            work,
            "auth.password.reset",
            target_type="user",
            target_id=user.id,
            actor_id=user.id,
            ip_address=ip_address,
        )


async def _usable(work: Work, token: str) -> tuple[str, str]:
    """Ids of the token and its user."""
    statement = select(PasswordReset).where(PasswordReset.token_hash == token_hash(token))
    found = (await work.session.execute(statement)).scalar_one_or_none()
    if found is None or found.void_at is not None:
        raise TokenRevokedError
    if found.expires_at <= work.now:
        raise TokenExpiredError
    return found.id, found.user_id


async def _void_tokens(work: Work, user_id: str) -> None:
    live = (PasswordReset.user_id == user_id, PasswordReset.void_at.is_(None))
    await work.session.execute(update(PasswordReset).where(*live).values(void_at=work.now))
