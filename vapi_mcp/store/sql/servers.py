"""Servers in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, or_, select, update

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.store.sql.audit import insert_entries
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.oauth.tables import oauth_grants
from vapi_mcp.store.sql.pagination import read_page, touch
from vapi_mcp.store.sql.rows import account_from, server_from, server_values
from vapi_mcp.store.sql.tables import accounts, servers

# Made once: putting it together costs more than running it, and every call of a tool does.
_FIND = (
    select(servers, accounts)
    .join_from(servers, accounts, servers.c.account_id == accounts.c.id)
    .where(
        servers.c.token_hash == bindparam("given"),
        or_(
            servers.c.expires_at.is_(None),
            servers.c.expires_at > bindparam("now", type_=servers.c.expires_at.type),
        ),
    )
)


class SqlServers(Part):
    """The servers of a database, found by their token's hash."""

    @unbroken
    async def add_server(self, server: Server, token_hash: str) -> bool:
        """Keep a new server; its account stays while this happens."""
        parent = select(accounts.c.id).where(accounts.c.id == server.account_id)
        values = {**server_values(server), "token_hash": token_hash}
        async with self.database.writing() as connection:
            locked = parent.with_for_update(read=True, key_share=True)
            if (await connection.execute(locked)).one_or_none() is None:
                return False
            await connection.execute(insert(servers).values(values))
        return True

    @unbroken
    async def find_server(self, token_hash: str, now: datetime) -> tuple[Server, Account] | None:
        """Return the live server with this token and its account, read in one statement."""
        async with self.database.reading() as connection:
            found = await connection.execute(_FIND, {"given": token_hash, "now": now})
            row = found.mappings().one_or_none()
        return self._pair(row) if row else None

    @unbroken
    async def get_server(self, account_id: str, server_id: str) -> Server | None:
        """Return one of the account's servers, if it is there."""
        query = select(servers).where(_is(account_id, server_id))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return server_from(row) if row else None

    @unbroken
    async def list_servers(self, account_id: str, window: Window, now: datetime) -> Page[Server]:
        """Return a page of the account's servers that have not expired."""
        query = select(servers).where(servers.c.account_id == account_id, _is_live(now))
        async with self.database.reading() as connection:
            return await read_page(connection, query, servers, window, server_from)

    @unbroken
    async def list_all_servers(
        self, window: Window, now: datetime, *, tenant_id: str | None = None
    ) -> Page[Server]:
        """Return a page of the servers of all accounts that have not expired."""
        query = select(servers).where(_is_live(now))
        if tenant_id is not None:
            owned = select(accounts.c.id).where(accounts.c.tenant_id == tenant_id)
            query = query.where(servers.c.account_id.in_(owned))
        async with self.database.reading() as connection:
            return await read_page(connection, query, servers, window, server_from)

    @unbroken
    async def update_server(
        self, account_id: str, server_id: str, change: Callable[[Server], Server]
    ) -> Server | None:
        """Replace a server by the result of `change`; others wait meanwhile."""
        query = select(servers).where(_is(account_id, server_id)).with_for_update()
        async with self.database.writing(revokes=True) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return None
            changed = _carried_over(server_from(row), change)
            await connection.execute(
                update(servers).where(_is(account_id, server_id)).values(server_values(changed))
            )
        return changed

    @unbroken
    async def replace_token(
        self,
        account_id: str,
        server_id: str,
        token_hash: str,
        now: datetime,
        *,
        keep_links: bool = False,
    ) -> Server | None:
        """Give a server another token; the old one, its links and its OAuth grants are dead."""
        epoch = servers.c.links_epoch if keep_links else servers.c.links_epoch + 1
        statement = (
            update(servers)
            .where(_is(account_id, server_id))
            .values(token_hash=token_hash, updated_at=now, links_epoch=epoch)
            .returning(*servers.c)
        )
        async with self.database.writing(revokes=True) as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
            if row is not None:
                mine = delete(oauth_grants).where(oauth_grants.c.server_id == server_id)
                await connection.execute(mine)
        return server_from(row) if row else None

    @unbroken
    async def delete_server(self, account_id: str, server_id: str) -> bool:
        """Delete a server; the database deletes the tokens bound to it."""
        statement = delete(servers).where(_is(account_id, server_id))
        async with self.database.writing(revokes=True) as connection:
            return (await connection.execute(statement)).rowcount > 0

    @unbroken
    async def touch_servers(self, used: Mapping[str, datetime]) -> None:
        """Note when servers were last used, all in one transaction."""
        if used:
            async with self.database.writing() as connection:
                await touch(connection, servers, used)

    @unbroken
    async def delete_expired_servers(
        self, now: datetime, limit: int, tombstone: Callable[[Server, Account], LogEntry]
    ) -> int:
        """Delete servers that have expired, the longest ago first, for their tombstones."""
        ends = servers.c.expires_at
        query = (
            select(servers, accounts)
            .join_from(servers, accounts, servers.c.account_id == accounts.c.id)
            .where(ends <= now)
            .order_by(ends, servers.c.id)
            .limit(limit)
            .with_for_update(of=servers, skip_locked=True)
        )
        if not await self._any_expired(now):
            return 0
        async with self.database.writing(revokes=True) as connection:
            rows = (await connection.execute(query)).mappings().all()
            ended = [self._pair(row) for row in rows]
            await insert_entries(connection, [tombstone(*pair) for pair in ended])
            gone = [server.id for server, _ in ended]
            await connection.execute(delete(servers).where(servers.c.id.in_(gone)))
        return len(rows)

    async def _any_expired(self, now: datetime) -> bool:
        # A look that takes no lock and changes no revision, as there is mostly nothing to do.
        query = select(servers.c.id).where(servers.c.expires_at <= now).limit(1)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).one_or_none() is not None

    def _pair(self, row: Mapping[Any, Any]) -> tuple[Server, Account]:
        server, account = ({c.name: row[c] for c in t.c} for t in (servers, accounts))
        return server_from(server), account_from(account, self.database.ring)


def _is_live(now: datetime) -> ColumnElement[bool]:
    ends = servers.c.expires_at
    return or_(ends.is_(None), ends > now)


def _is(account_id: str, server_id: str) -> ColumnElement[bool]:
    return and_(servers.c.account_id == account_id, servers.c.id == server_id)


def _carried_over(kept: Server, change: Callable[[Server], Server]) -> Server:
    return replace(
        change(kept),
        id=kept.id,
        account_id=kept.account_id,
        created_at=kept.created_at,
        last_used_at=kept.last_used_at,
    )
