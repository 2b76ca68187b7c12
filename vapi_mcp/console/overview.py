"""The first page: the accounts, their servers, and what happened last."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit

_SHOWN = 10


async def overview(console: Console, visit: Visit) -> Response:
    """Show where things stand, and the first steps where there is nothing yet."""
    admin = console.administration
    accounts = await admin.accounts.list(visit.actor, Window(100))
    servers = [
        (account, server)
        for account in accounts.items[:_SHOWN]
        for server in (await admin.servers.list(visit.actor, account.id, Window(_SHOWN))).items
    ]
    entries = await admin.log.list(visit.actor, LogFilter(), Window(_SHOWN))
    return visit.page(
        "overview.html",
        accounts=accounts.items,
        servers=servers,
        entries=entries.items,
        tools=len(console.registry.tools),
    )
