"""The servers that a tool can be tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Grant
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AccessError, AdminError
from vapi_mcp.registry.tool import Tool

_MOST_ACCOUNTS, _MOST_SERVERS = 50, 100


@dataclass(frozen=True, slots=True)
class Target:
    """A server, by `account/server`, and its name for a choice; has_tool: in its scope."""

    key: str
    name: str
    has_tool: bool


async def targets(console: Console, visit: Visit, tool: Tool) -> Sequence[Target]:
    """Return the servers that the person sees, those that have the tool first."""
    admin, found = console.administration, list[Target]()
    accounts = await admin.accounts.list(visit.actor, Window(_MOST_ACCOUNTS))
    for account in accounts.items:
        servers = await admin.servers.list(visit.actor, account.id, Window(_MOST_SERVERS))
        found += [
            Target(
                f"{account.id}/{server.id}",
                f"{account.name}: {server.name}",
                tool.spec in server.scope,
            )
            for server in reversed(servers.items)
        ]
    return sorted(found, key=lambda each: not each.has_tool)


async def grant_of_target(console: Console, visit: Visit, key: str) -> Grant:
    """Return the grant of a server, for a person who sees it.

    Raises:
        AdminError: 404, it is not there for the person.
    """
    account_id, _, server_id = key.partition("/")
    server = await console.administration.servers.get(visit.actor, account_id, server_id)
    try:
        grant = await console.access.grant_of(account_id, server.id)
    except AccessError:
        raise AdminError("there is no server with this id", status=404) from None
    return replace(grant, api_token=visit.actor)
