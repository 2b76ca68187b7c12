"""The tenant of an actor: what it sees, and what it may create.

An actor bound to a tenant sees and creates that tenant's records only; to it, others do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.ports import Accounts
from vapi_mcp.accounts.records import Account, ApiToken
from vapi_mcp.accounts.widening import is_within
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.errors import AdminError


async def visible_account(accounts: Accounts, actor: ApiToken, account_id: str) -> Account:
    """Return an account that the actor sees.

    Raises:
        AdminError: 404, it does not exist for the actor.
    """
    account = await accounts.get_account(account_id, tenant_id=actor.tenant_id)
    if account is None:
        raise not_found("account")
    return account


def not_found(noun: str) -> AdminError:
    """Return the error for a record that does not exist, or not for this actor."""
    return AdminError(f"there is no {noun} with this id", status=404)


def tenant_for(actor: ApiToken, requested: str | None) -> str | None:
    """Return the tenant of what an actor creates: the actor's own where it has one.

    Raises:
        AdminError: 400, the actor requested another tenant.
    """
    if actor.tenant_id is not None and requested not in (None, actor.tenant_id):
        raise failed("tenant_id", "this API token is bound to another tenant")
    return actor.tenant_id or requested


def check_reach(actor: ApiToken, only: Only | None, known: Iterable[Only | None]) -> None:
    """Check that a tenant's server sees no more than one of those that are known.

    Raises:
        AdminError: 403, an actor of a tenant would see more.
    """
    if actor.tenant_id is not None and not any(is_within(only, each) for each in known):
        raise AdminError(
            "config.only: this API token is bound to a tenant, so it can narrow what a server is "
            "kept to, but not widen it; use an admin API token without a tenant",
            status=HTTPStatus.FORBIDDEN,
        )
