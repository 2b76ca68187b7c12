"""Handlers of accounts."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def create(context: HandlerContext, call: Call[Query]) -> Response:
    """Make an account."""
    account = await context.administration.create_account(call.actor, **call.body)
    return answer(wire_account(account), 201)


async def list_all(context: HandlerContext, call: Call[Paged]) -> Response:
    """Return a page of the accounts."""
    page = await context.administration.list_accounts(call.actor, context.window(call))
    return context.listing(call, page, wire_account)


async def get(context: HandlerContext, call: Call[Query]) -> Response:
    """Return an account."""
    return answer(
        wire_account(await context.administration.get_account(call.actor, call.ids["id"]))
    )


async def update(context: HandlerContext, call: Call[Query]) -> Response:
    """Change an account."""
    ids, changes = call.ids, call.body
    account = await context.administration.update_account(call.actor, ids["id"], changes)
    return answer(wire_account(account))


async def delete(context: HandlerContext, call: Call[Query]) -> Response:
    """Delete an account with its servers."""
    await context.administration.delete_account(call.actor, call.ids["id"])
    return nothing()
