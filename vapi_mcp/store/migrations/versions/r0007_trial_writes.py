"""A number that grows with each trial write: SQLite skips a write that changes nothing.

A process of the version before goes on with such a write, and does not notice a full disk.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "state", sa.Column("trial_writes", sa.BigInteger, nullable=False, server_default="0")
    )
