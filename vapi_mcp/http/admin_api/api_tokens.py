"""Handlers of API tokens."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.serialisers import wire_api_token
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def create(context: HandlerContext, call: Call[Query]) -> Response:
    """Make an API token and show its secret, this once."""
    bound_to = {"account_id": "integrated_account_id", "server_id": "mcp_server_id"}
    names = {name: name for name in ("name", "kind", "tenant_id")} | bound_to
    given = {name: call.body[said] for name, said in names.items() if said in call.body}
    token, secret = await context.administration.create_api_token(call.actor, **given)
    return answer({**wire_api_token(token), "token": secret}, 201)


async def list_all(context: HandlerContext, call: Call[Paged]) -> Response:
    """Return a page of the API tokens."""
    page = await context.administration.list_api_tokens(call.actor, context.window(call))
    return context.listing(call, page, wire_api_token)


async def delete(context: HandlerContext, call: Call[Query]) -> Response:
    """Delete an API token."""
    await context.administration.delete_api_token(call.actor, call.ids["id"])
    return nothing()
