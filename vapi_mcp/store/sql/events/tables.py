"""The tables of events; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from vapi_mcp.store.sql.tables import Moment, metadata

# holder_id: an API token or a grant of OAuth. sealed_target: the URL and the secrets, encrypted.
event_subscriptions = Table(
    "event_subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("server_id", ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("links_epoch", Integer, nullable=False),
    Column("holder_id", Text),
    Column("name", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("sealed_target", Text),
    Column("former_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_event_subscriptions_account", "account_id"),
    Index("ix_event_subscriptions_server", "server_id"),
    Index("ix_event_subscriptions_expiry", "expires_at"),
)

# One that is over stays for a while as a mark that its event was told; it has no body then.
event_deliveries = Table(
    "event_deliveries",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column(
        "subscription_id",
        ForeignKey("event_subscriptions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Index("ix_event_deliveries_due", "outcome", "next_at"),
    Index("ix_event_deliveries_created", "created_at"),
    Index("ix_event_deliveries_subscription", "subscription_id"),
)

# seen: a JSON object of moments.
event_watches = Table(
    "event_watches",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("seen", Text, nullable=False),
    Column("next_at", Moment, nullable=False),
    Index("ix_event_watches_due", "next_at"),
)
