"""Handlers of the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from vapi_mcp.audit.entry import wire_entry
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext
from vapi_mcp.http.admin_api.queries import LogListQuery, LogQuery

NDJSON = "application/x-ndjson"
_STALLED = 60.0


async def list_all(context: HandlerContext, call: Call[LogListQuery, None]) -> Response:
    """Return a page of the log."""
    page = await context.administration.log.list(
        call.actor, call.query.wanted, context.window(call)
    )
    return context.listing(call, page, wire_entry)


async def export(context: HandlerContext, call: Call[LogQuery, None]) -> Response:
    """Return every wanted entry, one a line, while they are read."""
    lines = context.administration.log.export(call.actor, call.query.wanted)
    # The first line is read before the answer begins, so that a failing store is a clean error.
    first = await anext(lines, b"")
    return PatientResponse(_following(first, lines), media_type=NDJSON)


class PatientResponse(StreamingResponse):
    """An answer that is closed once its client reads nothing for a minute."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or what is read of it in time."""

        async def sent_in_time(message: Message) -> None:
            async with asyncio.timeout(_STALLED):
                await send(message)

        with suppress(TimeoutError, ClientDisconnect):
            await super().__call__(scope, receive, sent_in_time)


async def _following(first: bytes, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in lines:
        yield line
