"""Handlers of accounts."""

from __future__ import annotations

from starlette.responses import Response

from vapi_mcp.admin.requests import AccountChanges, NewAccount
from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer, nothing
from vapi_mcp.http.admin_api.queries import Paged, Query


async def create(context: HandlerContext, call: Call[Query, NewAccount]) -> Response:
    """Create an account."""
    account = await context.administration.accounts.create(call.actor, call.body)
    return answer(wire_account(account), 201)


async def list_all(context: HandlerContext, call: Call[Paged, None]) -> Response:
    """Return a page of the accounts."""
    page = await context.administration.accounts.list(call.actor, context.window(call))
    return context.listing(call, page, wire_account)


async def get(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Return an account."""
    account = await context.administration.accounts.get(call.actor, call.ids["id"])
    return answer(wire_account(account))


async def update(context: HandlerContext, call: Call[Query, AccountChanges]) -> Response:
    """Change an account."""
    accounts = context.administration.accounts
    account = await accounts.update(call.actor, call.ids["id"], call.body)
    return answer(wire_account(account))


async def delete(context: HandlerContext, call: Call[Query, None]) -> Response:
    """Delete an account with its servers."""
    await context.administration.accounts.delete(call.actor, call.ids["id"])
    return nothing()
