"""The database's schema, step by step (Alembic)."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from api.database import sync_url

HERE = Path(__file__).parent
_OWNERS: Final = 0o600  # it holds password hashes and hidden tests, and users of jails may search the home


def upgrade(address: str) -> None:
    """Bring the database at ``address`` to the newest schema; does nothing where it is there already.

    A file that is made for it is its owner's alone.
    """
    url = sync_url(address)
    _keep_from_others(url)
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def is_current(address: str) -> bool:
    """Whether the database at ``address`` has the newest schema. Raises what the driver does if it cannot be asked.

    A file that is not there is no database yet, and is not made by being asked for.
    """
    url = sync_url(address)
    if _is_missing(url):
        return False
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
        return found == set(ScriptDirectory.from_config(_config()).get_heads())
    finally:
        engine.dispose()


def _is_missing(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(url.database or "").exists()


def _keep_from_others(url: URL) -> None:
    """What SQLite makes beside its file has the mode of that."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    path = Path(url.database)
    with contextlib.suppress(OSError):  # SQLite says better what is wrong with it
        if not path.exists() or path.stat().st_size == 0:
            path.touch(mode=_OWNERS)
            path.chmod(_OWNERS)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config
