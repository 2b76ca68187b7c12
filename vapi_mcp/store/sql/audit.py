"""The audit log in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Delete, Dialect, Select, delete, func, or_, select, update

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.audit.entry import FIELDS, LogEntry, LogFilter
from vapi_mcp.audit.fields import LogField, Parameter
from vapi_mcp.audit.retention import DeletionDay, Quota
from vapi_mcp.audit.summary import EntryFigures, PlacedCalls
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.pagination import read_page
from vapi_mcp.store.sql.tables import audit_log, log_deletions

_NAMES = tuple(each.name for each in FIELDS)
_OF_JSON = frozenset(each.name for each in FIELDS if each.is_json)

_read = attrgetter(*_NAMES)
_AS_THEY_ARE = frozenset({NoneType, int, float})


class SqlAuditLog(Part):
    """The audit log of a database."""

    @unbroken
    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries in one transaction, but for those that are there already."""
        async with self.database.writing() as connection:
            await insert_entries(connection, entries)

    @unbroken
    async def find_entry(self, entry_id: str) -> LogEntry | None:
        """Return an entry, if it is there."""
        query = select(audit_log).where(audit_log.c.id == _storable(entry_id))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return _entry_from(row) if row else None

    @unbroken
    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries."""
        async with self.database.reading() as connection:
            return await read_page(
                connection, entries_query(wanted), audit_log, window, _entry_from
            )

    @unbroken
    async def read_figures(self, wanted: LogFilter, limit: int) -> Sequence[EntryFigures]:
        """Return the figures of the newest wanted entries."""
        columns = [audit_log.c[name] for name in EntryFigures._fields]
        newest = entries_query(wanted).order_by(audit_log.c.created_at.desc()).limit(limit)
        query = newest.with_only_columns(*columns)
        async with self.database.reading() as connection:
            return [EntryFigures(*row) for row in await connection.execute(query)]

    @unbroken
    async def read_placed(self, wanted: LogFilter, limit: int) -> Sequence[PlacedCalls]:
        """Return what the newest wanted entries tell of calls."""
        columns = [audit_log.c[name] for name in PlacedCalls._fields]
        newest = entries_query(wanted).order_by(audit_log.c.created_at.desc()).limit(limit)
        async with self.database.reading() as connection:
            rows = await connection.execute(newest.with_only_columns(*columns))
            return [_placed(*row) for row in rows]

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
        insertion = _insertion(connection.dialect)
        rows = [insertion.row(entry) for entry in entries]
        # Past SQLAlchemy's own reading of parameters, which costs as much as all the rest.
        await connection.exec_driver_sql(insertion.sql, rows)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """The statement that inserts an entry. written: writes a moment as the driver takes it."""

    sql: str
    written: Callable[[datetime], Any]

    def row(self, entry: LogEntry) -> tuple[Any, ...]:
        """Return the values of an entry, in the order of its fields and of the table's columns."""
        return tuple(
            value
            if (kind := type(value)) in _AS_THEY_ARE
            else self.written(value)
            if kind is datetime
            else _stored(name, value)
            for name, value in zip(_NAMES, _read(entry), strict=True)
        )


@lru_cache(maxsize=1)  # a process has one database
def _insertion(dialect: Dialect) -> _Insertion:
    insert = insert_into(audit_log, dialect.name)
    statement = insert.on_conflict_do_nothing(index_elements=["id"])
    compiled = statement.compile(dialect=dialect, column_keys=_NAMES)
    processor = audit_log.c.created_at.type.dialect_impl(dialect).bind_processor(dialect)
    return _Insertion(str(compiled), processor or (lambda moment: moment))


def entries_query(wanted: LogFilter) -> Select[Any]:
    """Return the query for the wanted rows, in no order."""
    query = select(audit_log)
    for parameter, value in wanted.conditions:
        query = query.where(_condition(parameter, _storable(value)))
    return query


def _condition(parameter: Parameter, value: Any) -> ColumnElement[bool]:
    column = audit_log.c[parameter.field.name]
    match parameter.filter.test:
        case "equal":
            return column == value
        case "any_id":
            ids = audit_log.c[parameter.filter.among or ""]
            listed = ids.contains(orjson.dumps(value).decode(), autoescape=True)
            return or_(column == value, listed)
        case "within":
            return column.between(*value)
        case "from":
            return column >= value
        case "before":
            return column < value


def _stored(name: str, value: Any) -> Any:
    if value is None or name not in _OF_JSON:
        return _storable(value)
    storable = [_storable(each) for each in value] if isinstance(value, tuple) else value
    return orjson.dumps(storable).decode()


def _storable(value: Any) -> Any:
    """Return a value that every database takes: clients may send half characters and zeros."""
    if isinstance(value, str) and not (value.isascii() and "\0" not in value):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    return value


def _entry_from(row: Mapping[Any, Any]) -> LogEntry:
    return LogEntry(**{each.name: _loaded(each, row[each.name]) for each in FIELDS})


def _placed(
    server_id: str | None, first: str | None, ids: str | None, cost: float | None
) -> PlacedCalls:
    return PlacedCalls(server_id, first, tuple(orjson.loads(ids)) if ids else None, cost)


def _loaded(field: LogField, value: Any) -> Any:
    if value is None or not field.is_json:
        return value
    loaded = orjson.loads(value)
    return tuple(loaded) if isinstance(loaded, list) else loaded
