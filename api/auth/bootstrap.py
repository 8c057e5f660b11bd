"""The first account: without an admin nobody could make one."""

from __future__ import annotations

import secrets
from typing import Final

from pydantic import ValidationError
from sqlalchemy import select

from api.audit import audit
from api.auth.accounts import add_user
from api.auth.passwords import Passwords
from api.auth.schemas import Registration
from api.database import Database, Work
from api.enums import UserRole
from api.errors import EmailTakenError, UsernameTakenError
from api.failures import invalid
from api.settings import ServiceSettings
from api.users.models import User
from runner import SettingsError

_PASSWORD_BYTES: Final = 18


async def create_first_admin(settings: ServiceSettings, database: Database) -> str | None:
    """Make the admin that the settings name, unless there is one who can sign in.

    The password that was made up for it, to be shown once; ``None`` when the settings give one, or nothing was to do.
    Raises :class:`runner.SettingsError` when they give what nobody could register with, or what somebody else has.
    """
    given = settings.admin_password
    password = secrets.token_urlsafe(_PASSWORD_BYTES) if given is None else given.get_secret_value()
    wanted = _registration(settings, password)
    async with database.read() as work:
        if await _has_admin(work):
            return None
    password_hash = await Passwords(settings).hash(password)
    try:
        async with database.write() as work:
            if await _has_admin(work):
                return None
            user = await add_user(
                work,
                username=wanted.username,
                email=wanted.email,
                password_hash=password_hash,
                role=UserRole.ADMIN,
            )
            audit(work, "admin.user.create", target_type="user", target_id=user.id)
    except (EmailTakenError, UsernameTakenError) as error:
        async with database.read() as work:
            if await _has_admin(work):  # another process was first
                return None
        name = "email" if isinstance(error, EmailTakenError) else "username"
        raise SettingsError(
            f"{_variable(name)}: no admin can sign in, and this belongs to somebody who is none or is banned"
        ) from error
    return password if given is None else None


def _registration(settings: ServiceSettings, password: str) -> Registration:
    """The account as if somebody registered it. Raises :class:`runner.SettingsError`, which never quotes it."""
    wanted = {"username": settings.admin_username, "email": settings.admin_email, "password": password}
    try:
        return Registration.model_validate(wanted)
    except ValidationError as error:
        name, reason = next(iter((invalid(error.errors()).details or {}).items()))
    raise SettingsError(f"{_variable(name)}: {reason}")


def _variable(name: str) -> str:
    return f"SYNCODE_ADMIN_{name.upper()}"


async def _has_admin(work: Work) -> bool:
    admin = (User.role == UserRole.ADMIN.value, User.deleted_at.is_(None), User.banned_at.is_(None))
    return (await work.session.execute(select(User.id).where(*admin).limit(1))).first() is not None
