"""Reads at Vapi that only help: they are given up soon, and fail without an error."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import orjson

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest


async def read_quietly(request: UpstreamRequest, call: Call) -> Any:
    """Return what Vapi answers within the deadline of the request, or None."""
    try:
        async with asyncio.timeout(request.deadline):
            response = await call.upstream.send(request, call.account)
        return orjson.loads(response.body) if response.status == HTTPStatus.OK else None
    except (ToolError, TimeoutError, orjson.JSONDecodeError):
        return None
