"""Handlers of servers."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from vapi_mcp.admin.requests import NewServer, ServerChanges
from vapi_mcp.admin.serialisers import wire_server
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query, Rotation, ToolFilter


async def create(context: HandlerContext, call: Call[Query, NewServer]) -> Response:
    """Create a server and show its secret URL, this once."""
    servers = context.administration.servers
    server, token = await servers.create(call.actor, call.ids["id"], call.body)
    return answer(wire_server(server) | context.secret_urls(call.request, token), 201)


async def list_all(context: HandlerContext, call: Call[Paged, None]) -> Response:
    """Return a page of an account's servers."""
    window = context.window(call)
    page = await context.administration.servers.list(call.actor, call.ids["id"], window)
    return context.listing(call, page, wire_server)


async def get(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Return a server."""
    server = await context.administration.servers.get(call.actor, *_ids(call))
    return answer(wire_server(server))


async def update(context: HandlerContext, call: Call[Query, ServerChanges]) -> Response:
    """Change a server."""
    server = await context.administration.servers.update(call.actor, *_ids(call), call.body)
    return answer(wire_server(server))


async def delete(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Delete a server."""
    await context.administration.servers.delete(call.actor, *_ids(call))
    return nothing()


async def rotate(context: HandlerContext, call: Call[Rotation, None]) -> Response:
    """Give a server another secret URL and show it, this once."""
    server, token = await context.administration.servers.rotate(
        call.actor, *_ids(call), keep_links=call.query.keep_links == "true"
    )
    return answer(wire_server(server) | context.secret_urls(call.request, token))


async def preview(context: HandlerContext, call: Call[ToolFilter, None]) -> Response:
    """Return the tools that a server with these filters would expose."""
    tools = await context.administration.servers.preview_tools(
        call.actor, call.ids["id"], call.query.methods, call.query.tags
    )
    return answer(
        {
            "result": [tool.summary() for tool in tools],
            "next_cursor": None,
            "prev_cursor": None,
            "result_count": len(tools),
        }
    )


def _ids(call: Call[Any, Any]) -> tuple[str, str]:
    return call.ids["id"], call.ids["server_id"]
