"""Handlers of API tokens."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.requests import NewApiToken
from vapi_mcp.admin.serialisers import wire_api_token
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def create(context: HandlerContext, call: Call[Query, NewApiToken]) -> Response:
    """Create an API token and show its secret, this once."""
    token, secret = await context.administration.api_tokens.create(call.actor, call.body)
    return answer({**wire_api_token(token), "token": secret}, 201)


async def list_all(context: HandlerContext, call: Call[Paged, None]) -> Response:
    """Return a page of the API tokens."""
    page = await context.administration.api_tokens.list(call.actor, context.window(call))
    return context.listing(call, page, wire_api_token)


async def delete(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Delete an API token."""
    await context.administration.api_tokens.delete(call.actor, call.ids["id"])
    return nothing()
