"""The changes of objects in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from vapi_mcp.accounts.pagination import Page, Window, page_among
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange

_MOST_CHANGES = 1000


class MemoryChanges:
    """Changes for one process and its lifetime; it keeps the latest 1,000."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: dict[str, ObjectChange] = {}

    async def add_change(self, change: ObjectChange) -> None:
        """Keep a change."""
        self._changes[change.id] = change
        for key in list(self._changes)[:-_MOST_CHANGES]:
            del self._changes[key]

    async def find_change(self, change_id: str) -> ObjectChange | None:
        """Return a change with its objects."""
        return self._changes.get(change_id)

    async def list_changes(self, wanted: ChangeFilter, window: Window) -> Page[ObjectChange]:
        """Return a page of changes."""
        found = filter(wanted.wants, self._changes.values())
        return page_among(
            (replace(each, place={}, before=None, after=None) for each in found), window
        )

    async def note_restored(self, change_id: str, restored_by: str) -> None:
        """Note which change took a change back."""
        if change_id in self._changes:
            change = self._changes[change_id]
            self._changes[change_id] = replace(change, restored_by=restored_by)

    async def delete_old_changes(self, now: datetime, limit: int) -> int:
        """Delete changes whose time is over."""
        past = [key for key, kept in self._changes.items() if kept.expires_at <= now][:limit]
        for key in past:
            del self._changes[key]
        return len(past)

    def forget_changes_of(self, account_id: str) -> None:
        """Delete the changes of an account that is deleted."""
        for change in [c for c in self._changes.values() if c.account_id == account_id]:
            del self._changes[change.id]
