"""The page that links a Vapi organisation by its key."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from vapi_mcp.accounts.records import REGIONS
from vapi_mcp.admin.requests import NewAccount
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.problems import problems_of
from vapi_mcp.errors import AdminError

_SHOWN = ("name", "tenant_id", "region", "base_url")


async def new_account(console: Console, visit: Visit) -> Response:
    """Show the form of a new account."""
    del console
    return _form(visit, {})


async def create_account(console: Console, visit: Visit) -> Response:
    """Create an account, once Vapi has taken its key."""
    fields = (*_SHOWN, "api_key")
    given = {name: visit.form.text(name) for name in fields if visit.form.text(name)}
    try:
        request = validated(NewAccount, given)
        account = await console.administration.accounts.create(visit.actor, request)
    except AdminError as error:
        return _form(visit, problems_of(error))
    return visit.see(f"/accounts/{account.id}", done="account-linked")


def _form(visit: Visit, problems: Mapping[str, str]) -> Response:
    # The key is asked for again: no page contains it.
    return visit.page(
        "accounts/new.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        values={name: visit.form.text(name) for name in _SHOWN},
        regions=REGIONS,
        problems=problems,
    )
