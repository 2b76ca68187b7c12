"""The records of writes in SQL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from vapi_mcp.invocation.writes.records import DailyUse, ExceededLimit, Intent, Permit
from vapi_mcp.store.sql.daily_uses import CHUNK, add_use, broken_limit, remove_use
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.tables import daily_uses, intents, permits

# What an answer is sealed for, besides its intent's id.
ANSWER_FIELD = "answer"
_DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}


class SqlWriteRecords(Part):
    """The ledger of a database."""

    @unbroken
    async def begin(self, intent: Intent) -> Intent:
        """Keep an intent unless a live one has its id; committed once this returns."""
        values = asdict(intent)
        del values["answer"]
        mine = intents.c.id == intent.id
        past = delete(intents).where(mine, intents.c.expires_at <= intent.created_at)
        async with self.database.writing() as connection:
            await connection.execute(past)
            insert = _DIALECTS[connection.dialect.name].insert(intents).values(values)
            await connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
            row = (await connection.execute(select(intents).where(mine))).mappings().one()
        return self._intent(row)

    @unbroken
    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(intents).where(intents.c.id == intent_id))
            row = found.mappings().one_or_none()
        return self._intent(row) if row else None

    @unbroken
    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent, sealed."""
        sealed = self.database.ring.seal(answer, intent.id, ANSWER_FIELD)
        values = {"outcome": "answered", "sealed_answer": sealed}
        async with self.database.writing() as connection:
            await connection.execute(update(intents).where(_held(intent)).values(values))

    @unbroken
    async def lose(self, intent: Intent) -> None:
        """Note that nobody will learn what became of an intent without an answer."""
        pending = and_(_held(intent), intents.c.outcome == "pending")
        async with self.database.writing() as connection:
            await connection.execute(update(intents).where(pending).values(outcome="unknown"))

    @unbroken
    async def withdraw(self, intent: Intent) -> None:
        """Forget an intent of which nothing was done."""
        async with self.database.writing() as connection:
            await connection.execute(delete(intents).where(_held(intent)))

    @unbroken
    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        async with self.database.writing() as connection:
            await connection.execute(permits.insert().values(asdict(permit)))

    @unbroken
    async def take_permit(self, permit: Permit, now: datetime) -> bool:
        """Use up the live permit that equals this one but for its end, in one statement."""
        bound = {name: value for name, value in asdict(permit).items() if name != "expires_at"}
        same = [permits.c[name] == value for name, value in bound.items()]
        statement = delete(permits).where(*same, permits.c.expires_at > now)
        async with self.database.writing() as connection:
            return (await connection.execute(statement)).rowcount == 1

    @unbroken
    async def take(self, use: DailyUse, *, keep: bool = True) -> ExceededLimit | None:
        """Count a use, or return the limit it would break; whoever keeps one waits for others."""
        names = await self._names(use)
        if not keep:
            async with self.database.reading() as connection:
                return await broken_limit(connection, use, names)
        async with self.database.writing() as connection, connection.begin_nested() as attempt:
            full = await add_use(connection, use, names)
            if full:
                await attempt.rollback()
        return full

    @unbroken
    async def give_back(self, use: DailyUse) -> None:
        """Take a use out of the count again."""
        names = await self._names(use)
        async with self.database.writing() as connection:
            await remove_use(connection, use, names)

    @unbroken
    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete what is over; what another process deletes is its."""
        yesterday = now.date() - timedelta(days=1)
        async with self.database.writing() as connection:
            return max(
                await _delete_some(connection, intents, intents.c.expires_at <= now, limit),
                await _delete_some(connection, permits, permits.c.expires_at <= now, limit),
                await _delete_some(connection, daily_uses, daily_uses.c.day < yesterday, limit),
            )

    async def _names(self, use: DailyUse) -> list[str]:
        """Return what stands for the numbers: the database does not hold whom was called."""
        if not use.counts_customers:
            return []
        key = self.database.ring.signing_keys("customers")[0]
        if len(use.numbers) <= CHUNK:
            return _digests(key, use.numbers)
        return await asyncio.to_thread(_digests, key, use.numbers)

    def _intent(self, row: Mapping[Any, Any]) -> Intent:
        values = dict(row)
        sealed = values.pop("sealed_answer")
        answer = sealed and self.database.ring.open(sealed, values["id"], ANSWER_FIELD)
        return Intent(**values, answer=answer)


def _held(intent: Intent) -> ColumnElement[bool]:
    return and_(intents.c.id == intent.id, intents.c.holder == intent.holder)


def _digests(key: bytes, numbers: Iterable[str]) -> list[str]:
    return sorted(hmac.digest(key, each.encode(), hashlib.sha256).hex() for each in numbers)


async def _delete_some(
    connection: AsyncConnection, table: Table, past: ColumnElement[bool], limit: int
) -> int:
    key = list(table.primary_key)[-1]
    some = select(key).where(past).limit(limit).with_for_update(skip_locked=True)
    return (await connection.execute(delete(table).where(past, key.in_(some)))).rowcount
