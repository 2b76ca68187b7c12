"""Accounts in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.pagination import read_page
from vapi_mcp.store.sql.rows import account_from, account_values
from vapi_mcp.store.sql.tables import accounts, object_changes, owned_objects


class SqlAccounts(Part):
    """The accounts of a database, with encrypted keys."""

    @unbroken
    async def add_account(self, account: Account) -> None:
        """Keep a new account."""
        values = account_values(account, self.database.ring)
        async with self.database.writing() as connection:
            await connection.execute(insert(accounts).values(values))

    @unbroken
    async def get_account(self, account_id: str, *, tenant_id: str | None = None) -> Account | None:
        """Return an account, if it is there for the tenant."""
        query = _visible(tenant_id).where(accounts.c.id == account_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return account_from(row, self.database.ring) if row else None

    @unbroken
    async def list_accounts(self, window: Window, *, tenant_id: str | None = None) -> Page[Account]:
        """Return a page of accounts."""
        async with self.database.reading() as connection:
            return await read_page(
                connection,
                _visible(tenant_id),
                accounts,
                window,
                lambda row: account_from(row, self.database.ring),
            )

    @unbroken
    async def update_account(
        self,
        account_id: str,
        change: Callable[[Account], Account],
        *,
        tenant_id: str | None = None,
    ) -> Account | None:
        """Replace an account by the result of `change`; others wait meanwhile."""
        query = _visible(tenant_id).where(accounts.c.id == account_id).with_for_update()
        async with self.database.writing(revokes=True) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return None
            kept = account_from(row, self.database.ring)
            changed = replace(change(kept), id=kept.id, created_at=kept.created_at)
            values = account_values(changed, self.database.ring)
            await connection.execute(
                update(accounts).where(accounts.c.id == account_id).values(values)
            )
        return changed

    @unbroken
    async def delete_account(self, account_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete an account; the database deletes its servers and bound tokens with it.

        What its objects were goes as well: without its key nothing can be taken back.
        """
        statement = delete(accounts).where(accounts.c.id == account_id)
        if tenant_id is not None:
            statement = statement.where(accounts.c.tenant_id == tenant_id)
        async with self.database.writing(revokes=True) as connection:
            is_gone = (await connection.execute(statement)).rowcount > 0
            if is_gone:
                its = object_changes.c.account_id == account_id
                await connection.execute(delete(object_changes).where(its))
                made = owned_objects.c.account_id == account_id
                await connection.execute(delete(owned_objects).where(made))
        return is_gone


def _visible(tenant_id: str | None) -> Select[Any]:
    query = select(accounts)
    return query if tenant_id is None else query.where(accounts.c.tenant_id == tenant_id)
