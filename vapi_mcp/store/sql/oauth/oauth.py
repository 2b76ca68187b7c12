"""All of OAuth in SQL: guarded servers, and the removal of what has expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, exists, or_, select

from vapi_mcp.accounts.records import Account, ApiToken, Server
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import unbroken
from vapi_mcp.store.sql.oauth.clients import SqlOAuthClients
from vapi_mcp.store.sql.oauth.grants import SqlOAuthGrants
from vapi_mcp.store.sql.oauth.secrets import SqlOAuthSecrets
from vapi_mcp.store.sql.oauth.tables import oauth_codes, oauth_grants, oauth_tokens
from vapi_mcp.store.sql.rows import account_from, server_from
from vapi_mcp.store.sql.tables import accounts, servers

# As `server_values` writes it; within a text of the JSON its quotes have backslashes.
_GUARDED = '"require_api_token_auth":true'
# A used code is kept as long, to notice that it comes again.
_CODES_KEPT = timedelta(hours=1)
_UNUSED_GRANT = timedelta(minutes=10)


class SqlOAuth(SqlOAuthClients, SqlOAuthGrants, SqlOAuthSecrets):
    """The records of OAuth in a database."""

    @unbroken
    async def has_guarded_server(self, now: datetime) -> bool:
        """Return whether a server asks for a second token."""
        query = select(servers.c.id).where(_is_guarded(now)).limit(1)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).one_or_none() is not None

    @unbroken
    async def list_guarded_servers(
        self, token: ApiToken, now: datetime, limit: int
    ) -> list[tuple[Server, Account]]:
        """Return the guarded servers that an API token opens, by name."""
        bound = (
            (accounts.c.tenant_id, token.tenant_id),
            (accounts.c.id, token.account_id),
            (servers.c.id, token.server_id),
        )
        query = (
            select(servers, accounts)
            .join_from(servers, accounts, servers.c.account_id == accounts.c.id)
            .where(_is_guarded(now), *(column == value for column, value in bound if value))
            .order_by(servers.c.name, servers.c.id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        pairs = [[{c.name: row[c] for c in t.c} for t in (servers, accounts)] for row in rows]
        ring = self.database.ring
        return [(server_from(server), account_from(account, ring)) for server, account in pairs]

    @unbroken
    async def sweep_oauth(self, now: datetime, limit: int) -> int:
        """Delete what has expired; nothing is locked where nothing has."""
        past = {
            oauth_codes: oauth_codes.c.expires_at <= now - _CODES_KEPT,
            oauth_tokens: oauth_tokens.c.expires_at <= now,
            oauth_grants: _has_ended(now),
        }
        most = 0
        for table, condition in past.items():
            if await self._any(table, condition):
                async with self.database.writing(revokes=table is oauth_grants) as connection:
                    most = max(most, await _delete_some(connection, table, condition, limit))
        return most

    async def _any(self, table: Table, condition: ColumnElement[bool]) -> bool:
        query = select(*table.primary_key).where(condition).limit(1)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).one_or_none() is not None


def _is_guarded(now: datetime) -> ColumnElement[bool]:
    is_live = or_(servers.c.expires_at.is_(None), servers.c.expires_at > now)
    return and_(is_live, servers.c.config.contains(_GUARDED, autoescape=True))


def _has_ended(now: datetime) -> ColumnElement[bool]:
    """Return whether the end of a grant has come, or nothing is left that could use it."""
    has_token = exists().where(oauth_tokens.c.grant_id == oauth_grants.c.id)
    is_left = and_(oauth_grants.c.created_at <= now - _UNUSED_GRANT, ~has_token)
    return or_(oauth_grants.c.ends_at <= now, is_left)


async def _delete_some(
    connection: AsyncConnection, table: Table, past: ColumnElement[bool], limit: int
) -> int:
    key = next(iter(table.primary_key))
    some = select(key).where(past).limit(limit).with_for_update(skip_locked=True)
    return (await connection.execute(delete(table).where(past, key.in_(some)))).rowcount
