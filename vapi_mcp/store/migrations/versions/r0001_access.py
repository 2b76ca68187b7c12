"""Accounts, servers, API tokens, and the one row of state.

A migration stands for itself: it does not import the tables as they are now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the first tables."""
    _accounts()
    _servers()
    _api_tokens()
    state = op.create_table(
        "state",
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("canary", sa.Text),
    )
    op.bulk_insert(state, [{"revision": 0}])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("sealed_key", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_created", "accounts", ["created_at", "id"])
    op.create_index("ix_accounts_tenant", "accounts", ["tenant_id", "created_at", "id"])


def _servers() -> None:
    op.create_table(
        "servers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_servers"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_servers_account_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("token_hash", name="uq_servers_token_hash"),
    )
    op.create_index("ix_servers_account", "servers", ["account_id", "created_at", "id"])
    op.create_index("ix_servers_expiry", "servers", ["expires_at"])


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Text),
        sa.Column("account_id", sa.Text),
        sa.Column("server_id", sa.Text),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_api_tokens_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name="fk_api_tokens_server_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_created", "api_tokens", ["created_at", "id"])
    op.create_index("ix_api_tokens_account", "api_tokens", ["account_id"])
    op.create_index("ix_api_tokens_server", "api_tokens", ["server_id"])
