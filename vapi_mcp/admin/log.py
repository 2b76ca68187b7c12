from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from vapi_mcp.access.audit import wire_entry
from vapi_mcp.admin.desk import Call, Desk
from vapi_mcp.admin.queries import LogListed, LogWanted

NDJSON = "application/x-ndjson"


async def list_all(desk: Desk, call: Call[LogListed]) -> Response:
    """Return a page of the log."""
    page = await desk.administration.list_log(call.actor, call.query.wanted, desk.window(call))
    return desk.listing(call, page, wire_entry)


async def export(desk: Desk, call: Call[LogWanted]) -> Response:
    """Return every wanted entry, one a line, while they are read."""
    lines = desk.administration.export_log(call.actor, call.query.wanted)
    # The first line is read before the answer begins, so that a failing store is a clean error.
    first = await anext(lines, b"")
    return StreamingResponse(_following(first, lines), media_type=NDJSON)


async def _following(first: bytes, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in lines:
        yield line
