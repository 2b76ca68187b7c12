"""The tables of OAuth; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from vapi_mcp.store.sql.tables import Moment, metadata

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("redirect_uris", Text, nullable=False),
    Column("secret_hash", Text),
    Column("created_at", Moment, nullable=False),
    Column("fetched_at", Moment),
    Column("fresh_until", Moment),
    Index("ix_oauth_clients_created", "created_at"),
)

oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("client_host", Text, nullable=False),
    Column("client_name", Text),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("server_id", ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("api_token_id", ForeignKey("api_tokens.id", ondelete="CASCADE")),
    Column("scopes", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("ends_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Index("ix_oauth_grants_created", "created_at", "id"),
    Index("ix_oauth_grants_account", "account_id"),
    Index("ix_oauth_grants_server", "server_id"),
    Index("ix_oauth_grants_api_token", "api_token_id"),
    Index("ix_oauth_grants_client", "client_id"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("grant_id", ForeignKey("oauth_grants.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("ix_oauth_codes_grant", "grant_id"),
    Index("ix_oauth_codes_expiry", "expires_at"),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("grant_id", ForeignKey("oauth_grants.id", ondelete="CASCADE"), nullable=False),
    Column("use", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("replaced_at", Moment),
    Index("ix_oauth_tokens_grant", "grant_id"),
    Index("ix_oauth_tokens_expiry", "expires_at"),
)
