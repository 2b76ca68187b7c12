"""Use cases of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account, ApiToken
from vapi_mcp.admin.base_urls import BaseUrls
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.key_check import KeyCheck
from vapi_mcp.admin.previews.consequences import Consequences, consequences_of
from vapi_mcp.admin.requests import AccountChanges, NewAccount
from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.admin.tenants import not_found, tenant_for, visible_account
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.errors import AdminError
from vapi_mcp.security.credential import Credential

# A key works or not depending on these: a change of one makes the key be checked again.
_CHECKED = frozenset({"api_key", "region", "base_url"})
# The fields of an account that the audit log shows.
_LOGGED = ("name", "tenant_id", "region", "base_url")


class AccountUseCases:
    """What an administrator does with accounts."""

    def __init__(
        self,
        store: AccessRecords,
        changes: ChangeLog,
        check_key: KeyCheck,
        base_urls: BaseUrls,
        clock: Clock,
    ) -> None:
        self._store = store
        self._changes = changes
        self._check_key = check_key
        self._base_urls = base_urls
        self._clock = clock

    async def create(self, actor: ApiToken, request: NewAccount) -> Account:
        """Create an account, once Vapi has taken its key.

        Raises:
            AdminError: 400, a value is wrong or Vapi refuses the key; 502, Vapi does not answer.
                Nothing was created.
        """
        given = {**request.given, "tenant_id": tenant_for(actor, request.tenant_id)}
        account = self._changed(Account(str(uuid4()), "", Credential(""), ""), given)
        account = replace(account, created_at=account.updated_at)
        await self._require_working_key(account, "created")
        await self._store.add_account(account)
        await self._record(actor, "account.created", account)
        return account

    async def list(self, actor: ApiToken, window: Window) -> Page[Account]:
        """Return a page of the accounts the actor sees."""
        return await self._store.list_accounts(window, tenant_id=actor.tenant_id)

    async def get(self, actor: ApiToken, account_id: str) -> Account:
        """Return an account.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        return await visible_account(self._store, actor, account_id)

    async def update(self, actor: ApiToken, account_id: str, request: AccountChanges) -> Account:
        """Change an account; a key, region or base URL only once Vapi has taken the key there.

        Raises:
            AdminError: 400 or 502 as for creating one; 404, it does not exist for the actor; 409,
                another request changed its key or place meanwhile. Nothing was changed.
        """
        given = request.given
        seen = await visible_account(self._store, actor, account_id)
        if actor.tenant_id is not None and given.get("tenant_id", seen.tenant_id) != seen.tenant_id:
            raise failed("tenant_id", "this API token is bound to a tenant and cannot change it")
        if checked := not _CHECKED.isdisjoint(given):
            await self._require_working_key(self._changed(seen, given), "changed")

        def change(kept: Account) -> Account:
            if checked and _place(kept) != _place(seen):
                raise AdminError(
                    "another request changed the account in the meantime; nothing was "
                    "changed by this one. Read the account, then try again",
                    status=409,
                )
            changed = self._changed(kept, given)
            return replace(changed, status="active", last_error=None) if checked else changed

        account = await self._store.update_account(account_id, change, tenant_id=actor.tenant_id)
        if account is None:
            raise not_found("account")
        await self._record(actor, "account.updated", account, changed=sorted(given))
        return account

    async def consequences(self, actor: ApiToken, account_id: str) -> Consequences:
        """Return what a deletion of an account would take with it.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        account = await visible_account(self._store, actor, account_id)
        return await consequences_of(self._store, account, self._clock)

    async def delete(self, actor: ApiToken, account_id: str) -> None:
        """Delete an account with its servers and the API tokens bound to it or them.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        account = await visible_account(self._store, actor, account_id)
        if not await self._store.delete_account(account_id, tenant_id=actor.tenant_id):
            raise not_found("account")
        await self._record(actor, "account.deleted", account)

    def _changed(self, account: Account, given: Mapping[str, Any]) -> Account:
        """Return the account with the given values."""
        values: dict[str, Any] = {n: given[n] for n in ("name", "tenant_id") if n in given}
        if "api_key" in given:
            values["credential"] = Credential(given["api_key"].get_secret_value())
        if given.get("region") and given.get("base_url"):
            raise failed("base_url", "give only one of region and base_url")
        if given.get("base_url"):
            values |= {"base_url": self._base_urls.checked(given["base_url"]), "region": None}
        elif given.get("region"):
            values |= {"base_url": "", "region": given["region"]}
        else:
            cleared: dict[str, Any] = {"base_url": "", "region": None}
            values |= {name: empty for name, empty in cleared.items() if name in given}
        return replace(account, updated_at=self._clock(), **values)

    async def _require_working_key(self, account: Account, done: str) -> None:
        verdict = await self._check_key(self._base_urls.located(account))
        if verdict.outcome == "unreachable":
            raise AdminError(f"{verdict.message} Nothing was {done}; try again.", status=502)
        if verdict.outcome == "refused":
            raise failed("api_key", f"{verdict.message} Nothing was {done}.")

    async def _record(self, actor: ApiToken, action: str, account: Account, **more: Any) -> None:
        logged = {name: wire_account(account)[name] for name in _LOGGED}
        about = {"tenant_id": account.tenant_id, "account_id": account.id}
        await self._changes.record(actor, action, {**logged, **more}, **about)


def _place(account: Account) -> tuple[object, ...]:
    return account.credential, account.region, account.base_url
