"""Use cases of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken
from vapi_mcp.admin.part import AdminPart, not_found, tenant_for
from vapi_mcp.admin.requests import AccountChanges, NewAccount
from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.admin.validation_errors import failed, validated
from vapi_mcp.errors import AdminError
from vapi_mcp.security.credential import Credential

# What decides whether a key works: to change one of them is to try it again.
_PROVEN = frozenset({"api_key", "region", "base_url"})
# What the log says of an account.
_SHOWN = ("name", "tenant_id", "region", "base_url")


class AccountAdministration(AdminPart):
    """What an administrator does with accounts."""

    async def create_account(
        self,
        actor: ApiToken,
        *,
        name: str,
        api_key: str,
        tenant_id: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
    ) -> Account:
        """Make an account, once Vapi has taken its key.

        Raises:
            AdminError: 400, what was given is wrong or Vapi refuses the key; 502, Vapi does not
                answer. Nothing was made.
        """
        given = {"name": name, "api_key": api_key, "tenant_id": tenant_id}
        order = validated(NewAccount, {**given, "region": region, "base_url": base_url})
        said = {**order.said, "tenant_id": tenant_for(actor, order.tenant_id)}
        account = self._changed(Account(str(uuid4()), "", Credential(""), ""), said)
        account = replace(account, created_at=account.updated_at)
        await self._prove(account, "created")
        await self._store.add_account(account)
        await self._note_account(actor, "account.created", 201, account)
        return account

    async def list_accounts(self, actor: ApiToken, window: Window) -> Page[Account]:
        """Return a page of the accounts the actor sees."""
        return await self._store.list_accounts(window, tenant_id=actor.tenant_id)

    async def get_account(self, actor: ApiToken, account_id: str) -> Account:
        """Return an account.

        Raises:
            AdminError: 404, it is not there for the actor.
        """
        return await self._visible(actor, account_id)

    async def update_account(
        self, actor: ApiToken, account_id: str, changes: Mapping[str, Any]
    ) -> Account:
        """Change an account; a key, region or base URL only once Vapi has taken the key there.

        changes: by the names of `AccountChanges`; what is absent stays.

        Raises:
            AdminError: 400, 404 or 502 as for making one; 409, somebody changed where it is
                meanwhile. Nothing was changed.
        """
        said = validated(AccountChanges, changes).said
        seen = await self._visible(actor, account_id)
        if actor.tenant_id is not None and said.get("tenant_id", seen.tenant_id) != seen.tenant_id:
            raise failed("tenant_id", "this API token is bound to a tenant and cannot change it")
        if proven := not _PROVEN.isdisjoint(said):
            await self._prove(self._changed(seen, said), "changed")

        def change(kept: Account) -> Account:
            if proven and _place(kept) != _place(seen):
                raise AdminError(
                    "another request changed the account in the meantime; nothing was "
                    "changed by this one. Read the account, then try again",
                    status=409,
                )
            changed = self._changed(kept, said)
            return replace(changed, status="active", last_error=None) if proven else changed

        account = await self._store.update_account(account_id, change, tenant_id=actor.tenant_id)
        if account is None:
            raise not_found("account")
        await self._note_account(actor, "account.updated", 200, account, changed=sorted(said))
        return account

    async def delete_account(self, actor: ApiToken, account_id: str) -> None:
        """Delete an account with its servers and the API tokens bound to it or them.

        Raises:
            AdminError: 404, it is not there for the actor.
        """
        account = await self._visible(actor, account_id)
        if not await self._store.delete_account(account_id, tenant_id=actor.tenant_id):
            raise not_found("account")
        await self._note_account(actor, "account.deleted", 204, account)

    def _changed(self, account: Account, said: Mapping[str, Any]) -> Account:
        """Return the account as what was said makes it."""
        values: dict[str, Any] = {n: said[n] for n in ("name", "tenant_id") if n in said}
        if "api_key" in said:
            values["credential"] = Credential(said["api_key"].get_secret_value())
        if said.get("region") and said.get("base_url"):
            raise failed("base_url", "give only one of region and base_url")
        if said.get("base_url"):
            values |= {"base_url": self._means.base_urls.checked(said["base_url"]), "region": None}
        elif said.get("region"):
            values |= {"base_url": "", "region": said["region"]}
        else:
            cleared: dict[str, Any] = {"base_url": "", "region": None}
            values |= {name: empty for name, empty in cleared.items() if name in said}
        return replace(account, updated_at=self._means.clock(), **values)

    async def _prove(self, account: Account, done: str) -> None:
        verdict = await self._means.check_key(self._means.upstreams.located(account))
        if verdict.outcome == "unreachable":
            raise AdminError(f"{verdict.words} Nothing was {done}; try again.", status=502)
        if verdict.outcome == "refused":
            raise failed("api_key", f"{verdict.words} Nothing was {done}.")

    async def _note_account(
        self, actor: ApiToken, action: str, status: int, account: Account, **more: Any
    ) -> None:
        shown = {name: wire_account(account)[name] for name in _SHOWN}
        about = {"tenant_id": account.tenant_id, "account_id": account.id}
        await self._note(actor, action, status, {**shown, **more}, **about)


def _place(account: Account) -> tuple[object, ...]:
    return account.credential, account.region, account.base_url
