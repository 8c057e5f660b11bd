"""The same request twice is carried out once (API.md 1.6)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from sqlalchemy import ColumnElement, ForeignKey, String, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Database, Id, Json, UtcDateTime, Work
from api.errors import IdempotencyConflictError, ValidationFailedError

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_GIVEN_UP: Final = timedelta(minutes=2)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class IdempotencyKey(Base):
    """A key that was used. ``status`` and ``body`` of the answer; ``None``: the first request is still at work."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    route: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(Id, primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column("response", Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer that was given before."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Once:
    """A request with a key: of whom, which, with what. ``route``: method and path with its ids."""

    user_id: str
    route: str
    key: str
    body_hash: str

    @classmethod
    def of(cls, user_id: str, *, method: str, path: str, key: str, body: bytes) -> Once:
        """Raises :class:`ValidationFailedError` for a key that is no UUID."""
        if not _UUID.fullmatch(key):
            raise ValidationFailedError.of(HEADER, "must be a UUID")
        return cls(user_id, f"{method} {quote(path)}"[:255], key.lower(), _digest(body))

    async def begin(self, database: Database, *, kept: timedelta) -> Replay | None:
        """Claim the key; the answer that was given to it before, if that was no longer ago than it is ``kept``.

        Raises :class:`IdempotencyConflictError` while the first request is at work, or when it was another one.
        """
        async with database.write() as work:
            found = await work.session.get(IdempotencyKey, (self.user_id, self.route, self.key), with_for_update=True)
            if found is not None and self._over(found, work.now - kept, work.now):
                await work.session.delete(found)
                await work.session.flush()
                found = None
            if found is None:
                await self._claim(work)
                return None
        if found.body_hash != self.body_hash:
            raise IdempotencyConflictError(details={"reason": "body_mismatch"})
        if found.status is None or found.body is None:
            raise IdempotencyConflictError(details={"reason": "in_progress"})
        return Replay(found.status, found.body)

    async def _claim(self, work: Work) -> None:
        row = IdempotencyKey(
            user_id=self.user_id, route=self.route, key=self.key, body_hash=self.body_hash, created_at=work.now
        )
        try:
            async with work.session.begin_nested():
                work.session.add(row)
        except IntegrityError:
            raise IdempotencyConflictError(details={"reason": "in_progress"}) from None

    def _over(self, row: IdempotencyKey, oldest: datetime, now: datetime) -> bool:
        """Whether the key is free again: it is old, or whoever had it is gone without an answer."""
        return row.created_at < (now - _GIVEN_UP if row.status is None else oldest)

    async def conclude(self, work: Work, *, status: int, body: bytes) -> None:
        """Keep the answer, in the transaction that makes it true."""
        await work.session.execute(
            update(IdempotencyKey).where(*self._mine()).values(status=status, body=body.decode())
        )

    async def release(self, database: Database) -> None:
        """Free the key: the request came to nothing."""
        async with database.write() as work:
            await work.session.execute(delete(IdempotencyKey).where(*self._mine()))

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (
            IdempotencyKey.user_id == self.user_id,
            IdempotencyKey.route == self.route,
            IdempotencyKey.key == self.key,
        )


async def forget_old_keys(work: Work, *, kept: timedelta) -> None:
    """Remove keys that are kept no longer."""
    await work.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < work.now - kept))


def _digest(body: bytes) -> str:
    """Of what a body says, however it is spaced and ordered."""
    try:
        content = json.dumps(json.loads(body), sort_keys=True).encode() if body else b""
    except (ValueError, RecursionError):
        content = body
    return hashlib.sha256(content).hexdigest()
