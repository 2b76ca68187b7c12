"""The list of accounts, and the page of one: its state, its name and place, its key, its end."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import REGIONS, Account
from vapi_mcp.admin.requests import AccountChanges
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.forms import Form
from vapi_mcp.console.frame.paging import next_path, previous_path, window_of
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.problems import problems_of
from vapi_mcp.errors import AdminError

_AT_ONCE = 25
_SERVERS_SHOWN = 10
_EMPTY_IS_NONE = ("tenant_id", "region", "base_url")


async def accounts_page(console: Console, visit: Visit) -> Response:
    """Show the accounts that the person sees."""
    page = await console.administration.accounts.list(visit.actor, window_of(visit, _AT_ONCE))
    return visit.page(
        "accounts/accounts.html",
        accounts=page.items,
        regions=REGIONS,
        previous=previous_path(visit, page.previous),
        next=next_path(visit, page.next),
    )


async def account_page(console: Console, visit: Visit) -> Response:
    """Show an account."""
    return await _shown(console, visit)


async def change_account(console: Console, visit: Visit) -> Response:
    """Change an account's name, tenant or place."""
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    return await _change(console, visit, _changes(account, visit.form), "account-changed")


async def change_key(console: Console, visit: Visit) -> Response:
    """Give an account another key, once Vapi has taken it."""
    return await _change(console, visit, {"api_key": visit.form.text("api_key")}, "key-changed")


async def delete_account(console: Console, visit: Visit) -> Response:
    """Delete an account with all that hangs on it."""
    await console.administration.accounts.delete(visit.actor, visit.ids["account"])
    return visit.see("/accounts", done="account-deleted")


async def _change(console: Console, visit: Visit, given: Mapping[str, Any], done: str) -> Response:
    account_id = visit.ids["account"]
    try:
        changes = validated(AccountChanges, given)
        await console.administration.accounts.update(visit.actor, account_id, changes)
    except AdminError as error:
        return await _shown(console, visit, problems_of(error))
    return visit.see(f"/accounts/{account_id}", done=done)


async def _shown(
    console: Console, visit: Visit, problems: Mapping[str, str] | None = None
) -> Response:
    use_cases, account_id = console.administration, visit.ids["account"]
    account = await use_cases.accounts.get(visit.actor, account_id)
    servers = await use_cases.servers.list(visit.actor, account_id, Window(_SERVERS_SHOWN))
    return visit.page(
        "accounts/account.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        account=account,
        regions=REGIONS,
        servers=servers.items,
        has_more=servers.next is not None,
        consequences=await use_cases.accounts.consequences(visit.actor, account_id),
        values=_values(account, visit.form),
        problems=problems or {},
    )


def _values(account: Account, form: Form) -> Mapping[str, str]:
    kept = {
        "name": account.name,
        "tenant_id": account.tenant_id or "",
        "region": account.region or "",
        "base_url": account.base_url,
    }
    return {name: form.text(name, value) for name, value in kept.items()}


def _changes(account: Account, form: Form) -> dict[str, Any]:
    """Return what a form changes: a place that stays the same is not checked again."""
    kept = _values(account, Form())
    given = {name: form.text(name) for name in kept if name in form}
    changed = {name: value for name, value in given.items() if value != kept[name]}
    return {n: v or (None if n in _EMPTY_IS_NONE else "") for n, v in changed.items()}
