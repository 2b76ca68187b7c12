"""The whole store in SQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from socket import gaierror

from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.store.migrating import migrate
from vapi_mcp.store.sealing import prove, reseal
from vapi_mcp.store.sql.accounts import SqlAccounts
from vapi_mcp.store.sql.api_tokens import SqlApiTokens
from vapi_mcp.store.sql.audit import SqlAuditLog
from vapi_mcp.store.sql.database import FAILURES, Database, unbroken
from vapi_mcp.store.sql.engine import database_file, make_engine
from vapi_mcp.store.sql.oauth.oauth import SqlOAuth
from vapi_mcp.store.sql.object_changes import SqlObjectChanges
from vapi_mcp.store.sql.owned_objects import SqlOwnedObjects
from vapi_mcp.store.sql.servers import SqlServers
from vapi_mcp.store.sql.sessions import SqlSessions
from vapi_mcp.store.sql.write_records import SqlWriteRecords


class SqlStore(
    SqlAccounts,
    SqlServers,
    SqlApiTokens,
    SqlSessions,
    SqlAuditLog,
    SqlWriteRecords,
    SqlObjectChanges,
    SqlOwnedObjects,
    SqlOAuth,
):
    """The Store port on a database that any number of processes share.

    Nothing is opened until `opened` is entered; a store belongs to the loop that does.
    """

    def __init__(self, where: str | Path, ring: KeyRing) -> None:
        engine = make_engine(where)
        file = database_file(where) if isinstance(where, Path) else None
        super().__init__(Database(engine, ring, file))
        self._where = where

    @unbroken
    async def revision(self) -> int:
        """Return the number that every change of a grant raises, in any process."""
        return await self.database.revision()

    @unbroken
    async def try_write(self) -> None:
        """Write something that changes nothing, to see whether writes go through."""
        await self.database.try_write()

    @unbroken
    async def reseal(self) -> int:
        """Encrypt every key with the ring's first key; return how many needed it."""
        return await reseal(self.database)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[SqlStore]:
        """Bring the tables up to date, prove the ring, and close all connections at the end.

        Raises:
            ConfigurationError: The database cannot be used, or the ring is not the one it knows.
        """
        try:
            try:
                await migrate(self._where)
                await prove(self.database)
            except (*FAILURES, StoreError) as error:
                reason = _reason(error, self.database.engine.url.host)
                raise ConfigurationError(f"the database cannot be used: {reason}") from error
            yield self
        finally:
            await self.database.settle()
            await self.database.engine.dispose()


def open_store(where: str | Path, ring: KeyRing) -> AbstractAsyncContextManager[SqlStore]:
    """Yield the store of a `postgresql://` URL or a data directory, ready for use.

    Raises:
        ConfigurationError: The database cannot be used, or the ring is not the one it knows.
    """
    return SqlStore(where, ring).opened()


def _reason(error: BaseException, host: str | None) -> str:
    """Return the first line of what a driver says; the statement and its values stay out."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    if isinstance(cause, gaierror):
        return (
            f"its host {host!r} has no address ({cause.strerror}). If that is not the host, "
            "percent-encode the special characters of the password, such as %40 for @"
        )
    return next(iter(str(cause).splitlines()), "") or type(cause).__name__
