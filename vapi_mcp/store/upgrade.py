"""Alembic over the migrations; only a database that lacks some needs it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from vapi_mcp.errors import ConfigurationError


def upgrade(connection: Connection, scripts: Path, revision: str) -> None:
    """Run the migrations up to a revision, in the connection's transaction.

    Raises:
        ConfigurationError: A newer version made the database.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise ConfigurationError(
            "the database is from a newer version of vapi-mcp; run that version, or restore "
            "a backup from before it"
        ) from error
