"""The database's schema, step by step (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from api.database import sync_url

HERE = Path(__file__).parent


def upgrade(address: str) -> None:
    """Bring the database at ``address`` to the newest schema; does nothing where it is there already."""
    engine = create_engine(sync_url(address))
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(HERE))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
