"""SQLite without a thread between us and it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from typing import Any

import aiosqlite
from typing_extensions import override

Value = str | bytes | int | float | None
"""What SQLite knows."""


class _AtOnce:
    """Stands where the driver has the queue of its thread: what is put in is done before anybody can wait for it."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        """Call the function; the future is its result."""
        future, function = item
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            if future is not None:
                future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class InlineConnection(aiosqlite.Connection):
    """A connection whose statements run where they are awaited.

    The driver hands each step of each statement to a thread and waits for it. A statement on a small local database
    takes some 20 µs, the way there and back ten times that, and a request has dozens. What may take longer, waiting for
    another process that writes, is not left to SQLite (``database.py``).
    """

    def __init__(self, path: str) -> None:
        super().__init__(lambda: _connect(path), iter_chunk_size=64)
        self._tx = _AtOnce()  # type: ignore[assignment] # all that anybody does with the queue

    @classmethod
    async def open(cls, path: str) -> InlineConnection:
        """Connect."""
        connection = cls(path)
        _ = await connection
        return connection

    @override
    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows the 26 letters alone
    return connection


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value
