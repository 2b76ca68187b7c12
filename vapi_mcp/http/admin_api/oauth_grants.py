"""Handlers of the grants of OAuth."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.serialisers import wire_oauth_grant
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def list_all(context: HandlerContext, call: Call[Paged, None]) -> Response:
    """Return a page of the grants."""
    page = await context.administration.oauth_grants.list(call.actor, context.window(call))
    return context.listing(call, page, wire_oauth_grant)


async def delete(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Delete a grant."""
    await context.administration.oauth_grants.delete(call.actor, call.ids["id"])
    return nothing()
