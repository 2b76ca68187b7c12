"""Subscriptions, and how far accounts are watched, in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, exists, func, insert, select, update

from vapi_mcp.events.records import Subscription, Watch
from vapi_mcp.rfc3339 import read_moment, write_moment
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.events.tables import event_subscriptions, event_watches
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.tables import servers

# What the URL and the secrets are sealed for, besides their subscription's id.
TARGET_FIELD = "target"
_SEALED = ("url", "secret", "former_secret")
_PLAIN = (
    *("id", "account_id", "server_id", "links_epoch", "holder_id"),
    *("name", "former_until", "created_at", "expires_at"),
)
_ITS = event_subscriptions.c


class SqlSubscriptions(Part):
    """The subscriptions of a database; their URLs and secrets are encrypted."""

    @unbroken
    async def put_subscription(self, subscription: Subscription, most: int) -> bool:
        """Keep a subscription; those of one server wait for each other."""
        values = _values(subscription, self.database.ring)
        parent = select(servers.c.id).where(servers.c.id == subscription.server_id)
        others = select(func.count()).where(
            _ITS.server_id == subscription.server_id,
            _ITS.id != subscription.id,
            _ITS.expires_at > subscription.created_at,
        )
        watched = insert_into(event_watches, self.database.engine.dialect.name).values(
            account_id=subscription.account_id, seen="{}", next_at=subscription.created_at
        )
        async with self.database.writing() as connection:
            locked = await connection.execute(parent.with_for_update())
            if locked.one_or_none() is None:
                return False
            if (await connection.execute(others)).scalar_one() >= most:
                return False
            this = update(event_subscriptions).where(_ITS.id == subscription.id)
            if not (await connection.execute(this.values(values))).rowcount:
                await connection.execute(insert(event_subscriptions).values(values))
            await connection.execute(watched.on_conflict_do_nothing())
            return True

    @unbroken
    async def find_subscription(self, subscription_id: str) -> Subscription | None:
        """Return a subscription, if it is there."""
        query = select(event_subscriptions).where(_ITS.id == subscription_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return subscription_from(row, self.database.ring) if row else None

    @unbroken
    async def delete_subscription(self, subscription_id: str) -> bool:
        """Delete a subscription with its deliveries."""
        statement = delete(event_subscriptions).where(_ITS.id == subscription_id)
        async with self.database.writing() as connection:
            return (await connection.execute(statement)).rowcount > 0

    @unbroken
    async def list_subscriptions(self, account_id: str, now: datetime) -> Sequence[Subscription]:
        """Return the subscriptions of an account that have not expired."""
        query = select(event_subscriptions).where(
            _ITS.account_id == account_id, _ITS.expires_at > now
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.order_by(_ITS.id))).mappings().all()
        found = (subscription_from(row, self.database.ring) for row in rows)
        return [each for each in found if each is not None]

    @unbroken
    async def claim_watch(self, now: datetime, until: datetime) -> Watch | None:
        """Return an account that is due; skip those that another process claims."""
        its = event_watches.c
        heard = exists().where(_ITS.account_id == its.account_id, _ITS.expires_at > now)
        due = select(event_watches).where(its.next_at <= now, heard).order_by(its.next_at).limit(1)
        async with self.database.reading() as connection:
            # Mostly none is; a transaction that writes would wait for others.
            if (await connection.execute(due)).first() is None:
                return None
        async with self.database.writing() as connection:
            locked = due.with_for_update(skip_locked=True)
            row = (await connection.execute(locked)).mappings().one_or_none()
            if row is None:
                return None
            this = update(event_watches).where(its.account_id == row["account_id"])
            await connection.execute(this.values(next_at=until))
        seen = {name: read_moment(text) for name, text in orjson.loads(row["seen"]).items()}
        return Watch(row["account_id"], seen)

    @unbroken
    async def keep_watch(self, watch: Watch, next_at: datetime) -> None:
        """Keep how far an account is read."""
        seen = {name: write_moment(moment) for name, moment in watch.seen.items()}
        this = update(event_watches).where(event_watches.c.account_id == watch.account_id)
        values = {"seen": orjson.dumps(seen).decode(), "next_at": next_at}
        async with self.database.writing() as connection:
            await connection.execute(this.values(values))


def subscription_from(row: Mapping[Any, Any], ring: KeyRing) -> Subscription | None:
    """Return the subscription of a row; None: what it has sealed does not open any more."""
    sealed = row["sealed_target"]
    text = sealed and ring.open(sealed, row["id"], TARGET_FIELD)
    if not text:
        return None
    plain = {name: row[name] for name in _PLAIN}
    return Subscription(**plain, **orjson.loads(text), arguments=orjson.loads(row["arguments"]))


def _values(subscription: Subscription, ring: KeyRing) -> dict[str, Any]:
    target = orjson.dumps({name: getattr(subscription, name) for name in _SEALED}).decode()
    return {
        **{name: getattr(subscription, name) for name in _PLAIN},
        "arguments": orjson.dumps(dict(subscription.arguments)).decode(),
        "sealed_target": ring.seal(target, subscription.id, TARGET_FIELD),
    }
