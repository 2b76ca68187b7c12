"""Grants of OAuth in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.oauth.records import AuthorizationCode, OAuthGrant
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.oauth.rows import code_values, grant_from, grant_values
from vapi_mcp.store.sql.oauth.tables import oauth_codes, oauth_grants
from vapi_mcp.store.sql.pagination import read_page, touch
from vapi_mcp.store.sql.tables import accounts, api_tokens, servers


class SqlOAuthGrants(Part):
    """The grants of a database; foreign keys end them with what they rest on."""

    @unbroken
    async def add_oauth_grant(self, grant: OAuthGrant, code: AuthorizationCode) -> bool:
        """Keep a grant with its code; what it rests on cannot be deleted meanwhile."""
        server = select(servers.c.id).where(
            servers.c.id == grant.server_id, servers.c.account_id == grant.account_id
        )
        owners = [server]
        if grant.api_token_id is not None:
            owners.append(select(api_tokens.c.id).where(api_tokens.c.id == grant.api_token_id))
        async with self.database.writing() as connection:
            for owner in owners:
                locked = owner.with_for_update(read=True, key_share=True)
                if (await connection.execute(locked)).one_or_none() is None:
                    return False
            await connection.execute(insert(oauth_grants).values(grant_values(grant)))
            await connection.execute(insert(oauth_codes).values(code_values(code)))
        return True

    @unbroken
    async def get_oauth_grant(self, grant_id: str) -> OAuthGrant | None:
        """Return a grant, if it is there."""
        query = select(oauth_grants).where(oauth_grants.c.id == grant_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return grant_from(row) if row else None

    @unbroken
    async def list_oauth_grants(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[OAuthGrant]:
        """Return a page of grants, only those of the tenant's accounts where one is given."""
        query = select(oauth_grants)
        if tenant_id is not None:
            query = query.where(_of_tenant(tenant_id))
        async with self.database.reading() as connection:
            return await read_page(connection, query, oauth_grants, window, grant_from)

    @unbroken
    async def delete_oauth_grant(
        self, grant_id: str, *, tenant_id: str | None = None
    ) -> OAuthGrant | None:
        """Delete a grant; the database deletes its codes and tokens."""
        statement = delete(oauth_grants).where(oauth_grants.c.id == grant_id)
        if tenant_id is not None:
            statement = statement.where(_of_tenant(tenant_id))
        async with self.database.writing(revokes=True) as connection:
            deleted = await connection.execute(statement.returning(*oauth_grants.c))
            row = deleted.mappings().one_or_none()
        return grant_from(row) if row else None

    @unbroken
    async def touch_oauth_grants(self, used: Mapping[str, datetime]) -> None:
        """Note when grants were last used, all in one transaction."""
        if used:
            async with self.database.writing() as connection:
                await touch(connection, oauth_grants, used)


def _of_tenant(tenant_id: str) -> ColumnElement[bool]:
    own = select(accounts.c.id).where(accounts.c.tenant_id == tenant_id)
    return oauth_grants.c.account_id.in_(own)
