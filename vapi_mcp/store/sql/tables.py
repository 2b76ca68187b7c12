"""The present tables; `migrations/` creates them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
)

from vapi_mcp.audit.entry import FIELDS
from vapi_mcp.audit.fields import LogField


class Moment(TypeDecorator[datetime]):
    """A moment in UTC with microseconds; SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; one without a time zone is refused."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone, which SQLite does not keep."""
        del dialect
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tenant_id", Text),
    Column("region", Text),
    Column("base_url", Text, nullable=False),
    Column("sealed_key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("last_error", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_accounts_created", "created_at", "id"),
    Index("ix_accounts_tenant", "tenant_id", "created_at", "id"),
)

servers = Table(
    "servers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("links_epoch", Integer, nullable=False, server_default="0"),
    Index("ix_servers_account", "account_id", "created_at", "id"),
    Index("ix_servers_expiry", "expires_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tenant_id", Text),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("server_id", ForeignKey("servers.id", ondelete="CASCADE")),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("read_only", Boolean, nullable=False, server_default=false()),
    Index("ix_api_tokens_created", "created_at", "id"),
    Index("ix_api_tokens_account", "account_id"),
    Index("ix_api_tokens_server", "server_id"),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api_token_id", ForeignKey("api_tokens.id", ondelete="CASCADE"), nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("client", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Index("ix_console_sessions_token", "api_token_id"),
    Index("ix_console_sessions_expiry", "expires_at"),
)

# It outlives what it tells of, so nothing here refers to another table. Each list of it, of one
# tenant, account, server or kind, is one walk along an index.
# By the type of a field's values; lists and objects are JSON.
_LOG_TYPES: Mapping[Any, Any] = {int: Integer, float: Float, datetime: Moment}


def _log_column(field: LogField) -> Column[Any]:
    kind = _LOG_TYPES.get(field.kind, Text)
    return Column(field.name, kind, primary_key=field.name == "id", nullable=field.is_optional)


audit_log = Table(
    "audit_log",
    metadata,
    *(_log_column(each) for each in FIELDS),
    Index("ix_audit_log_created", "created_at", "id"),
    Index("ix_audit_log_type", "log_type", "created_at", "id"),
    Index("ix_audit_log_tenant", "tenant_id", "created_at", "id"),
    Index("ix_audit_log_account", "account_id", "created_at", "id"),
    Index("ix_audit_log_server", "server_id", "created_at", "id"),
)

# The ledger of writes. An intent outlives its account: it may come back under the same id, as the
# environment's does at every start, and a key must not be good for a second call then.
intents = Table(
    "intents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("arguments_hash", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("waits_until", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("sealed_answer", Text),
    Index("ix_intents_expiry", "expires_at"),
)

permits = Table(
    "permits",
    metadata,
    Column("id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("arguments_hash", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_permits_expiry", "expires_at"),
)

# name: `calls`, `customers`, or a hash of one customer's number.
daily_uses = Table(
    "daily_uses",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("used", Integer, nullable=False),
    Index("ix_daily_uses_day", "day"),
)

# What tools changed at Vapi. It names accounts that no table has: those of local servers.
object_changes = Table(
    "object_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("tenant_id", Text),
    Column("account_id", Text, nullable=False),
    Column("server_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("kept", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("actor", Text),
    Column("token_name", Text),
    Column("restores", Text),
    Column("restored_by", Text),
    Column("sealed_states", Text),
    Index("ix_object_changes_created", "created_at", "id"),
    Index("ix_object_changes_account", "account_id", "created_at", "id"),
    Index("ix_object_changes_expiry", "expires_at"),
)

# What servers made that are kept to one client: owner is the client, or the server itself. It names
# accounts that no table has: those of local servers.
owned_objects = Table(
    "owned_objects",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

# One row: how many rows of the audit log may still be deleted in the day that began then.
log_deletions = Table(
    "log_deletions",
    metadata,
    Column("began", Moment, nullable=False),
    Column("remaining", BigInteger, nullable=False),
)

# One row: the revision of what grants rest on, and a text that only the right key ring opens.
state = Table(
    "state",
    metadata,
    Column("revision", BigInteger, nullable=False),
    Column("canary", Text),
    Column("trial_writes", BigInteger, nullable=False, server_default="0"),
)
