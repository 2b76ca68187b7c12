"""The migration of a database to the present tables, one process at a time."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from alembic.command import upgrade
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.sql.engine import database_file, make_engine

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK_SECONDS = 60
_MIGRATION_SECONDS = 600
_LOCK_NUMBER = 0x76617069  # any number, the same in every version


def revisions() -> list[str]:
    """Return the names of all revisions, the first one first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


async def migrate(where: str | Path, revision: str = "head") -> None:
    """Run the migrations a database lacks, in one transaction that leaves all or nothing.

    Raises:
        ConfigurationError: A newer version made the database, or another start does not end.
    """
    engine = make_engine(where, answer_seconds=_MIGRATION_SECONDS)
    try:
        async with _alone(where), engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NUMBER)))
            await connection.run_sync(_upgrade, revision)
    except CommandError as error:
        raise ConfigurationError(
            "the database is from a newer version of vapi-mcp; run that version, or restore "
            "a backup from before it"
        ) from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _alone(where: str | Path) -> AbstractAsyncContextManager[None]:
    """Keep other processes from opening the same new SQLite file.

    Turning a file to WAL fails when two do it at once.
    """
    if isinstance(where, str):
        return nullcontext()
    return file_lock(
        database_file(where).with_suffix(".lock"),
        seconds=_LOCK_SECONDS,
        otherwise=(
            f"{where} is locked by another vapi-mcp process that does not finish its start; stop "
            "that process, then try again"
        ),
    )
