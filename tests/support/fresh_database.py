"""The tables of a new SQLite database as one script: `python -m tests.support.fresh_database`.

It holds what all migrations together make; run it after a new one.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from vapi_mcp.store.migrating import FRESH, migrate, revisions
from vapi_mcp.store.sql.engine import database_file

_HEADER = "-- Made by `python -m tests.support.fresh_database` from the migrations.\n"
_AROUND = ("BEGIN TRANSACTION;", "COMMIT;")


def contents(data_dir: Path) -> list[str]:
    """Return the statements that make a data directory's database, without those around them."""
    with closing(sqlite3.connect(database_file(data_dir))) as database:
        return [each for each in database.iterdump() if each not in _AROUND]


async def migrated(data_dir: Path) -> list[str]:
    """Return the statements that make what the migrations make in an empty data directory."""
    # A revision that is named is always reached by the migrations themselves.
    await migrate(data_dir, revisions()[-1])
    return contents(data_dir)


def main() -> None:
    """Write the script."""
    with tempfile.TemporaryDirectory() as directory:
        statements = asyncio.run(migrated(Path(directory)))
    FRESH.write_text(_HEADER + "".join(f"{each}\n" for each in statements), "utf-8")


if __name__ == "__main__":
    main()
