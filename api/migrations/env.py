"""How Alembic reaches the database: always by a connection that it is given."""

from __future__ import annotations

from alembic import context

from api.database import render_type
from api.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=render_type,
)
with context.begin_transaction():
    context.run_migrations()
