"""The store of the data directory for a process with one client, opened when needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.retention import Quota
from vapi_mcp.audit.summary import EntryFigures, PlacedCalls
from vapi_mcp.errors import ConfigurationError, StoreError, WriteHeld
from vapi_mcp.invocation.belonging.ports import OwnedObjects
from vapi_mcp.invocation.writes.records import WriteRecords
from vapi_mcp.invocation.writes.undo.change import ChangeRecords
from vapi_mcp.settings import Settings

if TYPE_CHECKING:
    from vapi_mcp.store.sql.sql_store import SqlStore

_OVER_AT_ONCE = 1000

logger = logging.getLogger(__name__)


class LocalStore:
    """Keeps the keys, codes and audit log of a local server in its data directory.

    A client waits for stdio to start, and most calls need no database: so it is loaded and opened
    by whoever needs it first. As an audit log it does without a directory that cannot be used;
    as a ledger it says so.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()
        self._store: SqlStore | None = None
        self._warned = False

    @asynccontextmanager
    async def closing(self) -> AsyncGenerator[LocalStore]:
        """Close the opened store at the end."""
        async with self._stack:
            yield self

    async def records(self) -> WriteRecords:
        """Return the ledger.

        Raises:
            WriteHeld: The data directory cannot be used.
        """
        try:
            return await self._opened()
        except (ConfigurationError, StoreError) as error:
            raise WriteHeld(
                "An idempotency_key, a daily limit or a confirmation must be kept in the "
                f"data directory, which cannot be used: {error}. Nothing was sent. Set "
                "VAPI_MCP_DATA_DIR to a directory that can be written.",
                status=503,
            ) from error

    async def changes(self) -> ChangeRecords:
        """Return the records of changes.

        Raises:
            ConfigurationError: The data directory cannot be used.
        """
        return await self._opened()

    async def owned(self) -> OwnedObjects:
        """Return what a server made that is kept to one client.

        Raises:
            ConfigurationError: The data directory cannot be used.
        """
        return await self._opened()

    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries, where there is a place for them."""
        try:
            store = await self._opened()
        except ConfigurationError as error:
            if not self._warned:
                logger.warning("the audit log is not written: %s", error)
            self._warned = True
            return
        await store.add_entries(entries)

    async def find_entry(self, entry_id: str) -> LogEntry | None:
        """Return an entry, if it is there."""
        return await (await self._opened()).find_entry(entry_id)

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries."""
        return await (await self._opened()).list_entries(wanted, window)

    async def read_figures(self, wanted: LogFilter, limit: int) -> Sequence[EntryFigures]:
        """Return the figures of the newest wanted entries."""
        return await (await self._opened()).read_figures(wanted, limit)

    async def read_placed(self, wanted: LogFilter, limit: int) -> Sequence[PlacedCalls]:
        """Return what the newest wanted entries tell of calls."""
        return await (await self._opened()).read_placed(wanted, limit)

    async def count_entries(self) -> int:
        """Return how many entries there are, once the store is open anyway."""
        return 0 if self._store is None else await self._store.count_entries()

    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        """Delete old entries, once the store is open anyway."""
        return 0 if self._store is None else await self._store.delete_entries(before, limit, quota)

    async def _opened(self) -> SqlStore:
        async with self._lock:
            if self._store is None:
                self._store = await self._open()
            return self._store

    async def _open(self) -> SqlStore:
        # In a thread: it takes half a second, and other calls are under way.
        await asyncio.to_thread(import_module, "vapi_mcp.store.sql.sql_store")
        from vapi_mcp.hosting.data.storage import key_ring  # noqa: PLC0415 - as just said
        from vapi_mcp.store.sql.sql_store import open_store  # noqa: PLC0415 - loaded when it is used

        where = self._settings.data_dir
        store = await self._stack.enter_async_context(open_store(where, key_ring(self._settings)))
        await store.sweep(utc_now(), _OVER_AT_ONCE)
        await store.delete_old_changes(utc_now(), _OVER_AT_ONCE)
        return store
