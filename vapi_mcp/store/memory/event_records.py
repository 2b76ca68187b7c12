"""Subscriptions to events and their deliveries, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vapi_mcp.accounts.records import Server
from vapi_mcp.events.records import MARKS_KEPT, Delivery, Subscription, Watch


class MemoryEvents:
    """Subscriptions for one process and its lifetime."""

    _servers: dict[str, Server]

    def __init__(self) -> None:
        super().__init__()
        self._subscriptions: dict[str, Subscription] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._watches: dict[str, tuple[Watch, datetime]] = {}

    async def put_subscription(self, subscription: Subscription, most: int) -> bool:
        """Keep a subscription, unless its server has that many others."""
        of_server = [
            each
            for each in self._live(subscription.created_at)
            if each.server_id == subscription.server_id and each.id != subscription.id
        ]
        if subscription.server_id not in self._servers or len(of_server) >= most:
            return False
        self._subscriptions[subscription.id] = subscription
        watch = Watch(subscription.account_id, {})
        self._watches.setdefault(subscription.account_id, (watch, subscription.created_at))
        return True

    async def find_subscription(self, subscription_id: str) -> Subscription | None:
        """Return a subscription, if it is there."""
        return next((s for s in self._live() if s.id == subscription_id), None)

    async def delete_subscription(self, subscription_id: str) -> bool:
        """Delete a subscription with its deliveries."""
        for key in [key for key in self._deliveries if key[1] == subscription_id]:
            del self._deliveries[key]
        return self._subscriptions.pop(subscription_id, None) is not None

    async def list_subscriptions(self, account_id: str, now: datetime) -> Sequence[Subscription]:
        """Return the subscriptions of an account that have not expired."""
        return [each for each in self._live(now) if each.account_id == account_id]

    async def claim_watch(self, now: datetime, until: datetime) -> Watch | None:
        """Return an account that is due and that someone hears of."""
        heard = {each.account_id for each in self._live(now)}
        for account_id, (watch, next_at) in self._watches.items():
            if next_at <= now and account_id in heard:
                self._watches[account_id] = (watch, until)
                return watch
        return None

    async def keep_watch(self, watch: Watch, next_at: datetime) -> None:
        """Keep how far an account is read."""
        self._watches[watch.account_id] = (watch, next_at)

    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """Keep deliveries that are new."""
        known = len(self._deliveries)
        for each in deliveries:
            if each.subscription_id in self._subscriptions:
                self._deliveries.setdefault((each.event_id, each.subscription_id), each)
        return len(self._deliveries) - known

    async def claim_deliveries(
        self, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Subscription]]:
        """Return deliveries that are due."""
        waiting = [d for d in self._deliveries.values() if d.outcome == "waiting"]
        due = sorted((d for d in waiting if d.next_at <= now), key=lambda d: d.next_at)[:limit]
        claimed = [replace(each, next_at=until) for each in due]
        for each in claimed:
            self._deliveries[each.event_id, each.subscription_id] = each
        return [(each, self._subscriptions[each.subscription_id]) for each in claimed]

    async def settle_delivery(self, delivery: Delivery) -> None:
        """Keep what became of an attempt."""
        key = delivery.event_id, delivery.subscription_id
        if key in self._deliveries:
            self._deliveries[key] = delivery

    async def sweep_events(self, now: datetime, limit: int) -> int:
        """Delete expired subscriptions and old marks of deliveries."""
        ended = [s.id for s in self._subscriptions.values() if s.expires_at <= now][:limit]
        for each in ended:
            await self.delete_subscription(each)
        old = [k for k, d in self._deliveries.items() if d.created_at <= now - MARKS_KEPT][:limit]
        for key in old:
            del self._deliveries[key]
        return max(len(ended), len(old))

    def _live(self, now: datetime | None = None) -> list[Subscription]:
        """Return the subscriptions of servers that are there, and that have not expired."""
        return [
            each
            for each in self._subscriptions.values()
            if each.server_id in self._servers and (now is None or now < each.expires_at)
        ]
