"""About how many tokens an answer has, in the audit log.

The column may be empty: rows from before have none of it, and a process of the version before goes
on writing rows without it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("audit_log", sa.Column("tokens", sa.Integer))
