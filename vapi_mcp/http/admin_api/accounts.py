"""Handlers of accounts."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.http.admin_api.handler_context import Call, Desk, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def create(desk: Desk, call: Call[Query]) -> Response:
    """Make an account."""
    account = await desk.administration.create_account(call.actor, **call.body)
    return answer(wire_account(account), 201)


async def list_all(desk: Desk, call: Call[Paged]) -> Response:
    """Return a page of the accounts."""
    page = await desk.administration.list_accounts(call.actor, desk.window(call))
    return desk.listing(call, page, wire_account)


async def get(desk: Desk, call: Call[Query]) -> Response:
    """Return an account."""
    return answer(wire_account(await desk.administration.get_account(call.actor, call.ids["id"])))


async def update(desk: Desk, call: Call[Query]) -> Response:
    """Change an account."""
    ids, changes = call.ids, call.body
    account = await desk.administration.update_account(call.actor, ids["id"], changes)
    return answer(wire_account(account))


async def delete(desk: Desk, call: Call[Query]) -> Response:
    """Delete an account with its servers."""
    await desk.administration.delete_account(call.actor, call.ids["id"])
    return nothing()
