"""Permissions to send or read one stored object, signed: whoever holds one may do that, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt

from api.clock import Clock
from api.errors import ForbiddenError

_ALGORITHM: Final = "HS256"


class GrantError(ForbiddenError):
    """The link was not made by us, is for something else, or is too old."""

    text = "This link is not valid (any more)"


@dataclass(frozen=True, slots=True)
class UploadGrant:
    """Permission to send an object. ``content_length`` ``None``: any size up to ``most_bytes``."""

    key: str
    content_type: str
    content_length: int | None
    most_bytes: int


@dataclass(frozen=True, slots=True)
class DownloadGrant:
    """Permission to read an object. ``expires_at`` ``None``: for as long as it is there."""

    key: str
    expires_at: datetime | None


class Grants:
    """Makes and reads permissions by ``clock``, as tokens that fit into an address."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def upload(self, grant: UploadGrant, *, expires_at: datetime) -> str:
        """A token to send an object until ``expires_at``."""
        size = {} if grant.content_length is None else {"size": grant.content_length}
        claims = {"use": "put", "key": grant.key, "type": grant.content_type, "most": grant.most_bytes, **size}
        return self._sign({**claims, "exp": int(expires_at.timestamp())})

    def download(self, grant: DownloadGrant) -> str:
        """A token to read an object. Those without an end are always the same for the same object."""
        end = {} if grant.expires_at is None else {"exp": int(grant.expires_at.timestamp())}
        return self._sign({"use": "get", "key": grant.key, **end})

    def read_upload(self, token: str) -> UploadGrant:
        """Raises :class:`GrantError`."""
        claims = self._read(token, "put")
        return UploadGrant(claims["key"], claims["type"], claims.get("size"), claims["most"])

    def read_download(self, token: str) -> DownloadGrant:
        """Raises :class:`GrantError`."""
        claims = self._read(token, "get")
        end = claims.get("exp")
        now = self._clock.now()
        return DownloadGrant(claims["key"], None if end is None else datetime.fromtimestamp(end, now.tzinfo))

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._secret, _ALGORITHM)

    def _read(self, token: str, use: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(token, self._secret, algorithms=[_ALGORITHM], options={"verify_exp": False})
        except jwt.InvalidTokenError as error:
            raise GrantError from error
        end = claims.get("exp")
        over = end is not None and end <= self._clock.now().timestamp()
        if claims.get("use") != use or over:
            raise GrantError
        return claims
