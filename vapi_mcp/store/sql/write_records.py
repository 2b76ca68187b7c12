"""The records of writes in SQL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, select, update

from vapi_mcp.invocation.writes.records import (
    Claim,
    CountedUse,
    DailyUse,
    ExceededLimit,
    Intent,
    MissingPermit,
    Obstacle,
    Permit,
    Tally,
)
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.tables import daily_uses, intents, permits
from vapi_mcp.store.sql.uses.daily_uses import add_use, broken_limit, read_totals, remove_use
from vapi_mcp.store.sql.uses.tallies import CHUNK, read_tallies

# What an answer is sealed for, besides its intent's id.
ANSWER_FIELD = "answer"


class _Names(NamedTuple):
    """The names of the rows of customers, and of counters."""

    customers: Sequence[str]
    tallies: Mapping[Tally, str]


class SqlWriteRecords(Part):
    """The records of writes in a database."""

    @unbroken
    async def claim(self, claim: Claim) -> Obstacle | None:
        """Keep a claim in one transaction; committed once this returns."""
        names = await self._names(claim.use)
        async with self.database.writing() as connection, connection.begin_nested() as attempt:
            obstacle = await self._claimed(connection, claim, names)
            if obstacle is not None:
                await attempt.rollback()
        return obstacle

    @unbroken
    async def release(self, claim: Claim) -> None:
        """Free the key of a claim and give its use back."""
        names = await self._names(claim.use)
        async with self.database.writing() as connection:
            if claim.intent is not None:
                await connection.execute(delete(intents).where(_held(claim.intent)))
            if claim.use is not None:
                await remove_use(connection, claim.use, *names)

    @unbroken
    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(intents).where(intents.c.id == intent_id))
            row = found.mappings().one_or_none()
        return self._intent(row) if row else None

    @unbroken
    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent, encrypted."""
        sealed = self.database.ring.seal(answer, intent.id, ANSWER_FIELD)
        values = {"outcome": "answered", "sealed_answer": sealed}
        async with self.database.writing() as connection:
            await connection.execute(update(intents).where(_held(intent)).values(values))

    @unbroken
    async def lose(self, intent: Intent) -> None:
        """Note that the outcome of an intent without an answer is unknown."""
        pending = and_(_held(intent), intents.c.outcome == "pending")
        async with self.database.writing() as connection:
            await connection.execute(update(intents).where(pending).values(outcome="unknown"))

    @unbroken
    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        async with self.database.writing() as connection:
            await connection.execute(permits.insert().values(asdict(permit)))

    @unbroken
    async def find_exceeded(self, use: DailyUse) -> ExceededLimit | None:
        """Return the limit that a use would break; nothing is counted."""
        names = await self._names(use)
        async with self.database.reading() as connection:
            return await broken_limit(connection, use, *names)

    @unbroken
    async def read_uses(self, owner: str, day: date, limit: int) -> Sequence[CountedUse]:
        """Return what is used of a day, the most used first."""
        async with self.database.reading() as connection:
            totals = await read_totals(connection, owner, day)
            return [*totals, *await read_tallies(connection, owner, day, limit)]

    @unbroken
    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete expired records; skip those that another process deletes."""
        yesterday = now.date() - timedelta(days=1)
        async with self.database.writing() as connection:
            return max(
                await _delete_some(connection, intents, intents.c.expires_at <= now, limit),
                await _delete_some(connection, permits, permits.c.expires_at <= now, limit),
                await _delete_some(connection, daily_uses, daily_uses.c.day < yesterday, limit),
            )

    async def _claimed(
        self, connection: AsyncConnection, claim: Claim, names: _Names
    ) -> Obstacle | None:
        # Always in this order, so that no two claims wait for each other.
        if claim.intent is not None:
            kept = self._intent(await _begin(connection, claim.intent))
            if kept.holder != claim.intent.holder:
                return kept
        if claim.permit is not None and not await _use_up(connection, claim.permit, claim.now):
            return MissingPermit(claim.permit.way)
        return await add_use(connection, claim.use, *names) if claim.use else None

    async def _names(self, use: DailyUse | None) -> _Names:
        """Return what stands for people and counters: the database holds no numbers."""
        if use is None:
            return _Names([], {})
        key = self.database.ring.signing_keys("customers")[0]
        if max(len(use.numbers), len(use.tallies)) <= CHUNK:
            return _names(key, use)
        return await asyncio.to_thread(_names, key, use)

    def _intent(self, row: Mapping[Any, Any]) -> Intent:
        values = dict(row)
        sealed = values.pop("sealed_answer")
        answer = sealed and self.database.ring.open(sealed, values["id"], ANSWER_FIELD)
        return Intent(**values, answer=answer)


async def _begin(connection: AsyncConnection, intent: Intent) -> Mapping[Any, Any]:
    """Keep an intent unless a live one has its id, and return the row that is kept."""
    values = asdict(intent)
    del values["answer"]
    mine = intents.c.id == intent.id
    past = delete(intents).where(mine, intents.c.expires_at <= intent.created_at)
    await connection.execute(past)
    insert = insert_into(intents, connection.dialect.name).values(values)
    await connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
    return (await connection.execute(select(intents).where(mine))).mappings().one()


async def _use_up(connection: AsyncConnection, permit: Permit, now: datetime) -> bool:
    """Use up the live permit that equals this one but for its end, in one statement."""
    bound = {name: value for name, value in asdict(permit).items() if name != "expires_at"}
    same = [permits.c[name] == value for name, value in bound.items()]
    statement = delete(permits).where(*same, permits.c.expires_at > now)
    return (await connection.execute(statement)).rowcount == 1


def _held(intent: Intent) -> ColumnElement[bool]:
    return and_(intents.c.id == intent.id, intents.c.holder == intent.holder)


def _names(key: bytes, use: DailyUse) -> _Names:
    numbers = use.numbers if use.counts_customers else ()
    tallies = {each: f"{each.rule}:{each.of}" for each in use.daily}
    tallies |= {each: _digest(key, each.of) for each in use.hourly}
    return _Names(sorted(_digest(key, each) for each in numbers), tallies)


def _digest(key: bytes, number: str) -> str:
    return hmac.digest(key, number.encode(), hashlib.sha256).hex()


async def _delete_some(
    connection: AsyncConnection, table: Table, past: ColumnElement[bool], limit: int
) -> int:
    key = list(table.primary_key)[-1]
    some = select(key).where(past).limit(limit).with_for_update(skip_locked=True)
    return (await connection.execute(delete(table).where(past, key.in_(some)))).rowcount
