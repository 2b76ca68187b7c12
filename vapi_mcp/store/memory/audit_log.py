"""The audit log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from vapi_mcp.accounts.pagination import Page, Window, page_among
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.retention import DeletionDay, Quota
from vapi_mcp.audit.summary import EntryFigures, PlacedCalls

_MOST_ENTRIES = 10_000


class MemoryLog:
    """An audit log for one process and its lifetime; it keeps the latest 10,000 entries."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, LogEntry] = {}
        self._day = DeletionDay(datetime.fromtimestamp(0, UTC), 0)

    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries, but for those that are there already."""
        for entry in entries:
            self._entries.setdefault(entry.id, entry)
        self._drop(list(self._entries)[:-_MOST_ENTRIES])

    async def find_entry(self, entry_id: str) -> LogEntry | None:
        """Return an entry, if it is there."""
        return self._entries.get(entry_id)

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries."""
        return page_among(filter(wanted.wants, self._entries.values()), window)

    async def read_figures(self, wanted: LogFilter, limit: int) -> Sequence[EntryFigures]:
        """Return the figures of the newest wanted entries."""
        found = (await self.list_entries(wanted, Window(limit))).items
        names = EntryFigures._fields
        return [EntryFigures(*(getattr(each, name) for name in names)) for each in found]

    async def read_placed(self, wanted: LogFilter, limit: int) -> Sequence[PlacedCalls]:
        """Return what the newest wanted entries tell of calls."""
        found = (await self.list_entries(wanted, Window(limit))).items
        return [
            PlacedCalls(each.server_id, each.upstream_id, each.upstream_ids, each.cost)
            for each in found
        ]

    async def count_entries(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        """Delete at most `limit` entries older than a moment; return how many there were."""
        day = self._day.at(quota, len(self._entries))
        past = [key for key, entry in self._entries.items() if entry.created_at < before]
        gone = past[: min(limit, day.left)]
        self._drop(gone)
        self._day = replace(day, left=day.left - len(gone))
        return len(gone)

    def _drop(self, keys: Sequence[str]) -> None:
        for key in keys:
            del self._entries[key]
