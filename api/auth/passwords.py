"""Passwords: hashed with a memory-hard function, away from the event loop and from transactions."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from api.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a password is the right one. ``better_hash``: to be kept in place of one that was made more cheaply."""

    right: bool
    better_hash: str | None = None


class Passwords:
    """argon2id at the cost that the settings name; as many at once as there are processors."""

    def __init__(self, settings: ServiceSettings) -> None:
        hasher = Argon2Hasher(
            time_cost=settings.password_passes, memory_cost=settings.password_memory_kib, parallelism=1
        )
        self._hashing = PasswordHash((hasher,))
        self._nobodys = self._hashing.hash(os.urandom(16))
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def hash(self, password: str) -> str:
        """A hash with a salt of its own."""
        async with self._turns:
            return await asyncio.to_thread(self._hashing.hash, password)

    async def verify(self, password: str, known_hash: str | None) -> Match:
        """Compare. ``known_hash`` ``None``: nobody's, which never matches and takes as long."""
        async with self._turns:
            return await asyncio.to_thread(self._compare, password, known_hash)

    def _compare(self, password: str, known_hash: str | None) -> Match:
        try:
            right, better = self._hashing.verify_and_update(password, known_hash or self._nobodys)
        except UnknownHashError:
            return Match(right=False)
        return Match(right and known_hash is not None, better if right else None)
