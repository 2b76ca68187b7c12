"""Who called, from where, and what became of it, in the audit log.

Each column may be empty: rows from before have none of it, and a process of the version before
goes on writing rows without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_COLUMNS = (
    "upstream_ids",
    "outcome",
    "token_id",
    "token_name",
    "source_address",
    "idempotency_key_hash",
    "confirmation_code_hash",
)


def upgrade() -> None:
    """Add the columns."""
    for name in _COLUMNS:
        op.add_column("audit_log", sa.Column(name, sa.Text))
