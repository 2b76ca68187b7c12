"""What tools changed at Vapi, for a while, so that it can be taken back.

A process of the version before goes on changing things without keeping what they were.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table, and the column of the log that names a row of it."""
    op.create_table(
        "object_changes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Text),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("server_id", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("kept", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("token_name", sa.Text),
        sa.Column("restores", sa.Text),
        sa.Column("restored_by", sa.Text),
        sa.Column("sealed_states", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_object_changes"),
    )
    op.create_index("ix_object_changes_created", "object_changes", ["created_at", "id"])
    op.create_index(
        "ix_object_changes_account", "object_changes", ["account_id", "created_at", "id"]
    )
    op.create_index("ix_object_changes_expiry", "object_changes", ["expires_at"])
    op.add_column("audit_log", sa.Column("change_id", sa.Text))
