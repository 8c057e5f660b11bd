"""Who is calling: read from the access token and the database at every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from sqlalchemy import bindparam, select
from starlette.requests import Request

from api.auth.models import LoginSession
from api.auth.tokens import Tokens
from api.database import Database, table_of
from api.enums import UserRole
from api.errors import ForbiddenError, UnauthorizedError, UserBannedError
from api.permissions import ACCOUNT, Capability
from api.users.models import User

_LONGEST_ADDRESS: Final = 64  # as it is kept: a proxy may forward anything as one

# Built once, and of tables: every request asks this.
_USERS: Final = table_of(User)
_LOGINS: Final = table_of(LoginSession)
_ACCOUNT: Final = (
    select(
        _USERS.c.id,
        _USERS.c.username,
        _USERS.c.role,
        _USERS.c.banned_at,
        _USERS.c.deleted_at,
        _LOGINS.c.revoked_at,
    )
    .join_from(_USERS, _LOGINS, _LOGINS.c.user_id == _USERS.c.id)
    .where(_USERS.c.id == bindparam("user_id"), _LOGINS.c.id == bindparam("session_id"))
)


@dataclass(frozen=True, slots=True)
class _Account:
    """What decides whether somebody may call."""

    id: str
    username: str
    role: UserRole
    banned_at: datetime | None
    deleted_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that is signed in. ``session_id``: its login session; ``ip_address``: where the request came from."""

    user_id: str
    username: str
    role: UserRole
    session_id: str
    ip_address: str | None

    @property
    def admin(self) -> bool:
        """Whether this is an admin."""
        return self.role is UserRole.ADMIN

    def may(self, capability: Capability) -> bool:
        """Whether the account has a capability."""
        return capability in ACCOUNT[self.role]

    def require(self, capability: Capability) -> None:
        """Raises :class:`ForbiddenError` without that capability."""
        if not self.may(capability):
            raise ForbiddenError(details={"capability": capability.value})


def client_address(request: Request) -> str | None:
    """Where a request came from, as the server believes it (trusted proxies are its business)."""
    return request.client.host[:_LONGEST_ADDRESS] if request.client else None


def counted_as(address: str | None) -> str:
    """By what requests from an address are counted: of IPv6 by its /64, which is as much as anybody gets at least."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    mapped = known.ipv4_mapped
    return str(IPv6Network((int(known), 64), strict=False) if mapped is None else mapped)


async def authenticate(request: Request, tokens: Tokens, database: Database) -> Caller:
    """The caller of a request.

    Raises :class:`UnauthorizedError`, :class:`api.errors.TokenExpiredError` or :class:`UserBannedError`.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError
    claims = tokens.read_access(token.strip())
    found = await _find(database, claims.user_id, claims.session_id)
    if found is None or found.deleted_at is not None:
        raise UnauthorizedError
    if found.banned_at is not None:
        raise UserBannedError
    if found.revoked_at is not None:
        raise UnauthorizedError
    return Caller(found.id, found.username, found.role, claims.session_id, client_address(request))


async def still_signed_in(caller: Caller, database: Database) -> bool:
    """Whether whoever was authenticated a while ago would be now, as the same: for what lasts longer than a request."""
    found = await _find(database, caller.user_id, caller.session_id)
    if found is None or found.deleted_at is not None or found.banned_at is not None or found.revoked_at is not None:
        return False
    return found.role is caller.role


async def _find(database: Database, user_id: str, session_id: str) -> _Account | None:
    async with database.read() as work:
        found = await work.session.execute(_ACCOUNT, {"user_id": user_id, "session_id": session_id})
        row = found.one_or_none()
    if row is None:
        return None
    return _Account(row.id, row.username, UserRole(row.role), row.banned_at, row.deleted_at, row.revoked_at)
