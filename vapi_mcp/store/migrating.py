"""The migration of a database to the present tables, one process at a time."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.sql.engine import database_file, make_engine

SCRIPTS = Path(__file__).parent / "migrations"
# What all migrations together make in an empty SQLite database.
FRESH = SCRIPTS / "fresh.sql"
_HEAD = "head"
_LOCK_SECONDS = 60
_MIGRATION_SECONDS = 600
_LOCK_NUMBER = 0x76617069  # any number, the same in every version


def revisions() -> list[str]:
    """Return the names of all revisions, the first one first: the files are named for them."""
    files = sorted((SCRIPTS / "versions").glob("r*.py"))
    return [file.stem[1:].partition("_")[0] for file in files]


async def migrate(where: str | Path, revision: str = _HEAD) -> None:
    """Run the migrations a database lacks, in one transaction that leaves all or nothing.

    Raises:
        ConfigurationError: A newer version made the database, or another start does not end.
    """
    engine = make_engine(where, answer_seconds=_MIGRATION_SECONDS)
    try:
        async with _alone(where), engine.begin() as connection:
            if revision != _HEAD or not await connection.run_sync(_is_settled):
                await _upgrade(connection, revision)
    finally:
        await engine.dispose()


def _is_settled(connection: Connection) -> bool:
    """Return whether the tables are the present ones, making them in a new SQLite file."""
    tables = inspect(connection).get_table_names()
    if not tables and connection.dialect.name == "sqlite":
        # Alembic takes as long to load as all else here, and gives the same.
        for statement in FRESH.read_text("utf-8").split(";\n"):
            connection.exec_driver_sql(statement)
        return _is_current(connection)
    return "alembic_version" in tables and _is_current(connection)


def _is_current(connection: Connection) -> bool:
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(found) == revisions()[-1:]


async def _upgrade(connection: AsyncConnection, revision: str) -> None:
    # Most starts need no migration, and Alembic takes a tenth of a second to load.
    from vapi_mcp.store.upgrade import upgrade  # noqa: PLC0415 - loaded when it is used

    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NUMBER)))
    await connection.run_sync(upgrade, SCRIPTS, revision)


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
