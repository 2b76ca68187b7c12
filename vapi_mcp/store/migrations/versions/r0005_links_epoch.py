"""Media links that end with a rotation: a server counts those that end its links.

A process of the version before goes on making servers without the column, and rotates without
counting: links made until the last of them is gone outlive its rotations.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "servers", sa.Column("links_epoch", sa.Integer, nullable=False, server_default="0")
    )
