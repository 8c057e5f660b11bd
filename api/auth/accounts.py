"""Making accounts and signing in to them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from api.audit import audit
from api.auth.schemas import Login, Registration, email_address
from api.auth.sessions import TokenPair, begin_session
from api.database import Work, new_id
from api.enums import UserRole
from api.errors import EmailTakenError, InvalidCredentialsError, UserBannedError, UsernameTakenError
from api.services import Services
from api.users.models import User
from api.users.profiles import profile
from api.users.repository import email_is_taken, find_by_identifier, username_is_taken
from api.users.schemas import UserProfile


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody who is signed in now."""

    tokens: TokenPair
    user: UserProfile


async def register(services: Services, wanted: Registration, *, ip_address: str | None) -> Entrance:
    """Make an account and sign in. Raises :class:`EmailTakenError`, else :class:`UsernameTakenError`."""
    async with services.database.read() as work:
        await _refuse_taken(work, wanted.username, wanted.email)
    password_hash = await services.passwords.hash(wanted.password)
    async with services.database.write() as work:
        user = await add_user(
            work, username=wanted.username, email=wanted.email, password_hash=password_hash, role=UserRole.USER
        )
        pair = await begin_session(work, services.tokens, user.id, ip_address=ip_address)
        audit(work, "auth.register", target_type="user", target_id=user.id, actor_id=user.id, ip_address=ip_address)
        entrance = Entrance(pair, await profile(work, services, user))
    services.activity.seen(user.id)
    return entrance


async def add_user(work: Work, *, username: str, email: str, password_hash: str, role: UserRole) -> User:
    """Write a new account. Raises :class:`EmailTakenError`, else :class:`UsernameTakenError`, in any race."""
    await _refuse_taken(work, username, email)
    user = User(
        id=new_id(),
        username=username,
        username_key=username.lower(),
        email=email,
        email_key=email.lower(),
        password_hash=password_hash,
        role=role.value,
        created_at=work.now,
        updated_at=work.now,
    )
    try:
        async with work.session.begin_nested():
            work.session.add(user)
            await work.session.flush()
    except IntegrityError:
        await _refuse_taken(work, username, email)
        raise
    return user


async def login(services: Services, given: Login, *, ip_address: str | None) -> Entrance:
    """Sign in. Raises :class:`InvalidCredentialsError`, or, with the right password, :class:`UserBannedError`."""
    async with services.database.read() as work:
        found = await find_by_identifier(work, _as_kept(given.identifier))
    match = await services.passwords.verify(given.password, found.password_hash if found else None)
    if found is None or not match.right:
        raise InvalidCredentialsError
    async with services.database.write() as work:
        user = await work.session.get(User, found.id, with_for_update=True)
        # Whoever set another password meanwhile has ended all sessions: none may begin with the old one after that.
        if user is None or user.deleted_at is not None or user.password_hash != found.password_hash:
            raise InvalidCredentialsError
        if user.banned_at is not None:
            raise UserBannedError
        if match.better_hash is not None:
            user.password_hash = match.better_hash
        pair = await begin_session(work, services.tokens, user.id, ip_address=ip_address)
        audit(work, "auth.login", target_type="user", target_id=user.id, actor_id=user.id, ip_address=ip_address)
        entrance = Entrance(pair, await profile(work, services, user))
    services.activity.seen(user.id)
    return entrance


async def _refuse_taken(work: Work, username: str, email: str) -> None:
    if await email_is_taken(work, email):
        raise EmailTakenError
    if await username_is_taken(work, username):
        raise UsernameTakenError


def _as_kept(identifier: str) -> str:
    """The form in which an account has this address; what is none is left as it is."""
    try:
        return email_address(identifier.strip())
    except ValueError:
        return identifier
