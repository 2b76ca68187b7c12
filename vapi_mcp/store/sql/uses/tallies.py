"""The counters of assistants, phone numbers and customers, as rows of the daily uses.

Those of a day stand under the owner of the day. Those of an hour stand under an owner for every
five minutes, so that the hour around a call is found by the primary key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, and_, delete, func, select

from vapi_mcp.invocation.writes.records import (
    DAILY_TALLIES,
    CountedUse,
    DailyUse,
    ExceededLimit,
    Tally,
    full_tally,
)
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.tables import daily_uses

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

_T = TypeVar("_T")

# Rows of one statement: neither database takes a parameter for each of ten thousand.
CHUNK = 500

# The name of the row of each counter; that of a customer's number is a hash.
Names: TypeAlias = Mapping[Tally, str]


async def broken_tally(
    connection: AsyncConnection, use: DailyUse, names: Names
) -> ExceededLimit | None:
    """Return the counter that a use would bring over its limit; nothing is written."""
    daily = await _counted(connection, _of_day(use), [names[each] for each in use.daily])
    hourly = await _counted(connection, _of_hour(use), [names[each] for each in use.hourly])
    before = {each: daily.get(names[each], 0) for each in use.daily}
    before |= {each: hourly.get(names[each], 0) for each in use.hourly}
    return full_tally(use, before)


async def add_tallies(connection: AsyncConnection, use: DailyUse, names: Names, sign: int) -> None:
    """Add what a use takes to its counters, or with -1 take it out again."""
    for chunk in chunks([*use.tallies]):
        rows = [_row(use, each, names[each], sign) for each in chunk]
        await connection.execute(upsert(connection), rows)
    if sign < 0 and use.hourly:
        step = daily_uses.c.owner == use.step
        await connection.execute(delete(daily_uses).where(step, daily_uses.c.used <= 0))


async def read_tallies(
    connection: AsyncConnection, owner: str, day: date, limit: int
) -> list[CountedUse]:
    """Return the counters of a day, of each rule the most used first."""
    found: list[CountedUse] = []
    for rule in DAILY_TALLIES:
        query = (
            select(daily_uses.c.name, daily_uses.c.used)
            .where(daily_uses.c.owner == owner, daily_uses.c.day == day, daily_uses.c.used > 0)
            .where(daily_uses.c.name.startswith(f"{rule}:", autoescape=True))
            .order_by(daily_uses.c.used.desc(), daily_uses.c.name)
            .limit(limit)
        )
        rows = await connection.execute(query)
        found += [CountedUse(rule, row.used, row.name.removeprefix(f"{rule}:")) for row in rows]
    return found


async def _counted(
    connection: AsyncConnection, where: ColumnElement[bool], names: Sequence[str]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for chunk in chunks(names):
        query = (
            select(daily_uses.c.name, func.sum(daily_uses.c.used).label("used"))
            .where(where, daily_uses.c.name.in_(chunk))
            .group_by(daily_uses.c.name)
        )
        counts |= {row.name: int(row.used) for row in await connection.execute(query)}
    return counts


def _of_day(use: DailyUse) -> ColumnElement[bool]:
    return and_(daily_uses.c.owner == use.owner, daily_uses.c.day == use.day)


def _of_hour(use: DailyUse) -> ColumnElement[bool]:
    days = [use.day + timedelta(days=n) for n in (-1, 0, 1)]
    steps = use.steps if use.hourly else []
    return and_(daily_uses.c.owner.in_(steps), daily_uses.c.day.in_(days))


def _row(use: DailyUse, tally: Tally, name: str, sign: int) -> dict[str, object]:
    owner = use.step if tally.is_hourly else use.owner
    return {"owner": owner, "day": use.day, "name": name, "used": sign * tally.calls}


def upsert(connection: AsyncConnection) -> PostgresqlInsert | SqliteInsert:
    """Return the statement that adds rows to what is counted already."""
    insert = insert_into(daily_uses, connection.dialect.name)
    return insert.on_conflict_do_update(
        index_elements=["owner", "day", "name"],
        set_={"used": daily_uses.c.used + insert.excluded.used},
    )


def chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield a sequence by parts of one statement each."""
    return (items[at : at + CHUNK] for at in range(0, len(items), CHUNK))
