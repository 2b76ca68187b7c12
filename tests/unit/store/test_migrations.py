from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tests.support.fresh_database import contents, migrated
from tests.support.records import account
from tests.support.stores import Database, PostgreSQL, ring_of
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.keyring import new_key
from vapi_mcp.store import migrating
from vapi_mcp.store.migrating import migrate, revisions
from vapi_mcp.store.sql.engine import database_file, make_engine
from vapi_mcp.store.sql.sql_store import open_store
from vapi_mcp.store.sql.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without tables: here the migrations are what is tested."""
    if request.param == "sqlite":
        return Database(tmp_path / "data")
    server: PostgreSQL = request.getfixturevalue("server")
    return Database(server.emptied())


async def _differences(database: Database) -> list[Any]:
    def compare(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = make_engine(database.where)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("revision", ["nothing", *revisions()])
async def test_a_database_of_every_revision_comes_up_to_the_present_tables(
    database: Database, revision: str
) -> None:
    if revision != "nothing":
        await migrate(database.where, revision)
    async with database.opened() as store:
        assert await store.revision() == 0
    assert await _differences(database) == []
    assert await database.run("SELECT version_num FROM alembic_version") == [(revisions()[-1],)]


async def test_a_new_file_is_what_the_migrations_make(tmp_path: Path) -> None:
    await migrate(tmp_path / "new")
    made = contents(tmp_path / "new")
    assert made == await migrated(tmp_path / "old"), "run python -m tests.support.fresh_database"


async def test_a_second_start_changes_nothing(database: Database) -> None:
    kept = account()
    async with database.opened() as store:
        await store.add_account(kept)
    before = await database.run("SELECT * FROM accounts"), await database.run("SELECT * FROM state")
    async with database.opened() as store:
        assert (await store.list_accounts(Window())).items == (kept,)
    after = await database.run("SELECT * FROM accounts"), await database.run("SELECT * FROM state")
    assert after == before


async def test_the_database_of_a_newer_version_stops_the_start(database: Database) -> None:
    async with database.opened():
        pass
    await database.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="newer version"):
        async with database.opened():
            pass


async def test_a_start_waits_for_another_no_longer_than_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_LOCK_SECONDS", 0.01)
    other = sqlite3.connect(database_file(tmp_path).with_suffix(".lock"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(ConfigurationError, match="does not finish its start"):
            await migrate(tmp_path)
    finally:
        other.close()


def test_there_is_no_way_down() -> None:
    scripts = ScriptDirectory(str(Path(migrating.__file__).parent / "migrations"))
    modules = [script.module for script in scripts.walk_revisions()]
    assert modules
    assert not any(hasattr(module, "downgrade") for module in modules)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("mysql://host/db", "does not begin with postgresql://"),
        ("no url at all", "is not a URL"),
        ("postgresql://someone:secret@127.0.0.1:1/db", "cannot be used: .*refused|failed"),
    ],
)
async def test_a_database_that_cannot_be_had_stops_the_start(where: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        async with open_store(where, ring_of(new_key())):
            pass
    assert "secret" not in str(caught.value)


async def test_a_data_directory_that_is_a_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        async with open_store(tmp_path / "file", ring_of(new_key())):
            pass
