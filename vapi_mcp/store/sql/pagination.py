"""Pages of rows, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, or_, tuple_, update

from vapi_mcp.accounts.pagination import Page, Place, Record, Window, page_of
from vapi_mcp.store.async_sql import AsyncConnection


async def read_page(
    connection: AsyncConnection,
    query: Select[Any],
    table: Table,
    window: Window,
    read: Callable[[Mapping[Any, Any]], Record],
) -> Page[Record]:
    """Return the window's page of a query; the cost does not grow with earlier rows."""
    rows = (await connection.execute(windowed(query, table, window))).mappings()
    return page_of([read(row) for row in rows], window)


def windowed(query: Select[Any], table: Table, window: Window) -> Select[Any]:
    """Return a query for the window's rows and one more, read outwards from its place."""
    here = tuple_(table.c.created_at, table.c.id)
    order = [table.c.created_at.desc(), table.c.id.desc()]
    if window.before is not None:
        query = query.where(here > _literal(table, window.before))
        order = [table.c.created_at.asc(), table.c.id.asc()]
    elif window.after is not None:
        query = query.where(here < _literal(table, window.after))
    return query.order_by(*order).limit(window.limit + 1)


def _literal(table: Table, place: Place) -> Any:
    return tuple_(
        bindparam(None, place.created_at, table.c.created_at.type, unique=True),
        bindparam(None, place.id, table.c.id.type, unique=True),
    )


async def touch(connection: AsyncConnection, table: Table, used: Mapping[str, datetime]) -> None:
    """Note when rows were last used, by id; a moment never goes back."""
    last = table.c.last_used_at
    moment = bindparam("moment", type_=last.type)
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"), or_(last.is_(None), last < moment))
        .values(last_used_at=moment)
    )
    # In one order everywhere, so that two processes never wait for each other's rows.
    await connection.execute(
        statement, [{"row_id": key, "moment": used[key]} for key in sorted(used)]
    )
