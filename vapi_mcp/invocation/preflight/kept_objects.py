"""A write of a server that is kept to one client, as it would be sent."""

from __future__ import annotations

from dataclasses import replace

from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.writes.write import Write


async def as_sent(write: Write) -> Write:
    """Return a write with the body that would be sent; a tool of ours checks its call itself.

    Raises:
        ToolError: It would not be sent, in the words that the write itself gets.
    """
    if write.call.only is None or write.tool.spec.own is not None:
        return write
    found = await write.call.upstream.examine(write.request)
    if isinstance(found, UpstreamResponse):
        read_answer(write.tool, found, write.call.account)
        return write
    if found.body is None:
        return write
    completed = replace(write.completed, body=read_json(found.body).value)
    return replace(write, request=found, completed=completed)
