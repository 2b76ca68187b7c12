"""Clients of OAuth in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, func, select

from vapi_mcp.oauth.records import OAuthClient
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.inserts import insert_into
from vapi_mcp.store.sql.oauth.rows import client_from, client_values
from vapi_mcp.store.sql.oauth.tables import oauth_clients, oauth_grants


class SqlOAuthClients(Part):
    """The clients of a database."""

    @unbroken
    async def put_oauth_client(self, client: OAuthClient) -> None:
        """Keep a client, or the newer state of one."""
        values = client_values(client)
        newer = {name: value for name, value in values.items() if name not in ("id", "created_at")}
        async with self.database.writing() as connection:
            insert = insert_into(oauth_clients, connection.dialect.name).values(values)
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["id"], set_=newer)
            )

    @unbroken
    async def find_oauth_client(self, client_id: str) -> OAuthClient | None:
        """Return a client, if it is there."""
        query = select(oauth_clients).where(oauth_clients.c.id == client_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return client_from(row) if row else None

    @unbroken
    async def count_oauth_clients(self) -> int:
        """Return the number of clients."""
        query = select(func.count()).select_from(oauth_clients)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    @unbroken
    async def forget_oauth_clients(self, before: datetime, limit: int) -> int:
        """Delete clients older than a moment that have no grant, the oldest first."""
        is_used = exists().where(oauth_grants.c.client_id == oauth_clients.c.id)
        unused = (
            select(oauth_clients.c.id)
            .where(oauth_clients.c.created_at < before, ~is_used)
            .order_by(oauth_clients.c.created_at)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            if (await connection.execute(unused.limit(1))).one_or_none() is None:
                return 0
        statement = delete(oauth_clients).where(oauth_clients.c.id.in_(unused))
        async with self.database.writing() as connection:
            return (await connection.execute(statement)).rowcount
