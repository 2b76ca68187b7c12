"""Deliveries of events in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from vapi_mcp.events.records import MARKS_KEPT, Delivery, Subscription
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.events.subscriptions import SqlSubscriptions, subscription_from
from vapi_mcp.store.sql.events.tables import event_deliveries, event_subscriptions
from vapi_mcp.store.sql.inserts import insert_into

_ITS = event_deliveries.c
_FIELDS = tuple(each.name for each in fields(Delivery))


class SqlDeliveries(Part):
    """The deliveries of a database."""

    @unbroken
    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """Keep deliveries that are new, of subscriptions that are there."""
        if not deliveries:
            return 0
        statement = insert_into(event_deliveries, self.database.engine.dialect.name)
        wanted = {each.subscription_id for each in deliveries}
        there = select(event_subscriptions.c.id).where(event_subscriptions.c.id.in_(wanted))
        count = 0
        async with self.database.writing() as connection:
            known = set((await connection.execute(there.with_for_update(read=True))).scalars())
            for each in deliveries:
                if each.subscription_id in known:
                    values = statement.values(asdict(each)).on_conflict_do_nothing()
                    count += (await connection.execute(values)).rowcount
        return count

    @unbroken
    async def claim_deliveries(
        self, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Subscription]]:
        """Return deliveries that are due; skip those that another process claims."""
        due = (
            select(event_deliveries)
            .where(_ITS.outcome == "waiting", _ITS.next_at <= now)
            .order_by(_ITS.next_at)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            # Mostly none is; a transaction that writes would wait for others.
            if (await connection.execute(due)).first() is None:
                return []
        async with self.database.writing() as connection:
            locked = due.with_for_update(skip_locked=True)
            found = [_from(row) for row in (await connection.execute(locked)).mappings()]
            if not found:
                return []
            these = or_(*(_is(each) for each in found))
            await connection.execute(update(event_deliveries).where(these).values(next_at=until))
            wanted = {each.subscription_id for each in found}
            query = select(event_subscriptions).where(event_subscriptions.c.id.in_(wanted))
            rows = (await connection.execute(query)).mappings().all()
        opened = (subscription_from(row, self.database.ring) for row in rows)
        whose = {each.id: each for each in opened if each is not None}
        claimed = ((replace(each, next_at=until), each.subscription_id) for each in found)
        return [(each, whose[owner]) for each, owner in claimed if owner in whose]

    @unbroken
    async def settle_delivery(self, delivery: Delivery) -> None:
        """Keep what became of an attempt."""
        values = {name: getattr(delivery, name) for name in _FIELDS}
        async with self.database.writing() as connection:
            await connection.execute(update(event_deliveries).where(_is(delivery)).values(values))


class SqlEvents(SqlSubscriptions, SqlDeliveries):
    """Everything about events in a database."""

    @unbroken
    async def sweep_events(self, now: datetime, limit: int) -> int:
        """Delete expired subscriptions and old marks; skip those that another process deletes."""
        its = event_subscriptions.c
        ended = select(its.id).where(its.expires_at <= now)
        old = select(_ITS.event_id).where(_ITS.created_at <= now - MARKS_KEPT)
        ended, old = (each.limit(limit).with_for_update(skip_locked=True) for each in (ended, old))
        async with self.database.writing() as connection:
            some = delete(event_subscriptions).where(its.id.in_(ended))
            marks = delete(event_deliveries).where(
                _ITS.created_at <= now - MARKS_KEPT, _ITS.event_id.in_(old)
            )
            return max(
                (await connection.execute(some)).rowcount,
                (await connection.execute(marks)).rowcount,
            )


def _is(delivery: Delivery) -> Any:
    return and_(
        _ITS.event_id == delivery.event_id, _ITS.subscription_id == delivery.subscription_id
    )


def _from(row: Mapping[Any, Any]) -> Delivery:
    return Delivery(**{name: row[name] for name in _FIELDS})
