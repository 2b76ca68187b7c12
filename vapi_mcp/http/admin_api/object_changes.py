"""Handlers of what tools changed at Vapi."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.object_changes import wire_change
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer
from vapi_mcp.http.admin_api.queries import ChangeListQuery, Query, Restoring


async def list_all(context: HandlerContext, call: Call[ChangeListQuery, None]) -> Response:
    """Return a page of changes."""
    changes = context.administration.changes
    page = await changes.list(call.actor, call.query.wanted, context.window(call))
    return context.listing(call, page, wire_change)


async def get(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Return a change with its objects."""
    changes = context.administration.changes
    return answer(await changes.wire(await changes.get(call.actor, call.ids["id"])))


async def restore(context: HandlerContext, call: Call[Restoring, None]) -> Response:
    """Take a change back."""
    changes, force = context.administration.changes, call.query.force == "true"
    return answer(await changes.restore(call.actor, call.ids["id"], force=force))
