"""Clients, grants, codes and tokens of OAuth.

A process of the version before knows nothing of them: it refuses their tokens.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _clients()
    _grants()
    _codes()
    _tokens()


def _clients() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("redirect_uris", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("fetched_at", _MOMENT),
        sa.Column("fresh_until", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_clients"),
    )
    op.create_index("ix_oauth_clients_created", "oauth_clients", ["created_at"])


def _grants() -> None:
    op.create_table(
        "oauth_grants",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_host", sa.Text, nullable=False),
        sa.Column("client_name", sa.Text),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("server_id", sa.Text, nullable=False),
        sa.Column("api_token_id", sa.Text),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("ends_at", _MOMENT),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_grants"),
        *(_owned_by("oauth_grants", *each) for each in _OWNERS),
    )
    op.create_index("ix_oauth_grants_created", "oauth_grants", ["created_at", "id"])
    for name in ("account", "server", "api_token", "client"):
        op.create_index(f"ix_oauth_grants_{name}", "oauth_grants", [f"{name}_id"])


def _codes() -> None:
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("code_challenge", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.PrimaryKeyConstraint("code_hash", name="pk_oauth_codes"),
        _owned_by("oauth_codes", "grant_id", "oauth_grants"),
    )
    op.create_index("ix_oauth_codes_grant", "oauth_codes", ["grant_id"])
    op.create_index("ix_oauth_codes_expiry", "oauth_codes", ["expires_at"])


def _tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("use", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("replaced_at", _MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_oauth_tokens"),
        _owned_by("oauth_tokens", "grant_id", "oauth_grants"),
    )
    op.create_index("ix_oauth_tokens_grant", "oauth_tokens", ["grant_id"])
    op.create_index("ix_oauth_tokens_expiry", "oauth_tokens", ["expires_at"])


_OWNERS = (
    ("account_id", "accounts"),
    ("server_id", "servers"),
    ("api_token_id", "api_tokens"),
)


def _owned_by(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{owner}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
