"""Subscriptions to events, their deliveries, and how far accounts are watched.

A process of the version before knows nothing of them: it neither watches nor delivers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "event_subscriptions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("server_id", sa.Text, nullable=False),
        sa.Column("links_epoch", sa.Integer, nullable=False),
        sa.Column("holder_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("sealed_target", sa.Text),
        sa.Column("former_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_subscriptions"),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [target],
                name=f"fk_event_subscriptions_{column}",
                ondelete="CASCADE",
            )
            for column, target in (
                ("account_id", "accounts.id"),
                ("server_id", "servers.id"),
            )
        ),
    )
    for name, columns in (("account", "account_id"), ("server", "server_id")):
        op.create_index(f"ix_event_subscriptions_{name}", "event_subscriptions", [columns])
    op.create_index("ix_event_subscriptions_expiry", "event_subscriptions", ["expires_at"])
    op.create_table(
        "event_deliveries",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "subscription_id", name="pk_event_deliveries"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["event_subscriptions.id"],
            name="fk_event_deliveries_subscription_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_event_deliveries_due", "event_deliveries", ["outcome", "next_at"])
    op.create_index("ix_event_deliveries_created", "event_deliveries", ["created_at"])
    op.create_index("ix_event_deliveries_subscription", "event_deliveries", ["subscription_id"])
    op.create_table(
        "event_watches",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_event_watches"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_event_watches_account_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_event_watches_due", "event_watches", ["next_at"])
