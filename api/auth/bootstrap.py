"""The first account: without an admin nobody could make one."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import select

from api.audit import audit
from api.auth.accounts import add_user
from api.database import Work
from api.enums import UserRole
from api.errors import EmailTakenError, UsernameTakenError
from api.services import Services
from api.users.models import User
from runner import SettingsError

_PASSWORD_BYTES: Final = 18
_LENGTHS: Final = range(8, 129)


async def create_first_admin(services: Services) -> str | None:
    """Make the admin that the settings name, unless there is one.

    The password that was made up for it, to be shown once; ``None`` when the settings give one, or nothing was to do.
    Raises :class:`runner.SettingsError` when they give one that is too short or long, or a name somebody else has.
    """
    settings = services.settings
    async with services.database.read() as work:
        if await _has_admin(work):
            return None
    given = settings.admin_password
    password = secrets.token_urlsafe(_PASSWORD_BYTES) if given is None else given.get_secret_value()
    if len(password) not in _LENGTHS:
        raise SettingsError("SYNCODE_ADMIN_PASSWORD: must have 8 to 128 characters")
    password_hash = await services.passwords.hash(password)
    try:
        async with services.database.write() as work:
            if await _has_admin(work):
                return None
            user = await add_user(
                work,
                username=settings.admin_username,
                email=settings.admin_email.strip().lower(),
                password_hash=password_hash,
                role=UserRole.ADMIN,
            )
            audit(work, "admin.user.create", target_type="user", target_id=user.id)
    except (EmailTakenError, UsernameTakenError) as error:
        async with services.database.read() as work:
            if await _has_admin(work):  # another process was first
                return None
        variable = "SYNCODE_ADMIN_EMAIL" if isinstance(error, EmailTakenError) else "SYNCODE_ADMIN_USERNAME"
        raise SettingsError(f"{variable}: there is no admin, and this belongs to an account that is none") from error
    return password if given is None else None


async def _has_admin(work: Work) -> bool:
    admins = select(User.id).where(User.role == UserRole.ADMIN.value, User.deleted_at.is_(None)).limit(1)
    return (await work.session.execute(admins)).first() is not None
