"""The changes of objects in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.invocation.writes.undo.contents import packed, unpacked
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.pagination import read_page
from vapi_mcp.store.sql.tables import object_changes

# What the objects are sealed for, besides their change's id.
STATES_FIELD = "states"
_SEALED = frozenset({"place", "before", "after"})
_PLAIN = tuple(each.name for each in fields(ObjectChange) if each.name not in _SEALED)
_HEADS = select(*(object_changes.c[name] for name in _PLAIN))


class SqlObjectChanges(Part):
    """The changes of a database, their objects encrypted."""

    @unbroken
    async def add_change(self, change: ObjectChange) -> None:
        """Keep a change."""
        values = {name: getattr(change, name) for name in _PLAIN}
        values["sealed_states"] = self.database.ring.seal(packed(change), change.id, STATES_FIELD)
        async with self.database.writing() as connection:
            await connection.execute(insert(object_changes).values(values))

    @unbroken
    async def find_change(self, change_id: str) -> ObjectChange | None:
        """Return a change with its objects."""
        query = select(object_changes).where(object_changes.c.id == change_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        sealed = row["sealed_states"]
        text = sealed and self.database.ring.open(sealed, change_id, STATES_FIELD)
        return unpacked(_change_from(row), text)

    @unbroken
    async def list_changes(self, wanted: ChangeFilter, window: Window) -> Page[ObjectChange]:
        """Return a page of changes; nothing is opened for it."""
        query = _HEADS
        for name, value in wanted.asked.items():
            query = query.where(object_changes.c[name] == value)
        async with self.database.reading() as connection:
            return await read_page(connection, query, object_changes, window, _change_from)

    @unbroken
    async def note_restored(self, change_id: str, restored_by: str) -> None:
        """Note which change took a change back."""
        this = update(object_changes).where(object_changes.c.id == change_id)
        async with self.database.writing() as connection:
            await connection.execute(this.values(restored_by=restored_by))

    @unbroken
    async def delete_old_changes(self, now: datetime, limit: int) -> int:
        """Delete changes whose time is over; skip those that another process deletes."""
        key, past = object_changes.c.id, object_changes.c.expires_at <= now
        some = select(key).where(past).limit(limit).with_for_update(skip_locked=True)
        async with self.database.writing() as connection:
            statement = delete(object_changes).where(key.in_(some))
            return (await connection.execute(statement)).rowcount


def _change_from(row: Mapping[Any, Any]) -> ObjectChange:
    return ObjectChange(**{name: row[name] for name in _PLAIN})
