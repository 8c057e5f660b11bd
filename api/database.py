"""The database: SQLite in a file or PostgreSQL through psycopg, and units of work on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal, cast

import structlog
from sqlalchemy import DateTime, MetaData, String, Table, Text, event
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from api.clock import Clock
from api.sqlite import InlineConnection

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_SYNC_DRIVERS: Final = {"sqlite+aiosqlite": "sqlite"}
# For a moment the event loop waits for another process; for longer only whoever wants to write does.
_BUSY_MS: Final = 20
_PAUSE_S: Final = 0.02
_PATIENCE_S: Final = 15.0
_WRITE: Final = "syncode_write"
_USED_AT: Final = "syncode_used_at"
_TRUSTED_S: Final = 5.0  # so long after its last use a connection is believed to be alive: asking is a round trip
# What SQLite says of the file, its disk and its other users; all else is said of our own statements.
_AWAY_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
    }
)
_log = structlog.get_logger("api")

AfterCommit = Callable[[], Awaitable[None]]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no zones and keeps it without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[datetime]:
        """What it is to us."""
        return datetime

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Any JSON value, kept as text: unlike PostgreSQL's own types it may hold every character, NUL too."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else json.dumps(value, separators=(",", ":"))

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """From the database."""
        del dialect
        return None if value is None else json.loads(value)


Id = String(36)
"""A UUID as lowercase text."""


def new_id() -> str:
    """A fresh id."""
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    """Whether it could be an id; what could not be one names nothing, and must not reach the database."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class: a statement of it takes a fraction of the time that one of the class takes."""
    return cast("Table", model.__table__)


class TakenBackError(Exception):
    """What was committed is undone again; ``told`` is what whoever asked for it is told."""

    def __init__(self, told: Exception) -> None:
        super().__init__(str(told))
        self.told = told


class Work:
    """One transaction with one moment. What is asked for :meth:`after_commit` happens only when it is committed.

    ``session``  where to read and write; nobody commits it but :class:`Database`
    ``now``      the moment of everything in it
    """

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self.session = session
        self.now = clock.now()
        self._clock = clock
        self._after: list[AfterCommit] = []

    def catch_up(self) -> None:
        """Have the moment be now: a lock was waited for, and what others did meanwhile lies before it."""
        self.now = max(self.now, self._clock.now())

    def after_commit(self, action: AfterCommit) -> None:
        """Have something done once the transaction is committed; never, if it is rolled back."""
        self._after.append(action)

    async def conclude(self) -> None:
        """Do what was asked for, in its order. What fails is logged: nothing undoes what is committed, nor hides it.

        Raises what an action that has undone it wants to be told (:class:`TakenBackError`).
        """
        actions, self._after = self._after, []
        taken_back: TakenBackError | None = None
        for action in actions:
            try:
                await action()
            except TakenBackError as error:
                taken_back = error
            except Exception:  # noqa: BLE001 - whatever it is, the change it was to follow is made
                _log.exception("what was to follow a change failed")
        if taken_back is not None:
            raise taken_back.told from taken_back


class Database:
    """Made by :meth:`open`; :meth:`close` gives the connections back."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self.engine = engine
        self._clock = clock
        self._writing = engine.execution_options(**{_WRITE: True})
        # As SQLite does it by itself: what several statements read is of one moment.
        sqlite = engine.dialect.name == "sqlite"
        self._reading = engine if sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        # SQLite has one writer; waiting here is fair and costs nothing, waiting in its lock is neither.
        self._turn: asyncio.Lock | None = asyncio.Lock() if sqlite else None

    @classmethod
    def open(cls, address: str, clock: Clock, *, connections: int = 10) -> Database:
        """Connect to ``address`` as soon as that is needed."""
        url = async_url(address)
        if url.drivername.startswith("sqlite"):
            engine = create_async_engine(
                url,
                pool_size=connections,
                max_overflow=0,
                async_creator=lambda: InlineConnection.open(url.database or ""),
                hide_parameters=True,
            )
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        else:
            engine = create_async_engine(url, pool_size=connections, max_overflow=connections, hide_parameters=True)
            event.listen(engine.sync_engine, "checkin", _note_use)
            event.listen(engine.sync_engine, "checkout", partial(_ask_whether_alive, engine.sync_engine))
        return cls(engine, clock)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """A transaction that only reads, all of it as it was at one moment."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session, session.begin():
            yield Work(session, self._clock)

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A transaction that may write: committed when the block ends well, then what it asked for is done."""
        async with contextlib.AsyncExitStack() as owned:
            if self._turn is not None:
                await owned.enter_async_context(self._turn)
            session = await owned.enter_async_context(await self._begin_writing())
            work = Work(session, self._clock)
            yield work
            await session.commit()  # else, closing it rolls back
        await work.conclude()

    async def _begin_writing(self) -> AsyncSession:
        """A session in a transaction that may write; on SQLite, waits while another process does."""
        ends = time.monotonic() + _PATIENCE_S
        while True:
            session = AsyncSession(self._writing, expire_on_commit=False)
            try:
                _ = await session.connection()
            except BaseException as error:
                await session.close()
                locked = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
                if not locked or time.monotonic() > ends:
                    raise
            else:
                return session
            await asyncio.sleep(_PAUSE_S)

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def why_away(error: BaseException) -> str | None:
    """What its driver says of a database that cannot be reached or used now; None: it tells of what was asked of it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        away = isinstance(error, OperationalError | InterfaceError | DisconnectionError | PoolTimeoutError)
        return str(cause) if away else None
    if getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _AWAY_SQLITE:
        return str(cause)
    # A full disk ends the whole transaction: that its savepoint is gone is said after it, and only that is raised.
    return why_away(error.__context__) if isinstance(error.__context__, DBAPIError) else None


def async_url(address: str) -> URL:
    """The address with the driver we use."""
    url = make_url(address)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def sync_url(address: str) -> URL:
    """The address with the driver for code that does not wait (migrations)."""
    url = async_url(address)
    return url.set(drivername=_SYNC_DRIVERS.get(url.drivername, url.drivername))


def _note_use(connection: object, record: ConnectionPoolEntry) -> None:
    del connection
    record.info[_USED_AT] = time.monotonic()


def _ask_whether_alive(
    engine: Engine, connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
) -> None:
    """One that was not used for a while may lead nowhere. Raises ``DisconnectionError``: the pool takes another."""
    del proxy
    if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < _TRUSTED_S:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own
    del record
    connection.isolation_level = None  # transactions begin where we say (below)
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.run_async(lambda driver: driver.create_function("lower", 1, _lower, deterministic=True))


def _lower(text: str | None) -> str | None:
    """Of every alphabet, as in PostgreSQL; SQLite's own knows but the letters of English."""
    return None if text is None else text.lower()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading and then writes may find that it cannot: those that may write say so first.
    write = connection.get_execution_options().get(_WRITE, False)
    statement = "BEGIN IMMEDIATE" if write else "BEGIN"
    # Straight to the driver: each of a cursor's making, use and closing would be a trip to its thread and back.
    connection.connection.run_async(lambda driver: driver.execute(statement))


def render_type(kind: str, item: object, context: object) -> str | Literal[False]:
    """How a migration writes our own types (Alembic's ``render_item``)."""
    del context
    return f"{type(item).__name__}()" if kind == "type" and isinstance(item, UtcDateTime | Json) else False
