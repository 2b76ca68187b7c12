"""Inserts that may meet a row which is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_into(table: Table, dialect: str) -> PostgresqlInsert | SqliteInsert:
    """Return an insert: both databases know the clause, each in a dialect of its own."""
    # A process has one database, and PostgreSQL's dialect takes long to load.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loaded when it is used

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - loaded when it is used

    return sqlite.insert(table)
