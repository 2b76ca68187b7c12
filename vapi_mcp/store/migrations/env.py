"""The entry of Alembic: it runs the migrations in the given connection and transaction."""

from __future__ import annotations

from alembic import context

from vapi_mcp.store.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
