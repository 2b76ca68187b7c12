"""API tokens: the list of them, a new one, and what one reaches."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.requests import NewApiToken
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.forms import Form
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError

_LAST_USES = 5
_FIELDS = ("name", "kind", "tenant_id", "integrated_account_id", "mcp_server_id")
_EMPTY = {**dict.fromkeys(_FIELDS, ""), "kind": "mcp", "read_only": ""}


async def new_token(console: Console, visit: Visit) -> Response:
    """Show the form of a new API token, filled in from the query string."""
    values = _EMPTY | {name: visit.query.get(name, _EMPTY[name]) for name in _EMPTY}
    return await _form(console, visit, values)


async def create_token(console: Console, visit: Visit) -> Response:
    """Create an API token and show its secret, once."""
    values = _EMPTY | {name: visit.form.text(name) for name in _EMPTY}
    try:
        request = validated(NewApiToken, _given(visit.form))
        token, secret = await console.administration.api_tokens.create(visit.actor, request)
    except AdminError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
        return await _form(console, visit, values, str(error))
    return visit.page("access/created.html", token=token, secret=secret)


async def show_token(console: Console, visit: Visit) -> Response:
    """Show an API token: who used it last, and what it reaches."""
    tokens, token_id = console.administration.api_tokens, visit.ids["token"]
    token = await tokens.get(visit.actor, token_id)
    reach = await tokens.reach(visit.actor, token_id)
    return visit.page(
        "access/token.html",
        token=token,
        reach=reach,
        uses=await _last_uses(console, visit, token),
        is_own=token.id == visit.actor.id,
    )


async def delete_token(console: Console, visit: Visit) -> Response:
    """Delete an API token."""
    await console.administration.api_tokens.delete(visit.actor, visit.ids["token"])
    return visit.see("/access", done="token-deleted")


def _given(form: Form) -> dict[str, object]:
    given: dict[str, object] = {name: form.text(name) for name in _FIELDS if form.text(name)}
    return {**given, "read_only": "read_only" in form}


async def _form(
    console: Console, visit: Visit, values: dict[str, str], problem: str = ""
) -> Response:
    accounts = await console.administration.accounts.list(visit.actor, Window(100))
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    return visit.page(
        "access/new_token.html",
        status=status,
        values=values,
        problem=problem,
        account_choices=[("", "any"), *((each.id, each.name) for each in accounts.items)],
    )


async def _last_uses(
    console: Console, visit: Visit, token: ApiToken
) -> list[tuple[object, str, str, str]]:
    wanted = LogFilter(token_id=token.id)
    page = await console.administration.log.list(visit.actor, wanted, Window(_LAST_USES))
    return [
        (
            entry.created_at,
            " ".join(filter(None, (entry.client_name, entry.client_version))),
            entry.source_address or "",
            entry.tool_name or entry.action or entry.mcp_method or "",
        )
        for entry in page.items
    ]
