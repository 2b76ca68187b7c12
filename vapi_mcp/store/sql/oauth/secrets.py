"""Codes and tokens of OAuth in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.oauth.records import AuthorizationCode, OAuthGrant, OAuthToken
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.oauth.rows import code_from, grant_from, token_from, token_values
from vapi_mcp.store.sql.oauth.tables import oauth_codes, oauth_grants, oauth_tokens
from vapi_mcp.store.sql.rows import account_from, server_from
from vapi_mcp.store.sql.tables import Moment, accounts, api_tokens, servers

_NOW = bindparam("now", type_=Moment())

# Made once: every request with such a token runs it.
_FIND = (
    select(oauth_grants, servers, accounts)
    .join_from(oauth_tokens, oauth_grants, oauth_tokens.c.grant_id == oauth_grants.c.id)
    .join(servers, oauth_grants.c.server_id == servers.c.id)
    .join(accounts, servers.c.account_id == accounts.c.id)
    .outerjoin(api_tokens, oauth_grants.c.api_token_id == api_tokens.c.id)
    .where(
        oauth_tokens.c.token_hash == bindparam("given"),
        oauth_tokens.c.use == "access",
        oauth_tokens.c.expires_at > _NOW,
        # An account may have moved to a tenant that the person's token does not open.
        or_(api_tokens.c.tenant_id.is_(None), api_tokens.c.tenant_id == accounts.c.tenant_id),
        *(
            or_(t.c[n].is_(None), t.c[n] > _NOW)
            for t, n in (
                (oauth_grants, "ends_at"),
                (servers, "expires_at"),
            )
        ),
    )
)


class SqlOAuthSecrets(Part):
    """The codes and tokens of a database, found by their hash."""

    @unbroken
    async def find_oauth_code(self, code_hash: str) -> AuthorizationCode | None:
        """Return a code, used or not, if it is there."""
        query = select(oauth_codes).where(oauth_codes.c.code_hash == code_hash)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return code_from(row) if row else None

    @unbroken
    async def find_oauth_token(self, token_hash: str) -> OAuthToken | None:
        """Return a token, replaced or not, if it is there."""
        query = select(oauth_tokens).where(oauth_tokens.c.token_hash == token_hash)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return token_from(row) if row else None

    @unbroken
    async def exchange_oauth_code(
        self, code_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Use a code and keep its tokens, in one transaction; of two at once, one does."""
        unused = and_(oauth_codes.c.code_hash == code_hash, oauth_codes.c.used_at.is_(None))
        statement = update(oauth_codes).where(unused).values(used_at=now)
        async with self.database.writing() as connection:
            if (await connection.execute(statement)).rowcount != 1:
                return False
            return await _add(connection, tokens)

    @unbroken
    async def replace_oauth_token(
        self, token_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Note that a token was replaced, and keep the new ones, in one transaction."""
        first = and_(oauth_tokens.c.token_hash == token_hash, oauth_tokens.c.replaced_at.is_(None))
        statement = update(oauth_tokens).where(first).values(replaced_at=now)
        async with self.database.writing() as connection:
            await connection.execute(statement)
            return await _add(connection, tokens)

    @unbroken
    async def delete_oauth_token(self, token_hash: str) -> bool:
        """Delete one token."""
        statement = delete(oauth_tokens).where(oauth_tokens.c.token_hash == token_hash)
        async with self.database.writing(revokes=True) as connection:
            return (await connection.execute(statement)).rowcount > 0

    @unbroken
    async def find_oauth_access(
        self, token_hash: str, now: datetime
    ) -> tuple[OAuthGrant, Server, Account] | None:
        """Return what a live access token opens, read in one statement."""
        async with self.database.reading() as connection:
            found = await connection.execute(_FIND, {"given": token_hash, "now": now})
            row = found.mappings().one_or_none()
        if row is None:
            return None
        grant, server, account = (
            {c.name: row[c] for c in t.c} for t in (oauth_grants, servers, accounts)
        )
        return grant_from(grant), server_from(server), account_from(account, self.database.ring)


async def _add(connection: AsyncConnection, tokens: Sequence[OAuthToken]) -> bool:
    """Keep tokens of one grant, which stays meanwhile; False: it is gone."""
    grant = select(oauth_grants.c.id).where(oauth_grants.c.id == tokens[0].grant_id)
    locked = grant.with_for_update(read=True, key_share=True)
    if (await connection.execute(locked)).one_or_none() is None:
        return False
    await connection.execute(insert(oauth_tokens), [token_values(each) for each in tokens])
    return True
