"""The audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of the audit log and an index for each way to list it."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("log_type", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Text),
        sa.Column("account_id", sa.Text),
        sa.Column("server_id", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("mcp_method", sa.Text),
        sa.Column("tool_name", sa.Text),
        sa.Column("resource", sa.Text),
        sa.Column("method", sa.Text),
        sa.Column("client_name", sa.Text),
        sa.Column("client_version", sa.Text),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("duration", sa.Float),
        sa.Column("upstream_duration", sa.Float),
        sa.Column("upstream_id", sa.Text),
        sa.Column("cost", sa.Float),
        sa.Column("arguments", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("actor", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_created", "audit_log", ["created_at", "id"])
    for name in ("type", "tenant", "account", "server"):
        column = "log_type" if name == "type" else f"{name}_id"
        op.create_index(f"ix_audit_log_{name}", "audit_log", [column, "created_at", "id"])
