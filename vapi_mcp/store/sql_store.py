from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from vapi_mcp.access.keyring import KeyRing
from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.store.accounts import SqlAccounts
from vapi_mcp.store.api_tokens import SqlApiTokens
from vapi_mcp.store.database import FAILURES, Database, unbroken
from vapi_mcp.store.engine import make_engine
from vapi_mcp.store.migrating import migrate
from vapi_mcp.store.sealing import prove, reseal
from vapi_mcp.store.servers import SqlServers


class SqlStore(SqlAccounts, SqlServers, SqlApiTokens):
    """The Store port on a database that any number of processes share."""

    @unbroken
    async def revision(self) -> int:
        """Return the number that every change of a grant raises, in any process."""
        return await self.database.revision()

    @unbroken
    async def reseal(self) -> int:
        """Seal every key anew with the ring's first key; return how many there were to do."""
        return await reseal(self.database)


@asynccontextmanager
async def open_store(where: str | Path, ring: KeyRing) -> AsyncGenerator[SqlStore]:
    """Yield the store of a `postgresql://` URL or a data directory, its tables brought up to date.

    Raises:
        ConfigurationError: The database cannot be used, or the ring is not the one it knows.
    """
    engine = make_engine(where)
    database = Database(engine, ring)
    try:
        try:
            await migrate(where)
            await prove(database)
        except (*FAILURES, StoreError) as error:
            raise ConfigurationError(f"the database cannot be used: {_reason(error)}") from error
        yield SqlStore(database)
    finally:
        await database.settle()
        await engine.dispose()


def _reason(error: BaseException) -> str:
    """Return the first line of what a driver says; the statement and its values stay out."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return next(iter(str(cause).splitlines()), "") or type(cause).__name__
