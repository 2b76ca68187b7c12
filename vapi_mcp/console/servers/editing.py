"""Pages that make a server and change one, with the preview of what it would expose."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, Server, ServerConfig
from vapi_mcp.admin.previews.server_preview import RISKS, ServerPreview, risks_of
from vapi_mcp.admin.requests import ConfigWords, NewServer, ServerChanges
from vapi_mcp.admin.server_config import merged
from vapi_mcp.admin.validation_errors import failed, validated
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.problems import problems_of
from vapi_mcp.console.servers import expiry
from vapi_mcp.console.servers.config_form import (
    RESULT_TOKENS,
    choices_of,
    config_of,
    values_of,
    values_sent,
)
from vapi_mcp.console.servers.connecting import connection_page
from vapi_mcp.console.servers.only_form import FIELDS, WIDER, WOULD_WIDEN, by_field, seen, widens
from vapi_mcp.console.servers.policy_form import rule_groups
from vapi_mcp.errors import AdminError

_MOST_ACCOUNTS = 200
# Each shows its own problem; that of another stands above the form.
_FIELDS = {"name", "expires_at", "max_result_tokens", "policy.time_zone", "only", *FIELDS}


async def new_server(console: Console, visit: Visit) -> Response:
    """Show the form of a new server."""
    return await _form(console, visit)


async def create_server(console: Console, visit: Visit) -> Response:
    """Create a server and show its URL, once; or only what it would expose."""
    if "preview" in visit.form:
        return await _form(console, visit)
    try:
        account_id = visit.form.text("account")
        request = validated(NewServer, _given(visit))
        server, token = await console.administration.servers.create(
            visit.actor, account_id, request
        )
    except AdminError as error:
        return await _form(console, visit, problems_of(error))
    return connection_page(console, visit, server, token)


async def edit_server(console: Console, visit: Visit) -> Response:
    """Show the form of a server."""
    return await _form(console, visit)


async def change_server(console: Console, visit: Visit) -> Response:
    """Change a server; its URL stays."""
    if "preview" in visit.form:
        return await _form(console, visit)
    account_id, server_id = visit.ids["account"], visit.ids["server"]
    try:
        given = _given(visit)
        if visit.form.text("expires") == expiry.KEEP:
            del given["expires_at"]
        changes = validated(ServerChanges, given)
        _, server = await _edited(console, visit)
        _check_not_wider(visit, changes.config, server)
        await console.administration.servers.update(visit.actor, account_id, server_id, changes)
    except AdminError as error:
        return await _form(console, visit, problems_of(error))
    return visit.see(f"/servers/{account_id}/{server_id}", done="server-changed")


async def preview(console: Console, visit: Visit) -> Response:
    """Answer a form with what its server would expose; it changes nothing."""
    _, server = await _edited(console, visit)
    base = server.config if server else ServerConfig()
    shown, refusal = _preview(console, config_of(visit.form), base)
    problem = refusal.message if refusal else ""
    return visit.page("servers/preview.html", preview=shown, problem=problem, **_RISKS)


_RISKS: Mapping[str, Any] = {"risks": RISKS, "risks_of": risks_of, "seen": seen}


def _given(visit: Visit) -> dict[str, Any]:
    return {
        "name": visit.form.text("name"),
        "config": config_of(visit.form),
        "expires_at": expiry.expiry_of(visit.form),
    }


def _check_not_wider(visit: Visit, words: ConfigWords, server: Server | None) -> None:
    """Refuse a form that lets a server see more without saying so."""
    before = server.config if server else ServerConfig()
    if widens(visit.form, merged(before, words).only, before.only):
        raise failed("config.only", WOULD_WIDEN)


def _preview(
    console: Console, config: Mapping[str, Any], base: ServerConfig
) -> tuple[ServerPreview | None, AdminError | None]:
    try:
        words = validated(ConfigWords, config)
        return console.administration.servers.preview(words, base), None
    except AdminError as error:
        return None, error


async def _form(
    console: Console, visit: Visit, problems: Mapping[str, str] | None = None
) -> Response:
    account, server = await _edited(console, visit)
    config = server.config if server else ServerConfig()
    is_sent = bool(visit.form.fields)
    values = values_sent(visit.form) if is_sent else values_of(config)
    shown, refusal = _preview(console, config_of(visit.form) if is_sent else {}, config)
    if refusal and problems:  # what was refused first may have hidden it
        problems = {**_by_field(problems_of(refusal)), **problems}
    accounts = await console.administration.accounts.list(visit.actor, Window(_MOST_ACCOUNTS))
    return visit.page(
        "servers/form.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        account=account,
        server=server,
        accounts=accounts.items,
        account_choices=[(each.id, each.name) for each in accounts.items],
        shown_problems=_FIELDS | {each.name for rule in rule_groups() for each in rule.fields},
        chosen_account=visit.form.text("account", visit.query.get("account", "")),
        name=visit.form.text("name", server.name if server else ""),
        values=values,
        choices=choices_of(console.registry, values),
        rules=rule_groups(),
        only_fields=FIELDS,
        may_widen=WIDER in visit.form,
        result_tokens=RESULT_TOKENS,
        expiries=expiry.choices(server and server.expires_at, is_new=server is None),
        expires=visit.form.text("expires", expiry.KEEP if server else expiry.NEVER),
        expires_date=visit.form.text("expires_date"),
        preview=shown,
        problem=refusal.message if refusal else "",
        problems=_by_field(problems or {}),
        **_RISKS,
    )


async def _edited(console: Console, visit: Visit) -> tuple[Account | None, Server | None]:
    if "server" not in visit.ids:
        return None, None
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    ids = (account.id, visit.ids["server"])
    return account, await console.administration.servers.get(visit.actor, *ids)


def _by_field(problems: Mapping[str, str]) -> Mapping[str, str]:
    return by_field({path.removeprefix("config."): text for path, text in problems.items()})
