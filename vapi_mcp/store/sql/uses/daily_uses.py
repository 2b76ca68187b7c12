"""The uses of a day as rows: two counts, and one row a person where people are limited.

A campaign reaches ten thousand people, so their rows are counted and written by the chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, delete, func, select

from vapi_mcp.invocation.writes.records import (
    CountedUse,
    DailyRule,
    DailyUse,
    ExceededLimit,
    full_by,
)
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.tables import daily_uses
from vapi_mcp.store.sql.uses.tallies import Names, add_tallies, broken_tally, chunks, upsert

_CALLS, _CUSTOMERS = "calls", "customers"


async def broken_limit(
    connection: AsyncConnection, use: DailyUse, names: Sequence[str], tallies: Names
) -> ExceededLimit | None:
    """Return the limit that a use would break, as the day stands; nothing is written."""
    counts = daily_uses.c.name.in_((_CALLS, _CUSTOMERS))
    query = select(daily_uses.c.name, daily_uses.c.used).where(_of(use), counts)
    used = {row.name: row.used for row in await connection.execute(query)}
    new = len(names) - await _counted(connection, use, names, daily_uses.c.used > 0)
    full = _full(use, used.get(_CALLS, 0), used.get(_CUSTOMERS, 0), new)
    return full or await broken_tally(connection, use, tallies)


async def add_use(
    connection: AsyncConnection, use: DailyUse, names: Sequence[str], tallies: Names
) -> ExceededLimit | None:
    """Add a use to its day; where a limit is returned, the caller has to roll that back."""
    # Always the first row: the transaction that holds it excludes the others of the day.
    calls = await _add(connection, use, _CALLS, use.calls) - use.calls
    new = len(names) - await _counted(connection, use, names, daily_uses.c.used > 0)
    customers = 0
    if use.counts_customers:
        customers = await _add(connection, use, _CUSTOMERS, new) - new
    full = _full(use, calls, customers, new) or await broken_tally(connection, use, tallies)
    if full is None:
        await _add_each(connection, use, names, 1)
        await add_tallies(connection, use, tallies, 1)
    return full


async def remove_use(
    connection: AsyncConnection, use: DailyUse, names: Sequence[str], tallies: Names
) -> None:
    """Take a use out of its day again, and what is at zero then."""
    await _add(connection, use, _CALLS, -use.calls)
    await _add_each(connection, use, names, -1)
    if use.counts_customers:
        left = await _counted(connection, use, names, daily_uses.c.used == 0)
        await _add(connection, use, _CUSTOMERS, -left)
    await add_tallies(connection, use, tallies, -1)
    await connection.execute(delete(daily_uses).where(_of(use), daily_uses.c.used <= 0))


async def read_totals(connection: AsyncConnection, owner: str, day: date) -> list[CountedUse]:
    """Return the two counts of a day, where they are above zero."""
    rules: dict[str, DailyRule] = {_CALLS: "calls_per_day", _CUSTOMERS: "customers_per_day"}
    query = (
        select(daily_uses.c.name, daily_uses.c.used)
        .where(daily_uses.c.owner == owner, daily_uses.c.day == day)
        .where(daily_uses.c.name.in_(rules), daily_uses.c.used > 0)
        .order_by(daily_uses.c.name)
    )
    return [CountedUse(rules[row.name], row.used) for row in await connection.execute(query)]


def _full(use: DailyUse, calls: int, customers: int, new: int) -> ExceededLimit | None:
    return full_by(
        use,
        {"calls_per_day": calls, "customers_per_day": customers},
        {"calls_per_day": use.calls, "customers_per_day": new},
    )


def _of(use: DailyUse) -> ColumnElement[bool]:
    return and_(daily_uses.c.owner == use.owner, daily_uses.c.day == use.day)


async def _counted(
    connection: AsyncConnection, use: DailyUse, names: Sequence[str], which: ColumnElement[bool]
) -> int:
    """Return how many of the names have such a row."""
    count = 0
    for chunk in chunks(names):
        found = select(func.count()).where(_of(use), which, daily_uses.c.name.in_(chunk))
        count += (await connection.execute(found)).scalar_one()
    return count


async def _add(connection: AsyncConnection, use: DailyUse, name: str, amount: int) -> int:
    """Add to one count of a day; return what it is then."""
    statement = upsert(connection).values(_row(use, name, amount)).returning(daily_uses.c.used)
    return (await connection.execute(statement)).scalar_one()


async def _add_each(
    connection: AsyncConnection, use: DailyUse, names: Sequence[str], amount: int
) -> None:
    for chunk in chunks(names):
        rows = [_row(use, name, amount) for name in chunk]
        await connection.execute(upsert(connection), rows)


def _row(use: DailyUse, name: str, amount: int) -> dict[str, object]:
    return {"owner": use.owner, "day": use.day, "name": name, "used": amount}
