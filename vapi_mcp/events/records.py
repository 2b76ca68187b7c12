"""Subscriptions to events, the deliveries they lead to, and how far an account is watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.oauth.records import OAuthGrant

# How long it is known that an event was told: longer than a list shows it as a change.
MARKS_KEPT = timedelta(days=30)

Outcome: TypeAlias = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Someone at a URL who wants to be told of one event of a server's account.

    links_epoch: of its server; a rotation of the server's token ends the subscription by another.
    holder_id: the API token or the grant of OAuth that came with it, which it ends with.
    secret: what signs, `whsec_` and base64; former_secret signs beside it until `former_until`.
    """

    id: str
    account_id: str
    server_id: str
    links_epoch: int
    holder_id: str | None = None
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    url: str
    secret: str
    former_secret: str | None = None
    former_until: datetime | None = None
    created_at: datetime
    expires_at: datetime

    def is_beside(self, other: Subscription) -> bool:
        """Return whether both are of one holder, server and URL."""
        mine, theirs = ((s.server_id, s.holder_id, s.url) for s in (self, other))
        return mine == theirs

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Return what signs now, the newest first."""
        former = self.former_until is not None and now < self.former_until and self.former_secret
        return (self.secret, former) if former else (self.secret,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one subscription.

    body: the JSON to send, empty once the delivery is over. attempts: those made so far. next_at:
    when to try next.
    """

    event_id: str
    subscription_id: str
    body: str
    created_at: datetime
    next_at: datetime
    attempts: int = 0
    outcome: Outcome = "waiting"


@dataclass(frozen=True, slots=True)
class Watch:
    """How far the lists of an account are read, by the name of a tool."""

    account_id: str
    seen: Mapping[str, datetime]


class EventRecords(Protocol):
    """The subscriptions of a store and their deliveries. Any method raises StoreError."""

    async def put_subscription(self, subscription: Subscription, most: int) -> bool:
        """Keep a subscription, in the place of one with its id; its account is watched then.

        False: its server is not there, or has that many others already.
        """
        ...

    async def find_subscription(self, subscription_id: str) -> Subscription | None:
        """Return a subscription, if it is there."""
        ...

    async def delete_subscription(self, subscription_id: str) -> bool:
        """Delete a subscription with its deliveries; False: not there."""
        ...

    async def list_subscriptions(self, account_id: str, now: datetime) -> Sequence[Subscription]:
        """Return the subscriptions of an account that have not expired."""
        ...

    async def claim_watch(self, now: datetime, until: datetime) -> Watch | None:
        """Return an account that is due to be read; until then it is no other process's."""
        ...

    async def keep_watch(self, watch: Watch, next_at: datetime) -> None:
        """Keep how far an account is read, and when it is due again."""
        ...

    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """Keep deliveries that are new, durably once this returns; return how many were.

        One whose event was told to its subscription before is left out, also when it is over.
        """
        ...

    async def claim_deliveries(
        self, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Subscription]]:
        """Return deliveries that are due; until then they are no other process's."""
        ...

    async def settle_delivery(self, delivery: Delivery) -> None:
        """Keep what became of an attempt."""
        ...

    async def sweep_events(self, now: datetime, limit: int) -> int:
        """Delete expired subscriptions and old marks of deliveries; return how many there were."""
        ...


class SubscriptionStore(EventRecords, AccessRecords, Protocol):
    """What subscriptions are checked against, and where they are kept."""

    async def get_oauth_grant(self, grant_id: str) -> OAuthGrant | None:
        """Return a grant of OAuth, if it is there."""
        ...
