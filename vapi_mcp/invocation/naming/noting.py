"""The names of the ids in one object, as a note: the object goes on as Vapi gave it."""

from __future__ import annotations

import orjson

from vapi_mcp.invocation.answers.budget import fits
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.naming.naming import Naming
from vapi_mcp.invocation.result import ToolResult


async def names_note(naming: Naming, call: Call, result: ToolResult) -> str | None:
    """Return what the ids in an answer stand for; None without ids, and without room for it."""
    spec = call.tool.spec
    shown = [
        key for key in spec.contents.own_names if f'"{key.rpartition(".")[2]}":' in result.text
    ]
    if spec.method != "get" or not shown or result.body is None:
        return None
    with explaining("the names of ids"):
        told = await naming.told(call, orjson.loads(result.body), shown)
        most = call.grant.server.config.max_result_tokens
        return told if told and fits(result.text, (*result.notes, told), most) else None
    return None
