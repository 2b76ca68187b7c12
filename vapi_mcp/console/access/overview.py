"""Everything that opens something: API tokens, sessions of the console, the keys."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.paging import next_path, previous_path, window_of
from vapi_mcp.console.frame.visit import Visit

_AT_ONCE = 50


async def access(console: Console, visit: Visit) -> Response:
    """Show what opens something."""
    admin = console.administration
    tokens = await admin.api_tokens.list(visit.actor, window_of(visit, _AT_ONCE))
    return visit.page(
        "access/access.html",
        tokens=tokens.items,
        previous=previous_path(visit, tokens.previous),
        next=next_path(visit, tokens.next),
        sessions=await admin.sessions.list(visit.actor),
        grants=(await admin.oauth_grants.list(visit.actor, Window(_AT_ONCE))).items,
        keys=admin.keys.state(visit.actor),
    )


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
