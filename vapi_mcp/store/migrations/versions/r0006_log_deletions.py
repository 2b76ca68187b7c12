"""How much of the audit log may still be deleted in the present day, for all processes.

A process of the version before goes on counting by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Make the table, with the one row it ever has: a day that is over."""
    table = op.create_table(
        "log_deletions",
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remaining", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(table, [{"began": _LONG_AGO, "remaining": 0}])
