"""The audit log in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Delete, Select, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.retention import DeletionDay, Quota
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.pagination import read_page
from vapi_mcp.store.sql.tables import audit_log, log_deletions

# Both databases know the clause, each in a dialect of its own.
_INSERTS = {
    name: dialect.insert(audit_log).on_conflict_do_nothing(index_elements=["id"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class SqlAuditLog(Part):
    """The audit log of a database."""

    @unbroken
    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries in one transaction, but for those that are there already."""
        async with self.database.writing() as connection:
            await insert_entries(connection, entries)

    @unbroken
    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries."""
        async with self.database.reading() as connection:
            return await read_page(
                connection, entries_query(wanted), audit_log, window, _entry_from
            )

    @unbroken
    async def count_entries(self) -> int:
        """Return how many entries there are."""
        async with self.database.reading() as connection:
            return await _count(connection)

    @unbroken
    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        """Delete the oldest entries before a moment; processes that delete wait for each other."""
        async with self.database.reading() as connection:
            is_over = (await _day(connection, select(log_deletions))).is_over(quota.now)
            # Counted here and not below, where others would wait: it may take a while.
            entries = await _count(connection) if is_over else 0
        async with self.database.writing() as connection:
            kept = await _day(connection, select(log_deletions).with_for_update())
            day = kept.at(quota, entries)
            statement = _deletion(before, min(limit, day.left))
            deleted = (await connection.execute(statement)).rowcount if day.left > 0 else 0
            values = {"began": day.began, "remaining": day.left - deleted}
            await connection.execute(update(log_deletions).values(values))
        return deleted


async def _count(connection: AsyncConnection) -> int:
    counted = await connection.execute(select(func.count()).select_from(audit_log))
    return counted.scalar_one()


async def _day(connection: AsyncConnection, query: Select[Any]) -> DeletionDay:
    row = (await connection.execute(query)).mappings().one()
    return DeletionDay(row["began"], row["remaining"])


def _deletion(before: datetime, limit: int) -> Delete:
    past = (
        select(audit_log.c.id)
        .where(audit_log.c.created_at < before)
        .order_by(audit_log.c.created_at, audit_log.c.id)
        .limit(limit)
    )
    return delete(audit_log).where(audit_log.c.id.in_(past))


async def insert_entries(connection: AsyncConnection, entries: Sequence[LogEntry]) -> None:
    """Add entries within a transaction, but for those that are there already."""
    if entries:
        statement = _INSERTS[connection.dialect.name]
        await connection.execute(statement, [_values(entry) for entry in entries])


def entries_query(wanted: LogFilter) -> Select[Any]:
    """Return the query for the wanted rows, in no order."""
    query = select(audit_log)
    for name, value in wanted.values.items():
        query = query.where(audit_log.c[name] == _storable(value))
    if wanted.upstream_id is not None:
        named = _storable(wanted.upstream_id)
        listed = audit_log.c.upstream_ids.contains(orjson.dumps(named).decode(), autoescape=True)
        query = query.where(or_(audit_log.c.upstream_id == named, listed))
    if wanted.statuses is not None:
        query = query.where(audit_log.c.status.between(*wanted.statuses))
    if wanted.since is not None:
        query = query.where(audit_log.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit_log.c.created_at < wanted.until)
    return query


def _values(entry: LogEntry) -> dict[str, Any]:
    given = {column.name: getattr(entry, column.name) for column in audit_log.c}
    values = {k: _storable(v) if isinstance(v, str) else v for k, v in given.items()}
    if entry.arguments is not None:
        values["arguments"] = orjson.dumps(entry.arguments).decode()
    if entry.upstream_ids is not None:
        values["upstream_ids"] = orjson.dumps([_storable(i) for i in entry.upstream_ids]).decode()
    return values


def _storable(text: str) -> str:
    """Return a text that every database takes: clients may send half characters and zeros."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _entry_from(row: Mapping[Any, Any]) -> LogEntry:
    arguments, ids = row["arguments"], row["upstream_ids"]
    read: dict[str, Any] = {
        "arguments": arguments and orjson.loads(arguments),
        "upstream_ids": None if ids is None else tuple(orjson.loads(ids)),
    }
    return LogEntry(**{**row, **read})
