"""Everything that opens something: API tokens, sessions of the console, the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.paging import next_path, previous_path, window_of
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError
from vapi_mcp.oauth.records import OAuthGrant

_AT_ONCE = 50


async def access(console: Console, visit: Visit) -> Response:
    """Show what opens something."""
    admin = console.administration
    tokens = await admin.api_tokens.list(visit.actor, window_of(visit, _AT_ONCE))
    grants = (await admin.oauth_grants.list(visit.actor, Window(_AT_ONCE))).items
    return visit.page(
        "access/access.html",
        tokens=tokens.items,
        previous=previous_path(visit, tokens.previous),
        next=next_path(visit, tokens.next),
        sessions=await admin.sessions.list(visit.actor),
        grants=grants,
        servers=await _server_names(console, visit, grants),
        keys=admin.keys.state(visit.actor),
    )


async def _server_names(
    console: Console, visit: Visit, grants: Iterable[OAuthGrant]
) -> Mapping[str, str]:
    """Return the name of each server that is still there, by its id."""
    found = dict[str, str]()
    for account_id, server_id in {(each.account_id, each.server_id) for each in grants}:
        with suppress(AdminError):
            server = await console.administration.servers.get(visit.actor, account_id, server_id)
            found[server_id] = server.name
    return found


async def end_session(console: Console, visit: Visit) -> Response:
    """End a session."""
    await console.administration.sessions.end(visit.actor, visit.ids["session"])
    return visit.see("/access", done="session-ended")


async def delete_grant(console: Console, visit: Visit) -> Response:
    """Delete a grant of OAuth."""
    await console.administration.oauth_grants.delete(visit.actor, visit.ids["grant"])
    return visit.see("/access", done="grant-deleted")


async def rotate_keys(console: Console, visit: Visit) -> Response:
    """Rotate the keys; it takes as long as a rotation does."""
    has_shared_file = "shared_key_file" in visit.form
    await console.administration.keys.rotate(visit.actor, has_shared_file=has_shared_file)
    return visit.see("/access", done="keys-rotated")
