"""Handlers of the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response

from vapi_mcp.audit.entry import wire_entry
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext
from vapi_mcp.http.admin_api.queries import LogListQuery, LogQuery
from vapi_mcp.web.patient_response import PatientResponse

NDJSON = "application/x-ndjson"


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


async def _following(first: bytes, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in lines:
        yield line
