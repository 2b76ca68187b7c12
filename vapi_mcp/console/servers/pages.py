"""The list of servers, and the page of one."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Server
from vapi_mcp.admin.previews.server_preview import RISKS, preview_of, risks_of
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.paging import next_path, previous_path, window_of
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.servers.config_words import in_words
from vapi_mcp.console.servers.connecting import connection_page
from vapi_mcp.console.servers.only_form import seen

_AT_ONCE = 25
_MOST_ACCOUNTS = 200
_REQUESTS_SHOWN = 10


async def servers_page(console: Console, visit: Visit) -> Response:
    """Show the servers of all accounts that the person sees, or of one."""
    use_cases, chosen = console.administration, visit.query.get("account", "")
    accounts = (await use_cases.accounts.list(visit.actor, Window(_MOST_ACCOUNTS))).items
    window = window_of(visit, _AT_ONCE)
    if chosen:
        page = await use_cases.servers.list(visit.actor, chosen, window)
    else:
        page = await use_cases.servers.list_all(visit.actor, window)
    names = {account.id: account for account in accounts}
    for missing in {server.account_id for server in page.items} - names.keys():
        names[missing] = await use_cases.accounts.get(visit.actor, missing)
    return visit.page(
        "servers/servers.html",
        rows=[(names[each.account_id], each, _tools(console, each)) for each in page.items],
        accounts=accounts,
        chosen=chosen,
        previous=previous_path(visit, page.previous),
        next=next_path(visit, page.next),
    )


async def server_page(console: Console, visit: Visit) -> Response:
    """Show a server: its config in words, its caps, its tools, its last requests."""
    use_cases, (account_id, server_id) = console.administration, _ids(visit)
    account = await use_cases.accounts.get(visit.actor, account_id)
    server = await use_cases.servers.get(visit.actor, account_id, server_id)
    wanted = LogFilter(server_id=server.id, log_type="mcp")
    entries = await use_cases.log.list(visit.actor, wanted, Window(_REQUESTS_SHOWN))
    return visit.page(
        "servers/server.html",
        account=account,
        server=server,
        words=in_words(server.config),
        entries=entries.items,
        caps=await use_cases.usage.caps(visit.actor, account_id, server_id),
        preview=preview_of(console.registry, server.config),
        problem="",
        risks=RISKS,
        risks_of=risks_of,
        seen=seen,
    )


async def rotate_server(console: Console, visit: Visit) -> Response:
    """Give a server another URL and show it, once."""
    server, token = await console.administration.servers.rotate(
        visit.actor, *_ids(visit), keep_links="keep_links" in visit.form
    )
    return connection_page(console, visit, server, token)


async def delete_server(console: Console, visit: Visit) -> Response:
    """Delete a server."""
    await console.administration.servers.delete(visit.actor, *_ids(visit))
    return visit.see("/servers", done="server-deleted")


def _tools(console: Console, server: Server) -> int:
    return len(console.registry.in_scope(server.scope))


def _ids(visit: Visit) -> tuple[str, str]:
    return visit.ids["account"], visit.ids["server"]
