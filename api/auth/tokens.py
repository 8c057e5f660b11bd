"""Tokens: what is signed, with which secret, for how long."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

from api.clock import Clock
from api.database import new_id
from api.errors import TokenExpiredError, UnauthorizedError
from api.keys import Secrets
from api.settings import ServiceSettings

_ALGORITHM: Final = "HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who a token speaks for, in which login session. ``token_id``: of a refresh token, else empty."""

    user_id: str
    session_id: str
    token_id: str = ""


class Tokens:
    """Makes and reads tokens by ``clock``."""

    def __init__(self, settings: ServiceSettings, secrets: Secrets, clock: Clock) -> None:
        self.access_lifetime = timedelta(minutes=settings.access_token_minutes)
        self.refresh_lifetime = timedelta(days=settings.refresh_token_days)
        self._collab_lifetime = timedelta(hours=settings.collab_token_hours)
        self._secrets = secrets
        self._clock = clock

    def access(self, user_id: str, session_id: str) -> str:
        """An access token."""
        claims = {"sub": user_id, "sid": session_id, "tokenType": "access"}
        return self._sign(claims, self._secrets.access_token, self.access_lifetime)

    def refresh(self, user_id: str, session_id: str, token_id: str) -> str:
        """A refresh token; ``token_id`` makes it one of its kind."""
        claims = {"sub": user_id, "sid": session_id, "tokenType": "refresh", "jti": token_id}
        return self._sign(claims, self._secrets.refresh_token, self.refresh_lifetime)

    def collab(self, user_id: str, room_id: str, role: str) -> str:
        """A token for the shared document of a room."""
        claims = {"sub": user_id, "roomId": room_id, "role": role, "type": "collab", "jti": new_id()}
        return self._sign(claims, self._secrets.collab_token, self._collab_lifetime)

    def read_access(self, token: str) -> Claims:
        """Raises :class:`TokenExpiredError`, or :class:`UnauthorizedError` for what is no access token of ours."""
        return self._read(token, self._secrets.access_token, "access")

    def read_refresh(self, token: str, *, expired: bool = False) -> Claims:
        """As :meth:`read_access`, for refresh tokens. ``expired``: one past its lifetime will do."""
        return self._read(token, self._secrets.refresh_token, "refresh", expired=expired)

    def _sign(self, claims: dict[str, Any], secret: str, lifetime: timedelta) -> str:
        now = self._clock.now()
        return jwt.encode({**claims, "iat": _seconds(now), "exp": _seconds(now + lifetime)}, secret, _ALGORITHM)

    def _read(self, token: str, secret: str, kind: str, *, expired: bool = False) -> Claims:
        try:
            claims = jwt.decode(
                token,
                secret,
                algorithms=[_ALGORITHM],
                options={"require": ["sub", "sid", "exp", "iat"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise UnauthorizedError from error
        known = all(isinstance(claims[name], str) for name in ("sub", "sid")) and isinstance(claims["exp"], int)
        if not known or claims.get("tokenType") != kind:
            raise UnauthorizedError
        if claims["exp"] <= _seconds(self._clock.now()) and not expired:
            raise TokenExpiredError
        return Claims(claims["sub"], claims["sid"], str(claims.get("jti", "")))


def token_hash(token: str) -> str:
    """How a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
