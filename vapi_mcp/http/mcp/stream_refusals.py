"""Refusals that a legacy event stream tells: its clients look for no answer to what they post."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope

from vapi_mcp.http.errors import Refusal
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.protocol.json_rpc import Message, MessageId

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

# Where a request's state has the code and the words of a refusal.
REFUSAL = "refusal"


@asynccontextmanager
async def reading_for_stream(
    guard: Guard, scope: Scope, receive: Receive
) -> AsyncGenerator[tuple[bytes, Message]]:
    """Hold a message as `Guard.reading` does; for one that is refused under its id, a ping.

    `tell_refusal` answers the ping on the stream.

    Raises:
        Refusal: As of `Guard.reading`, if the message has no id.
        ClientDisconnect: The client left.
    """
    async with AsyncExitStack() as held:
        try:
            read = await held.enter_async_context(guard.reading(scope, receive))
        except Refusal as refusal:
            if refusal.id is None:
                raise
            scope["state"][REFUSAL] = (refusal.code, refusal.message)
            read = _ping(refusal.id)
        yield read


async def tell_refusal(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answer a message that was refused where it was read.

    Raises:
        MCPError: It was.
    """
    state = ctx.request.scope.get("state", {}) if isinstance(ctx.request, Request) else {}
    if REFUSAL in state:
        from mcp.shared.exceptions import MCPError  # noqa: PLC0415 - the SDK calls this

        code, message = state[REFUSAL]
        raise MCPError(code=code, message=message)
    return await call_next(ctx)


def _ping(id_: MessageId) -> tuple[bytes, Message]:
    body = {"jsonrpc": "2.0", "id": id_, "method": "ping"}
    return orjson.dumps(body), Message(id_, "ping", {})
