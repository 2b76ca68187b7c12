"""API tokens in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, delete, insert, select, update

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.pagination import read_page, touch
from vapi_mcp.store.sql.rows import token_from, token_values
from vapi_mcp.store.sql.tables import accounts, api_tokens, servers, state


class SqlApiTokens(Part):
    """The API tokens of a database, found by their hash."""

    @unbroken
    async def add_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a new token; its account and server cannot be deleted meanwhile."""
        async with self.database.writing() as connection:
            return await _add(connection, token, token_hash)

    @unbroken
    async def add_first_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a token unless there is an admin one already."""
        admin = select(api_tokens.c.id).where(api_tokens.c.kind == "admin").limit(1)
        async with self.database.writing() as connection:
            # The one row of state is a lock: the transaction that changes it excludes the others.
            await connection.execute(update(state).values(revision=state.c.revision))
            if (await connection.execute(admin)).one_or_none() is not None:
                return False
            return await _add(connection, token, token_hash)

    @unbroken
    async def find_api_token(self, token_hash: str) -> ApiToken | None:
        """Return the token with this hash, if there is one."""
        query = select(api_tokens).where(api_tokens.c.token_hash == token_hash)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return token_from(row) if row else None

    @unbroken
    async def get_api_token(
        self, token_id: str, *, tenant_id: str | None = None
    ) -> ApiToken | None:
        """Return a token, if it is there for the tenant."""
        query = select(api_tokens).where(api_tokens.c.id == token_id)
        if tenant_id is not None:
            query = query.where(api_tokens.c.tenant_id == tenant_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return token_from(row) if row else None

    @unbroken
    async def list_api_tokens(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[ApiToken]:
        """Return a page of tokens, only those bound to the tenant where one is given."""
        query = select(api_tokens)
        if tenant_id is not None:
            query = query.where(api_tokens.c.tenant_id == tenant_id)
        async with self.database.reading() as connection:
            return await read_page(connection, query, api_tokens, window, token_from)

    @unbroken
    async def delete_api_token(self, token_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete a token."""
        statement = delete(api_tokens).where(api_tokens.c.id == token_id)
        if tenant_id is not None:
            statement = statement.where(api_tokens.c.tenant_id == tenant_id)
        async with self.database.writing(revokes=True) as connection:
            return (await connection.execute(statement)).rowcount > 0

    @unbroken
    async def touch_api_tokens(self, used: Mapping[str, datetime]) -> None:
        """Note when tokens were last used, all in one transaction."""
        if used:
            async with self.database.writing() as connection:
                await touch(connection, api_tokens, used)


async def _add(connection: AsyncConnection, token: ApiToken, token_hash: str) -> bool:
    for table, bound_to in ((accounts, token.account_id), (servers, token.server_id)):
        if bound_to is not None and not await _holds(connection, table, bound_to):
            return False
    values = {**token_values(token), "token_hash": token_hash}
    await connection.execute(insert(api_tokens).values(values))
    return True


async def _holds(connection: AsyncConnection, table: Table, row_id: str) -> bool:
    """Return whether a row is there, and keep it there until the transaction ends."""
    query = select(table.c.id).where(table.c.id == row_id)
    locked = query.with_for_update(read=True, key_share=True)
    return (await connection.execute(locked)).one_or_none() is not None
