"""The objects that clients made, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select

from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.tables import owned_objects

# A kind and an id.
Made: TypeAlias = tuple[str, str]


class SqlOwnedObjects(Part):
    """The objects of a database that servers made which are kept to one client."""

    @unbroken
    async def list_owned(self, account_id: str, owner: str) -> frozenset[Made]:
        """Return what an owner made."""
        its = owned_objects.c
        query = select(its.kind, its.object_id).where(
            its.account_id == account_id, its.owner == owner
        )
        async with self.database.reading() as connection:
            return frozenset((kind, named) for kind, named in await connection.execute(query))

    @unbroken
    async def add_owned(
        self, account_id: str, owner: str, made: frozenset[Made], now: datetime
    ) -> None:
        """Keep what an owner made; what is kept already stays."""
        whose = {"account_id": account_id, "owner": owner, "created_at": now}
        rows = [{**whose, "kind": kind, "object_id": named} for kind, named in sorted(made)]
        statement = insert_into(owned_objects, self.database.engine.dialect.name)
        async with self.database.writing() as connection:
            await connection.execute(statement.on_conflict_do_nothing(), rows)
