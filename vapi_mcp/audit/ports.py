"""The ports of the audit log: writing, reading and exporting entries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

import orjson

from vapi_mcp.accounts.pagination import Page, Place, Window
from vapi_mcp.audit.entry import LogEntry, LogFilter, wire_entry
from vapi_mcp.audit.retention import Quota
from vapi_mcp.audit.summary import EntryFigures, PlacedCalls

_EXPORTED_AT_ONCE = 500
_LINE = orjson.OPT_APPEND_NEWLINE


class LogReader(Protocol):
    """A source of entries."""

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries, newest first; raises StoreError when it fails."""
        ...


class AuditLog(LogReader, Protocol):
    """The store of entries. Any method raises StoreError when it fails."""

    async def find_entry(self, entry_id: str) -> LogEntry | None:
        """Return an entry, if it is there."""
        ...

    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries, durably once this returns; one whose id is there already is left out."""
        ...

    async def read_figures(self, wanted: LogFilter, limit: int) -> Sequence[EntryFigures]:
        """Return the figures of the newest wanted entries, at most `limit`."""
        ...

    async def read_placed(self, wanted: LogFilter, limit: int) -> Sequence[PlacedCalls]:
        """Return what the newest wanted entries, at most `limit`, tell of calls."""
        ...

    async def count_entries(self) -> int:
        """Return how many entries there are."""
        ...

    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        """Delete at most `limit` entries older than a moment; return how many there were.

        The quota is one for all processes, and outlives them.
        """
        ...


async def export(log: LogReader, wanted: LogFilter) -> AsyncIterator[bytes]:
    """Yield the wanted entries as NDJSON, newest first, whole lines at a time.

    Entries that arrive meanwhile are not in it, and memory does not grow with the log.
    """
    after: Place | None = None
    while True:
        page = await log.list_entries(wanted, Window(limit=_EXPORTED_AT_ONCE, after=after))
        lines = (orjson.dumps(wire_entry(entry), option=_LINE) for entry in page.items)
        yield b"".join(lines)
        after = page.next
        if after is None:
            return
